//! Binding the sockets.

use std::io;
use std::net::SocketAddr;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, UdpSocket};

use crate::config::{SipAddresses, SipConfig, StartError};

/// The sockets that are bound.
pub(crate) struct Bound {
    pub udp: Option<UdpSocket>,
    pub tcp: Option<TcpListener>,
    pub tls: Option<TcpListener>,
}

/// How often another free port is tried when UDP and TCP want the same one.
const ATTEMPTS: usize = 16;
const BACKLOG: u32 = 1024;
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;

/// Binds everything that is configured.
pub(crate) async fn bind(config: &SipConfig) -> Result<(Bound, SipAddresses), StartError> {
    if config.udp.is_none() && config.tcp.is_none() && config.tls.is_none() {
        return Err(StartError::NoTransport);
    }
    let (udp, tcp) = bind_udp_and_tcp(config).await?;
    let tls = match &config.tls {
        Some(tls) => Some(listen("sip.tls", tls.address)?),
        None => None,
    };
    let addresses = SipAddresses {
        udp: udp.as_ref().and_then(|socket| socket.local_addr().ok()),
        tcp: tcp.as_ref().and_then(|socket| socket.local_addr().ok()),
        tls: tls.as_ref().and_then(|socket| socket.local_addr().ok()),
    };
    Ok((Bound { udp, tcp, tls }, addresses))
}

async fn bind_udp_and_tcp(
    config: &SipConfig,
) -> Result<(Option<UdpSocket>, Option<TcpListener>), StartError> {
    let mut attempts = ATTEMPTS;
    loop {
        let udp = match config.udp {
            Some(address) => Some(bind_udp(address).await?),
            None => None,
        };
        let Some(wanted) = config.tcp else { return Ok((udp, None)) };
        let udp_port = udp.as_ref().and_then(|socket| socket.local_addr().ok()).map(|address| address.port());
        let shared =
            SocketAddr::new(wanted.ip(), udp_port.filter(|_| wanted.port() == 0).unwrap_or(wanted.port()));
        match listen("sip.tcp", shared) {
            Ok(tcp) => return Ok((udp, Some(tcp))),
            // Any port would have done for both: try the next one.
            Err(_) if wanted.port() == 0 && config.udp.is_some_and(|udp| udp.port() == 0) && attempts > 0 => {
                attempts -= 1;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn bind_udp(address: SocketAddr) -> Result<UdpSocket, StartError> {
    let refused = |source| StartError::Listen { setting: "sip.udp", address, source };
    let socket = UdpSocket::bind(address).await.map_err(refused)?;
    // A burst of calls waits in the kernel; it gives what its own limit allows.
    let _ = SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER);
    Ok(socket)
}

fn listen(setting: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    let listen = || -> io::Result<TcpListener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|source| StartError::Listen { setting, address, source })
}
