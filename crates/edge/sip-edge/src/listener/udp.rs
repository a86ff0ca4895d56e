//! The UDP sockets as one that hands the library only what the gate let through.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use rsipstack::platform::net::UdpSocket as LibrarySocket;
use tokio::net::UdpSocket;
use tokio::sync::Mutex;
use tracing::debug;

use crate::guard::{Framing, Gate, MAX_MESSAGE, Source, Verdict, too_large};

/// One socket for each family of addresses, as the library sees them: as one.
pub(crate) struct GuardedSocket {
    first: UdpSocket,
    /// Of the other family.
    second: Option<UdpSocket>,
    gate: Arc<Gate>,
    datagrams: Mutex<[Vec<u8>; 2]>,
}

impl GuardedSocket {
    pub fn new(first: UdpSocket, second: Option<UdpSocket>, gate: Arc<Gate>) -> Self {
        let datagram = || vec![0; MAX_MESSAGE];
        Self { first, second, gate, datagrams: Mutex::new([datagram(), datagram()]) }
    }

    /// The socket that reaches this address.
    fn toward(&self, address: SocketAddr) -> &UdpSocket {
        let is_akin =
            |socket: &&UdpSocket| socket.local_addr().is_ok_and(|local| local.is_ipv4() == address.is_ipv4());
        self.second.as_ref().filter(is_akin).unwrap_or(&self.first)
    }
}

#[async_trait]
impl LibrarySocket for GuardedSocket {
    async fn recv_from(&self, buffer: &mut [u8]) -> rsipstack::Result<(usize, SocketAddr)> {
        let mut datagrams = self.datagrams.lock().await;
        let [of_first, of_second] = &mut *datagrams;
        loop {
            let received = match &self.second {
                None => self.first.recv_from(of_first).await.map(|received| (received, &*of_first)),
                Some(second) => tokio::select! {
                    received = self.first.recv_from(of_first) => received.map(|received| (received, &*of_first)),
                    received = second.recv_from(of_second) => received.map(|received| (received, &*of_second)),
                },
            };
            // An ICMP error about an earlier datagram is no reason to stop listening.
            let Ok(((length, source), datagram)) = received else {
                tokio::task::yield_now().await;
                continue;
            };
            let from = Source { address: source, names: &[] };
            match self.gate.judge(&datagram[..length], Framing::Datagram, from) {
                Verdict::Pass(message) if message.len() <= buffer.len() => {
                    buffer[..message.len()].copy_from_slice(&message);
                    return Ok((message.len(), source));
                }
                Verdict::Pass(message) => {
                    meter::SIP_MALFORMED.count(["oversize"]);
                    debug!(length = message.len(), %source, "a message is too long for a datagram");
                    if let Some(answer) = too_large(&message, source) {
                        let _ = self.toward(source).send_to(&answer, source).await;
                    }
                }
                Verdict::Answer(answer) => {
                    debug!(%source, "a request is refused at the gate");
                    let _ = self.toward(source).send_to(&answer, source).await;
                }
                Verdict::Drop => {}
            }
        }
    }

    async fn send_to(&self, bytes: &[u8], address: SocketAddr) -> rsipstack::Result<usize> {
        Ok(self.toward(address).send_to(bytes, address).await?)
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.first.local_addr()?)
    }
}
