//! From whom packets are taken.

use std::net::SocketAddr;

/// Consecutive packets of one address and one source that make an unannounced address ours.
const CONSISTENT: u8 = 3;

/// The address of the peer's media, once it is known.
///
/// Packets from the signaled address are taken at once, and settle the matter.
/// Behind a NAT the real address is another: the first source that sends
/// consistently is taken, and from then on no stranger moves it. Only the
/// signaled address itself, or a new negotiation, does.
#[derive(Debug)]
pub(crate) struct Latch {
    signaled: SocketAddr,
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
    pub(crate) fn new(signaled: SocketAddr) -> Self {
        Self { signaled, settled: None, candidate: None }
    }

    /// Where to send: where packets come from, or else where signaling said.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.settled.unwrap_or(self.signaled)
    }

    /// Signaling names an address again; another one begins anew.
    pub(crate) fn signal(&mut self, signaled: SocketAddr) {
        if signaled != self.signaled {
            *self = Self::new(signaled);
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
        if self.settled.is_some() {
            return false;
        }
        let seen = match &self.candidate {
            Some(candidate) if candidate.from == from && candidate.ssrc == ssrc => candidate.seen + 1,
            _ => 1,
        };
        self.candidate = Some(Candidate { from, ssrc, seen });
        if seen == CONSISTENT {
            self.settled = Some(from);
        }
        self.settled.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNALED: &str = "192.0.2.1:4000";
    const NATTED: &str = "198.51.100.7:61000";
    const STRANGER: &str = "203.0.113.9:9";

    fn latch() -> Latch {
        Latch::new(address(SIGNALED))
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
        latch.signal(address(SIGNALED));
        assert_eq!(latch.peer(), address(NATTED));
        latch.signal(address("192.0.2.2:5000"));
        assert_eq!(latch.peer(), address("192.0.2.2:5000"));
    }
}
