//! How many requests one sender may make.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// After so many requests, senders that have been quiet for a second are forgotten.
const TIDY_AFTER: usize = 4_096;

/// Lets each sender make so many requests in a second, in a burst or one by one.
pub struct Pace<K: Clone + Eq + Hash> {
    limiter: RateLimiter<K, HashMapStateStore<K>, DefaultClock>,
    clock: DefaultClock,
    since_tidy: AtomicUsize,
}

impl<K: Clone + Eq + Hash> Pace<K> {
    /// So many in a second.
    pub fn per_second(requests: NonZeroU32) -> Self {
        let clock = DefaultClock::default();
        let limiter =
            RateLimiter::new(Quota::per_second(requests), HashMapStateStore::default(), clock.clone());
        Self { limiter, clock, since_tidy: AtomicUsize::new(0) }
    }

    /// Takes a request of this sender, or says when there is room again.
    pub fn take(&self, sender: &K) -> Result<(), Duration> {
        if self.since_tidy.fetch_add(1, Ordering::Relaxed) >= TIDY_AFTER {
            self.since_tidy.store(0, Ordering::Relaxed);
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(sender).map_err(|refused| refused.wait_time_from(self.clock.now()))
    }
}

/// Who counts as one sender: an IPv4 address, or the 64 bits of an IPv6 address that name a network,
/// whose owner has all the addresses in it. The listener puts it among the extensions of each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// The network of a client.
    pub fn of(client: IpAddr) -> Self {
        Self(match client.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from(network))
            }
            address @ IpAddr::V4(_) => address,
        })
    }

    /// Its first address.
    pub fn address(self) -> IpAddr {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sender_has_a_burst_of_its_own_and_is_told_when_to_come_back() {
        let pace = Pace::per_second(NonZeroU32::new(2).unwrap());
        assert_eq!([pace.take(&"a"), pace.take(&"a")], [Ok(()), Ok(())]);
        let wait = pace.take(&"a").unwrap_err();
        assert!(wait <= Duration::from_millis(500), "{wait:?}");
        assert_eq!(pace.take(&"b"), Ok(()));
    }

    #[test]
    fn senders_that_are_quiet_are_forgotten() {
        let pace = Pace::per_second(NonZeroU32::new(1_000_000).unwrap());
        (0..TIDY_AFTER * 3).for_each(|sender| assert_eq!(pace.take(&sender), Ok(())));
        assert!(pace.limiter.len() <= TIDY_AFTER * 2, "{}", pace.limiter.len());
    }

    #[test]
    fn a_network_of_ipv6_is_one_sender() {
        let network = |text: &str| ClientNetwork::of(text.parse().unwrap()).address().to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
