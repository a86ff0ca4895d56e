//! The ports of media and the sockets on them.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};

use socket2::{Domain, Protocol, Socket, Type};

/// Attempts to find a pair of neighbors where the system chooses the ports.
const ATTEMPTS: usize = 64;
/// Expedited forwarding (RFC 4594 §4.1), as the byte of an IPv4 or IPv6 header.
const EXPEDITED: u32 = 0xb8;

/// A pair of sockets: RTP, and RTCP one port above.
#[derive(Debug)]
pub(crate) struct Sockets {
    pub(crate) rtp: UdpSocket,
    pub(crate) control: UdpSocket,
    port: u16,
    /// Counted among those in use.
    _counted: meter::Held,
}

/// The even ports that are free.
pub(crate) struct Ports {
    free: Mutex<VecDeque<u16>>,
    /// The system chooses; none are kept.
    any: bool,
}

impl Sockets {
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn bind(address: IpAddr, port: u16) -> io::Result<Self> {
        let rtp = bind(SocketAddr::new(address, port))?;
        let port = rtp.local_addr()?.port();
        let above = port.checked_add(1).ok_or(io::ErrorKind::AddrNotAvailable)?;
        let control = bind(SocketAddr::new(address, above))?;
        Ok(Self { rtp, control, port, _counted: meter::MEDIA_PORTS_USED.hold([]) })
    }
}

impl Ports {
    pub(crate) fn new(range: RangeInclusive<u16>) -> Self {
        let any = range == (0..=0);
        // RFC 3550 §11: RTP on an even port, RTCP on the odd one above.
        let is_pair = |port: &u16| port.is_multiple_of(2) && *port > 0 && *port < *range.end();
        let free: VecDeque<u16> = range.clone().filter(is_pair).collect();
        meter::MEDIA_PORTS.handle([]).increment(free.len() as f64);
        Self { free: Mutex::new(free), any }
    }

    /// Binds the pair that was free for the longest time; pairs that others hold are passed over.
    pub(crate) fn bind(&self, address: IpAddr) -> Option<Sockets> {
        if self.any {
            let pair = |_| Sockets::bind(address, 0).ok().filter(|pair| pair.port.is_multiple_of(2));
            return (0..ATTEMPTS).find_map(pair);
        }
        let attempts = self.free().len();
        (0..attempts).find_map(|_| {
            let port = self.free().pop_front()?;
            let sockets = Sockets::bind(address, port).ok();
            if sockets.is_none() {
                self.free().push_back(port);
            }
            sockets
        })
    }

    /// Closes a pair; its ports are free again.
    pub(crate) fn release(&self, sockets: Sockets) {
        let port = sockets.port;
        drop(sockets);
        if !self.any {
            self.free().push_back(port);
        }
    }

    fn free(&self) -> MutexGuard<'_, VecDeque<u16>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv4() {
        // Not every system lets us; then the network treats voice as anything else.
        let _ = socket.set_tos_v4(EXPEDITED);
    } else {
        // A socket for each family: what IPv4 sends to [::] is somebody else's.
        socket.set_only_v6(true)?;
        let _ = socket.set_tclass_v6(EXPEDITED);
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_lies_wholly_in_the_range() {
        let pairs = |range| Vec::from(Ports::new(range).free().clone());
        assert_eq!(pairs(20_000..=20_005), [20_000, 20_002, 20_004]);
        assert_eq!(pairs(20_001..=20_004), [20_002]);
        assert_eq!(pairs(65_530..=65_535), [65_530, 65_532, 65_534]);
        assert!(pairs(20_000..=20_000).is_empty());
    }

    #[test]
    fn a_pair_that_is_given_back_can_be_used_again() {
        let address = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        let ports = Ports::new(0..=0);
        let free = ports.bind(address).unwrap().port();
        let ports = Ports::new(free..=free + 1);
        let Some(sockets) = ports.bind(address) else { return };
        assert_eq!(sockets.port(), free);
        assert!(ports.bind(address).is_none());
        ports.release(sockets);
        assert!(ports.bind(address).is_some());
    }
}
