//! Datagrams and how long they have waited in the kernel for us.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;

/// A datagram that lies in somebody's buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received {
    pub(super) length: usize,
    pub(super) source: SocketAddr,
    /// Since it came; absent where the system does not say.
    pub(super) waited: Option<Duration>,
}

/// The socket tells from now on when each datagram came, if the system can.
pub(super) fn stamp(socket: &impl std::os::fd::AsFd) {
    #[cfg(target_os = "linux")]
    if let Err(error) =
        nix::sys::socket::setsockopt(socket, nix::sys::socket::sockopt::ReceiveTimestampns, &true)
    {
        tracing::warn!(%error, "how long SIP over UDP waits is not seen: the system does not stamp datagrams");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = socket;
}

/// The next datagram.
pub(super) async fn receive(socket: &UdpSocket, datagram: &mut [u8]) -> io::Result<Received> {
    #[cfg(target_os = "linux")]
    return socket.async_io(tokio::io::Interest::READABLE, || linux::receive(socket, datagram)).await;
    #[cfg(not(target_os = "linux"))]
    socket.recv_from(datagram).await.map(|(length, source)| Received { length, source, waited: None })
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, IoSliceMut};
    use std::net::SocketAddr;
    use std::os::fd::{AsRawFd, RawFd};
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg};
    use nix::sys::time::TimeSpec;

    use super::Received;

    /// Room for the stamp, and for what else a socket may tell.
    const CONTROL: usize = 128;

    pub(super) fn receive(socket: &impl AsRawFd, datagram: &mut [u8]) -> io::Result<Received> {
        let socket: RawFd = socket.as_raw_fd();
        let mut control = Vec::with_capacity(CONTROL);
        let mut slices = [IoSliceMut::new(datagram)];
        let message =
            recvmsg::<SockaddrStorage>(socket, &mut slices, Some(&mut control), MsgFlags::MSG_DONTWAIT)?;
        let came = message.cmsgs().ok().and_then(|mut all| {
            all.find_map(|one| match one {
                ControlMessageOwned::ScmTimestampns(at) => Some(at),
                _ => None,
            })
        });
        let source = message.address.as_ref().and_then(address).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Received { length: message.bytes, source, waited: came.and_then(since) })
    }

    /// A clock that was set meanwhile tells nothing.
    fn since(came: TimeSpec) -> Option<Duration> {
        let came = Duration::new(came.tv_sec().try_into().ok()?, came.tv_nsec().try_into().ok()?);
        SystemTime::now().duration_since(UNIX_EPOCH + came).ok()
    }

    fn address(from: &SockaddrStorage) -> Option<SocketAddr> {
        let first = from.as_sockaddr_in().map(|address| SocketAddr::V4((*address).into()));
        first.or_else(|| from.as_sockaddr_in6().map(|address| SocketAddr::V6((*address).into())))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn a_datagram_tells_how_long_it_has_waited() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        stamp(&socket);
        let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        sender.send_to(b"early", socket.local_addr().unwrap()).await.unwrap();
        let sent = std::time::Instant::now();
        while sent.elapsed() < Duration::from_millis(30) {
            tokio::task::yield_now().await;
        }
        let mut datagram = [0; 64];
        let early = receive(&socket, &mut datagram).await.unwrap();
        assert_eq!((&datagram[..early.length], early.source), (&b"early"[..], sender.local_addr().unwrap()));
        assert!(early.waited.unwrap() >= Duration::from_millis(30), "{early:?}");
        sender.send_to(b"late", socket.local_addr().unwrap()).await.unwrap();
        let late = receive(&socket, &mut datagram).await.unwrap();
        assert!(late.waited.unwrap() < early.waited.unwrap(), "{late:?}");
    }
}
