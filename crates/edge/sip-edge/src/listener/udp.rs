//! A UDP socket that hands the library only what the guard let through.

use std::net::SocketAddr;

use async_trait::async_trait;
use rsipstack::platform::net::UdpSocket as LibrarySocket;
use tokio::net::UdpSocket;
use tokio::sync::Mutex;
use tracing::debug;

use crate::guard::{Framing, MAX_MESSAGE, Verdict, inspect};

/// The socket as the library sees it.
pub(crate) struct GuardedSocket {
    socket: UdpSocket,
    datagram: Mutex<Vec<u8>>,
}

impl GuardedSocket {
    pub fn new(socket: UdpSocket) -> Self {
        Self { socket, datagram: Mutex::new(vec![0; MAX_MESSAGE]) }
    }
}

#[async_trait]
impl LibrarySocket for GuardedSocket {
    async fn recv_from(&self, buffer: &mut [u8]) -> rsipstack::Result<(usize, SocketAddr)> {
        let mut datagram = self.datagram.lock().await;
        loop {
            // An ICMP error about an earlier datagram is no reason to stop listening.
            let Ok((length, source)) = self.socket.recv_from(&mut datagram).await else {
                tokio::task::yield_now().await;
                continue;
            };
            match inspect(&datagram[..length], Framing::Datagram, source) {
                Verdict::Pass(message) if message.len() <= buffer.len() => {
                    buffer[..message.len()].copy_from_slice(&message);
                    return Ok((message.len(), source));
                }
                Verdict::Pass(message) => {
                    debug!(length = message.len(), %source, "a message is too long for a datagram");
                }
                Verdict::Answer(answer) => {
                    debug!(%source, "a malformed request is refused");
                    let _ = self.socket.send_to(&answer, source).await;
                }
                Verdict::Drop => {}
            }
        }
    }

    async fn send_to(&self, bytes: &[u8], address: SocketAddr) -> rsipstack::Result<usize> {
        Ok(self.socket.send_to(bytes, address).await?)
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }
}
