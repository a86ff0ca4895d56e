//! Binding the sockets.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpSocket, UdpSocket};

use crate::config::{SipAddresses, SipConfig, StartError};

/// The sockets that are bound.
#[derive(Default)]
pub(crate) struct Bound {
    pub udp: Option<UdpSocket>,
    pub tcp: Option<TcpListener>,
    pub tls: Option<TcpListener>,
}

impl Bound {
    pub fn addresses(&self) -> SipAddresses {
        SipAddresses {
            udp: self.udp.as_ref().and_then(|socket| socket.local_addr().ok()),
            tcp: self.tcp.as_ref().and_then(|socket| socket.local_addr().ok()),
            tls: self.tls.as_ref().and_then(|socket| socket.local_addr().ok()),
        }
    }
}

/// How often another free port is tried when UDP and TCP want the same one.
const ATTEMPTS: usize = 16;
const BACKLOG: u32 = 1024;
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;

/// Binds everything that is configured: the first addresses, and those of the other family.
pub(crate) async fn bind(config: &SipConfig) -> Result<[Bound; 2], StartError> {
    if config.udp.is_none() && config.tcp.is_none() && config.tls.is_none() {
        return Err(StartError::NoTransport);
    }
    let tls = config.tls.as_ref().map(|tls| tls.address);
    let first = SipAddresses { udp: config.udp, tcp: config.tcp, tls };
    Ok([bind_all(first).await?, bind_all(config.second).await?])
}

async fn bind_all(wanted: SipAddresses) -> Result<Bound, StartError> {
    let (udp, tcp) = bind_udp_and_tcp(wanted).await?;
    let tls = wanted.tls.map(|address| listen("sip.tls", address)).transpose()?;
    Ok(Bound { udp, tcp, tls })
}

async fn bind_udp_and_tcp(
    config: SipAddresses,
) -> Result<(Option<UdpSocket>, Option<TcpListener>), StartError> {
    let mut attempts = ATTEMPTS;
    loop {
        let udp = match config.udp {
            Some(address) => Some(bind_udp(address)?),
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

fn bind_udp(address: SocketAddr) -> Result<UdpSocket, StartError> {
    let bind = || -> io::Result<UdpSocket> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        keep_to_its_family(SockRef::from(&socket), address)?;
        socket.set_nonblocking(true)?;
        // A burst of calls waits in the kernel; it gives what its own limit allows.
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
        socket.bind(&address.into())?;
        UdpSocket::from_std(socket.into())
    };
    bind().map_err(|source| StartError::Listen { setting: "sip.udp", address, source })
}

/// `[::]` means all of IPv6 and nothing of IPv4: each family has a socket of its own.
fn keep_to_its_family(socket: SockRef<'_>, address: SocketAddr) -> io::Result<()> {
    if address.is_ipv6() { socket.set_only_v6(true) } else { Ok(()) }
}

fn listen(setting: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    let listen = || -> io::Result<TcpListener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        keep_to_its_family(SockRef::from(&socket), address)?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|source| StartError::Listen { setting, address, source })
}
