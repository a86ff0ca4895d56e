//! From whom packets are taken.

use std::net::{IpAddr, SocketAddr};

/// Consecutive packets of one address and one source that make an unannounced address ours.
const CONSISTENT: u8 = 3;

/// The address of the peer's media, once it is known.
///
/// Packets from the signaled address are taken at once, and settle the matter.
/// Behind a NAT the real address is another: the first source that sends
/// consistently from where the peer's signaling comes from is taken, and from
/// then on no stranger moves it. A source that has nothing to do with the
/// signaling is taken only where the signaled address cannot be the peer's, and
/// only until somebody better sends. So whoever guesses a port hears nothing.
#[derive(Debug)]
pub(crate) struct Latch {
    signaled: SocketAddr,
    /// Where the signaling comes from; `None` when nobody says.
    signaling: Option<IpAddr>,
    settled: Option<SocketAddr>,
    candidate: Option<Candidate>,
}

#[derive(Debug, PartialEq, Eq)]
struct Candidate {
    from: SocketAddr,
    ssrc: u32,
    seen: u8,
}

impl Latch {
    pub(crate) fn new(signaled: SocketAddr, signaling: Option<IpAddr>) -> Self {
        Self { signaled, signaling, settled: None, candidate: None }
    }

    /// Where to send: where packets come from, or else where signaling said.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.settled.unwrap_or(self.signaled)
    }

    /// Signaling names an address again; another one begins anew.
    pub(crate) fn signal(&mut self, signaled: SocketAddr, signaling: Option<IpAddr>) {
        if signaled != self.signaled {
            *self = Self::new(signaled, signaling);
        }
    }

    /// Whether a well-formed packet is the peer's.
    pub(crate) fn admits(&mut self, from: SocketAddr, ssrc: u32) -> bool {
        if self.settled == Some(from) {
            return true;
        }
        if from == self.signaled {
            self.settled = Some(from);
            return true;
        }
        let is_known = self.knows(from.ip());
        let is_settled = self.settled.is_some_and(|settled| !is_known || self.knows(settled.ip()));
        if is_settled || !(is_known || self.is_hidden()) {
            return false;
        }
        let seen = match &self.candidate {
            Some(candidate) if candidate.from == from && candidate.ssrc == ssrc => candidate.seen + 1,
            _ => 1,
        };
        self.candidate = Some(Candidate { from, ssrc, seen });
        if seen >= CONSISTENT {
            self.settled = Some(from);
        }
        self.settled == Some(from)
    }

    /// Whether this is an address that signaling names, or comes from.
    fn knows(&self, ip: IpAddr) -> bool {
        ip == self.signaled.ip() || self.signaling.is_none_or(|signaling| ip == signaling)
    }

    /// Whether the peer names an address of its own network, and its signaling comes from elsewhere:
    /// perhaps by way of a proxy, so that its sound may come from anywhere.
    fn is_hidden(&self) -> bool {
        let is_private = match self.signaled.ip() {
            IpAddr::V4(ip) => {
                ip.is_private() || ip.is_link_local() || ip.is_unspecified() || is_shared(ip.octets())
            }
            IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified(),
        };
        is_private && self.signaling.is_none_or(|signaling| signaling != self.signaled.ip())
    }
}

/// RFC 6598: the addresses that carriers share among their customers.
fn is_shared([first, second, ..]: [u8; 4]) -> bool {
    first == 100 && second & 0xc0 == 64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNALED: &str = "192.0.2.1:4000";
    const NATTED: &str = "198.51.100.7:61000";
    const STRANGER: &str = "203.0.113.9:9";

    fn latch() -> Latch {
        Latch::new(address(SIGNALED), None)
    }

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_signaled_address_is_taken_at_once_and_stays() {
        let mut latch = latch();
        assert!(latch.admits(address(SIGNALED), 1));
        for _ in 0..10 {
            assert!(!latch.admits(address(STRANGER), 2));
        }
        assert_eq!(latch.peer(), address(SIGNALED));
    }

    #[test]
    fn behind_a_nat_the_first_consistent_source_is_taken_and_stays() {
        let mut latch = latch();
        assert!(!latch.admits(address(NATTED), 1));
        assert!(!latch.admits(address(STRANGER), 2), "a single packet of a stranger settles nothing");
        assert!(!latch.admits(address(NATTED), 1));
        assert!(!latch.admits(address(NATTED), 1));
        assert!(latch.admits(address(NATTED), 1));
        for _ in 0..10 {
            assert!(!latch.admits(address(STRANGER), 2));
        }
        assert_eq!(latch.peer(), address(NATTED));
    }

    #[test]
    fn the_signaled_address_takes_over_from_whoever_came_first() {
        let mut latch = latch();
        for _ in 0..3 {
            latch.admits(address(STRANGER), 2);
        }
        assert!(latch.admits(address(SIGNALED), 1));
        assert!(!latch.admits(address(STRANGER), 2));
    }

    #[test]
    fn a_new_negotiation_begins_anew_only_with_a_new_address() {
        let mut latch = latch();
        for _ in 0..3 {
            latch.admits(address(NATTED), 1);
        }
        latch.signal(address(SIGNALED), None);
        assert_eq!(latch.peer(), address(NATTED));
        latch.signal(address("192.0.2.2:5000"), None);
        assert_eq!(latch.peer(), address("192.0.2.2:5000"));
    }

    /// A latch whose peer's signaling comes from `signaling`.
    fn signaled_from(signaled: &str, signaling: &str) -> Latch {
        Latch::new(address(signaled), Some(address(signaling).ip()))
    }

    fn admits_after_ten(latch: &mut Latch, from: &str) -> bool {
        (0..10).any(|_| latch.admits(address(from), 1))
    }

    #[test]
    fn a_stranger_is_never_taken_where_the_peer_said_where_it_is() {
        let mut latch = signaled_from(SIGNALED, "192.0.2.1:5060");
        assert!(!admits_after_ten(&mut latch, STRANGER));
        assert_eq!(latch.peer(), address(SIGNALED));
        // Another port of the same address, or the address of the signaling, is the peer's.
        assert!(admits_after_ten(&mut latch, "192.0.2.1:61000"));
        let mut latch = signaled_from("192.0.2.1:4000", NATTED);
        assert!(!admits_after_ten(&mut latch, STRANGER));
        assert!(admits_after_ten(&mut latch, NATTED));
        assert!(!admits_after_ten(&mut latch, STRANGER));
        assert_eq!(latch.peer(), address(NATTED));
    }

    #[test]
    fn behind_a_nat_a_stranger_who_came_first_gives_way() {
        for private in ["192.168.1.2:4000", "10.0.0.7:4000", "100.64.3.2:4000", "[fd00::1]:4000"] {
            let mut latch = signaled_from(private, NATTED);
            assert!(admits_after_ten(&mut latch, STRANGER), "by way of a proxy it may be the peer");
            assert!(admits_after_ten(&mut latch, NATTED));
            assert!(!admits_after_ten(&mut latch, STRANGER));
            assert_eq!(latch.peer(), address(NATTED));
        }
    }

    #[test]
    fn in_one_network_there_is_nothing_to_guess() {
        let mut latch = signaled_from("192.168.1.2:4000", "192.168.1.2:5060");
        assert!(!admits_after_ten(&mut latch, "192.168.1.66:4000"));
    }
}
