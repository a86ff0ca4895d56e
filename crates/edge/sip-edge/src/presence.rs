//! Where far ends reach us: an address for each transport and each family of addresses.

use std::net::{IpAddr, SocketAddr};

use rsipstack::transport::SipConnection;
use tenant::SipTransport;

use crate::config::SipAddresses;

/// Our addresses as others see them.
#[derive(Clone, Debug)]
pub(crate) struct Presence {
    listens: [SipAddresses; 2],
    /// Behind a NAT: at most one for each family.
    advertised: Vec<IpAddr>,
}

impl Presence {
    /// Of sockets that are bound; the first are preferred.
    pub fn new(first: SipAddresses, second: SipAddresses, advertised: &[IpAddr]) -> Self {
        Self { listens: [first, second], advertised: advertised.to_vec() }
    }

    /// Where `peer` reaches us over this transport, as Via, Contact and From name it: at an address of
    /// its family, if we have one.
    pub fn address(&self, transport: SipTransport, peer: IpAddr) -> SocketAddr {
        let is_akin = |bound: &SocketAddr| bound.is_ipv4() == peer.to_canonical().is_ipv4();
        let over = |transport| self.listens.iter().filter_map(move |listens| listens.over(transport));
        let any = [transport, SipTransport::Udp, SipTransport::Tcp, SipTransport::Tls];
        let akin = any.into_iter().find_map(|transport| over(transport).find(is_akin));
        let bound = akin.or_else(|| any.into_iter().find_map(|transport| over(transport).next()));
        self.outside(bound.expect("an edge has at least one transport"), peer)
    }

    /// Whether we are at an address of the peer's family.
    pub fn is_akin(&self, peer: IpAddr) -> bool {
        let over = |listens: &SipAddresses| [listens.udp, listens.tcp, listens.tls];
        let mut bound = self.listens.iter().flat_map(over).flatten();
        bound.any(|bound| bound.is_ipv4() == peer.to_canonical().is_ipv4())
    }

    /// What is bound of the other family.
    pub fn second(&self) -> SipAddresses {
        self.listens[1]
    }

    /// What others see of a bound address.
    pub fn outside(&self, bound: SocketAddr, peer: IpAddr) -> SocketAddr {
        let advertised = self.advertised.iter().find(|address| address.is_ipv4() == bound.is_ipv4());
        match advertised {
            Some(address) => SocketAddr::new(*address, bound.port()),
            None if bound.ip().is_unspecified() && bound.is_ipv6() => {
                SocketAddr::new(way_to(bound, peer).unwrap_or(bound.ip()), bound.port())
            }
            None => SipConnection::resolve_bind_address(bound),
        }
    }
}

/// The address that the system would send from; nothing is sent to find it out.
fn way_to(bound: SocketAddr, peer: IpAddr) -> Option<IpAddr> {
    const ANY_PORT: u16 = 9;
    let socket = std::net::UdpSocket::bind(SocketAddr::new(bound.ip(), 0)).ok()?;
    socket.connect(SocketAddr::new(peer, ANY_PORT)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

impl SipAddresses {
    /// The address of one transport.
    pub(crate) fn over(&self, transport: SipTransport) -> Option<SocketAddr> {
        match transport {
            SipTransport::Udp => self.udp,
            SipTransport::Tcp => self.tcp,
            SipTransport::Tls => self.tls,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(udp: &str, tls: Option<&str>) -> SipAddresses {
        let address = |text: &str| Some(text.parse().unwrap());
        SipAddresses { udp: address(udp), tcp: address(udp), tls: tls.and_then(address) }
    }

    #[test]
    fn a_peer_is_told_an_address_of_its_family() {
        let first = addresses("192.0.2.1:5060", Some("192.0.2.1:5061"));
        let presence = Presence::new(first, addresses("[2001:db8::1]:5070", None), &[]);
        let told = |transport, peer: &str| presence.address(transport, peer.parse().unwrap()).to_string();
        assert_eq!(told(SipTransport::Udp, "203.0.113.5"), "192.0.2.1:5060");
        assert_eq!(told(SipTransport::Tls, "203.0.113.5"), "192.0.2.1:5061");
        assert_eq!(told(SipTransport::Tcp, "2001:db8::9"), "[2001:db8::1]:5070");
        assert_eq!(told(SipTransport::Udp, "::ffff:203.0.113.5"), "192.0.2.1:5060");
        let alone = Presence::new(first, SipAddresses::default(), &[]);
        assert_eq!(alone.address(SipTransport::Udp, "::1".parse().unwrap()).to_string(), "192.0.2.1:5060");
    }

    #[test]
    fn what_is_advertised_replaces_an_address_of_its_family() {
        let advertised = ["198.51.100.7".parse().unwrap()];
        let second = addresses("[::]:5070", None);
        let presence = Presence::new(addresses("0.0.0.0:5060", None), second, &advertised);
        let told = |peer: &str| presence.address(SipTransport::Udp, peer.parse().unwrap()).to_string();
        assert_eq!(told("203.0.113.5"), "198.51.100.7:5060");
        assert_eq!(told("::1"), "[::1]:5070", "the address that the way to the peer begins at");
    }
}
