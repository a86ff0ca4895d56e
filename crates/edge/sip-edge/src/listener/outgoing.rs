//! What waits to be written to a stream.

use std::time::Duration;

use rsipstack::transport::TransportEvent;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// A peer that takes nothing for this long is gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// One that lets more than this pile up, too.
const MOST_UNSENT: usize = 1024 * 1024;
/// Refusals of the guard wait while so much is unsent, and what they refuse is not read.
const MOST_BEFORE_REFUSALS: usize = 64 * 1024;

/// Why a stream is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Closing {
    #[error("the library has no more to say")]
    Finished,
    #[error("the peer reads less than it asks for: {MOST_UNSENT} bytes are unsent")]
    PiledUp,
    #[error("the peer takes nothing more")]
    Stuck,
}

/// Writes what the library and the guard say, until the stream has to be closed.
pub(super) async fn write<W: AsyncWrite + Unpin>(
    mut stream: W,
    mut from_library: mpsc::UnboundedReceiver<TransportEvent>,
    mut refusals: mpsc::Receiver<Vec<u8>>,
) -> Closing {
    let mut unsent: Vec<u8> = Vec::new();
    let mut is_flushed = true;
    let mut deadline = Instant::now();
    loop {
        if unsent.is_empty() && is_flushed {
            deadline = Instant::now() + PATIENCE;
        }
        let (has_more, may_refuse) = (!unsent.is_empty(), unsent.len() < MOST_BEFORE_REFUSALS);
        let progress = async {
            match has_more {
                true => stream.write(&unsent).await,
                false => stream.flush().await.map(|()| 0),
            }
        };
        // The library's queue has no end either: it is emptied first.
        tokio::select! {
            biased;
            event = from_library.recv() => match event {
                Some(TransportEvent::Incoming(message, ..)) => {
                    unsent.extend_from_slice(&message.to_bytes());
                    if unsent.len() > MOST_UNSENT {
                        return Closing::PiledUp;
                    }
                }
                Some(TransportEvent::New(_) | TransportEvent::Closed(_)) => {}
                None => return Closing::Finished,
            },
            Some(refusal) = refusals.recv(), if may_refuse => unsent.extend_from_slice(&refusal),
            written = timeout_at(deadline, progress), if has_more || !is_flushed => match written {
                Ok(Ok(0)) if has_more => return Closing::Stuck,
                Ok(Ok(length)) => {
                    unsent.drain(..length);
                    is_flushed = !has_more;
                    deadline = Instant::now() + PATIENCE;
                }
                Ok(Err(_)) | Err(_) => return Closing::Stuck,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use rsipstack::sip::SipMessage;
    use rsipstack::transport::SipConnection;
    use rsipstack::transport::channel::ChannelConnection;
    use tenant::SipTransport;
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::uri::sip_addr;

    const MESSAGE: &str = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

    async fn message() -> TransportEvent {
        let (_, incoming) = mpsc::unbounded_channel();
        let (outgoing, _) = mpsc::unbounded_channel();
        let address = sip_addr(SipTransport::Tcp, "192.0.2.1:5060".parse().unwrap());
        let channel =
            ChannelConnection::create_connection(incoming, outgoing, address.clone(), None).await.unwrap();
        let message = SipMessage::try_from(MESSAGE.as_bytes()).unwrap();
        TransportEvent::Incoming(message, SipConnection::Channel(channel), address)
    }

    #[tokio::test]
    async fn everything_is_written_in_its_order() {
        let (ours, mut theirs) = tokio::io::duplex(7);
        let (library, from_library) = mpsc::unbounded_channel();
        let (guard, refusals) = mpsc::channel(1);
        let writing = tokio::spawn(write(ours, from_library, refusals));
        library.send(message().await).unwrap();
        let mut read = vec![0; 14];
        theirs.read_exact(&mut read).await.unwrap();
        assert_eq!(read, b"SIP/2.0 200 OK");
        guard.send(b"refused".to_vec()).await.unwrap();
        let mut rest = vec![0; MESSAGE.len() - 14 + 7];
        theirs.read_exact(&mut rest).await.unwrap();
        assert!(rest.ends_with(b"\r\n\r\nrefused"), "{}", String::from_utf8_lossy(&rest));
        drop(library);
        assert_eq!(writing.await.unwrap(), Closing::Finished);
    }

    #[tokio::test]
    async fn a_peer_that_never_reads_costs_a_megabyte_and_no_more() {
        let (ours, _theirs) = tokio::io::duplex(7);
        let (library, from_library) = mpsc::unbounded_channel();
        let (_guard, refusals) = mpsc::channel(1);
        let writing = tokio::spawn(write(ours, from_library, refusals));
        let most = MOST_UNSENT / MESSAGE.len() + 2;
        for _ in 0..most {
            let _ = library.send(message().await);
        }
        assert_eq!(writing.await.unwrap(), Closing::PiledUp);
    }
}
