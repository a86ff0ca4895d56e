//! A socket of the generator.

use std::net::{IpAddr, SocketAddr};

use anyhow::Context;
use socket2::SockRef;
use tokio::net::UdpSocket;

const BUFFER: usize = 16 << 20;

/// A socket with two ends: what is sent does not wait for the runtime to look at the socket first.
pub(crate) struct Line {
    pub(crate) receive: UdpSocket,
    pub(crate) send: std::net::UdpSocket,
    pub(crate) local: SocketAddr,
}

impl Line {
    pub(crate) fn open(address: IpAddr) -> anyhow::Result<Self> {
        let send =
            std::net::UdpSocket::bind((address, 0)).with_context(|| format!("cannot bind {address}"))?;
        send.set_nonblocking(true)?;
        let buffers = SockRef::from(&send);
        // As much as the kernel allows.
        buffers.set_recv_buffer_size(BUFFER)?;
        buffers.set_send_buffer_size(BUFFER)?;
        Ok(Self { receive: UdpSocket::from_std(send.try_clone()?)?, local: send.local_addr()?, send })
    }
}
