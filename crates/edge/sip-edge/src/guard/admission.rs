//! How many calls may come, and how many of them may wait for an answer.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use identifier::{PhoneNumber, TenantId, TrunkName};
use tenant::TrunkLimits;

use super::allowance::Allowance;
use crate::config::SipLimits;

/// So many sources or trunks are told apart.
const OWNERS: usize = 65_536;
/// So many calls back to those who called for help have places beside all others, and so many to one number.
pub(crate) const CALL_BACKS: usize = 8;
const CALL_BACKS_EACH: usize = 2;

/// Whose call it is, as far as limits are concerned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// Whoever is at this address.
    Source(IpAddr),
    /// A trunk, from whichever of its addresses.
    Trunk(TrunkName),
    /// Somebody who needs help.
    Help,
    /// Help that calls back by this trunk.
    CallBack {
        trunk: TrunkName,
        /// Whose number it is.
        tenant: TenantId,
        /// The number that help saw.
        number: PhoneNumber,
    },
    /// We ourselves.
    Platform,
}

impl Owner {
    /// Whoever is at this address; a customer's whole IPv6 network counts as one.
    pub fn at(source: IpAddr) -> Self {
        Self::Source(network(source))
    }
}

/// The address, or the /64 that it lies in: nobody has less than that.
pub(crate) fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX)).into(),
    }
}

/// Why there is no room for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    /// Too many from where it comes from.
    Source,
    /// Too many from this trunk.
    Trunk,
    /// Too many altogether.
    Total,
    /// The server is late.
    Time,
}

impl Shortage {
    /// In a word for the operator's statistics.
    pub fn metered(self) -> &'static str {
        match self {
            Self::Source => "source-limit",
            Self::Trunk => "trunk-limit",
            Self::Total => "total-limit",
            Self::Time => "overload",
        }
    }
}

/// Of a trunk and a speed.
type TrunkSpeeds = HashMap<(TrunkName, u32), Arc<Allowance<()>>>;

/// Counts calls that arrived and are not answered yet, and how fast they come.
#[derive(Debug)]
pub(crate) struct Admission {
    limits: SipLimits,
    waiting: Mutex<Waiting>,
    in_total: Option<Allowance<()>>,
    by_source: Option<Allowance<IpAddr>>,
    /// A trunk's own speed is read from the directory; an allowance is kept for each speed that occurs.
    by_trunk: Mutex<TrunkSpeeds>,
}

#[derive(Debug, Default)]
struct Waiting {
    total: usize,
    for_help: usize,
    call_backs: HashMap<(TenantId, PhoneNumber), usize>,
    by_owner: HashMap<Owner, usize>,
}

/// One call's place among those that wait; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    /// The place is one of those that are kept for help when this is `Owner::Help`.
    owner: Owner,
}

impl Admission {
    pub fn new(limits: SipLimits) -> Self {
        let speed = |per_second: u32| f64::from(per_second);
        Self {
            limits,
            waiting: Mutex::default(),
            in_total: limits.calls_per_second.map(|most| Allowance::new(speed(most), most, 1)),
            by_source: limits
                .calls_per_second_per_source
                .map(|most| Allowance::new(speed(most), most, OWNERS)),
            by_trunk: Mutex::default(),
        }
    }

    /// Whether another call of this owner may come now; counts it if so.
    pub fn knock(&self, owner: &Owner, trunk: Option<TrunkLimits>, now_us: i64) -> Result<(), Shortage> {
        let own = match owner {
            Owner::Help | Owner::Platform => return Ok(()),
            Owner::Source(source) => {
                let allowed = self.by_source.as_ref().is_none_or(|allowance| allowance.take(source, now_us));
                allowed.then_some(()).ok_or(Shortage::Source)
            }
            Owner::Trunk(name) | Owner::CallBack { trunk: name, .. } => {
                let most = trunk.and_then(|limits| limits.calls_per_second);
                let allowed = most.is_none_or(|most| self.allowance_of(name, most).take(&(), now_us));
                allowed.then_some(()).ok_or(Shortage::Trunk)
            }
        };
        own?;
        self.has_place(owner)?;
        if matches!(owner, Owner::CallBack { .. }) {
            return Ok(());
        }
        let allowed = self.in_total.as_ref().is_none_or(|allowance| allowance.take(&(), now_us));
        allowed.then_some(()).ok_or(Shortage::Total)
    }

    /// A place for a call; refused when there is none.
    pub fn admit(self: &Arc<Self>, owner: &Owner) -> Result<Permit, Shortage> {
        let mut waiting = self.lock();
        self.room(&waiting, owner)?;
        match owner {
            Owner::Help => waiting.for_help += 1,
            Owner::CallBack { tenant, number, .. } => {
                *waiting.call_backs.entry((*tenant, number.clone())).or_default() += 1;
            }
            Owner::Source(_) | Owner::Trunk(_) | Owner::Platform => {
                waiting.total += 1;
                *waiting.by_owner.entry(owner.clone()).or_default() += 1;
            }
        }
        Ok(Permit { admission: Arc::clone(self), owner: owner.clone() })
    }

    /// Calls that wait for an answer.
    pub fn waiting(&self) -> usize {
        let waiting = self.lock();
        waiting.total + waiting.for_help + waiting.call_backs.values().sum::<usize>()
    }

    /// Whether there is a place for a call.
    pub fn has_place(&self, owner: &Owner) -> Result<(), Shortage> {
        self.room(&self.lock(), owner)
    }

    fn room(&self, waiting: &Waiting, owner: &Owner) -> Result<(), Shortage> {
        let own = waiting.by_owner.get(owner).copied().unwrap_or(0);
        let (most, shortage) = match owner {
            Owner::Help if waiting.for_help < self.limits.for_help => return Ok(()),
            Owner::Help => (usize::MAX, Shortage::Total),
            Owner::CallBack { tenant, number, .. } => {
                let to_number = waiting.call_backs.get(&(*tenant, number.clone())).copied().unwrap_or(0);
                let all: usize = waiting.call_backs.values().sum();
                let has_place = to_number < CALL_BACKS_EACH && all < CALL_BACKS;
                return has_place.then_some(()).ok_or(Shortage::Trunk);
            }
            Owner::Source(_) => (self.limits.half_open_per_source, Shortage::Source),
            Owner::Trunk(_) => (self.limits.half_open_per_trunk, Shortage::Trunk),
            Owner::Platform => (usize::MAX, Shortage::Total),
        };
        match () {
            () if own >= most => Err(shortage),
            () if waiting.total >= self.limits.half_open => Err(Shortage::Total),
            () => Ok(()),
        }
    }

    fn allowance_of(&self, name: &TrunkName, most: u32) -> Arc<Allowance<()>> {
        let mut by_trunk = self.by_trunk.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(Allowance::new(f64::from(most), most, 1));
        Arc::clone(by_trunk.entry((name.clone(), most)).or_insert_with(fresh))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut waiting = self.admission.lock();
        match &self.owner {
            Owner::Help => waiting.for_help -= 1,
            Owner::CallBack { tenant, number, .. } => {
                one_less(&mut waiting.call_backs, &(*tenant, number.clone()));
            }
            Owner::Source(_) | Owner::Trunk(_) | Owner::Platform => {
                waiting.total -= 1;
                one_less(&mut waiting.by_owner, &self.owner);
            }
        }
    }
}

fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission() -> Arc<Admission> {
        Arc::new(Admission::new(SipLimits {
            half_open: 3,
            half_open_per_source: 2,
            half_open_per_trunk: 1,
            for_help: 1,
            calls_per_second: Some(4),
            calls_per_second_per_source: Some(3),
            ..SipLimits::default()
        }))
    }

    fn at(source: &str) -> Owner {
        Owner::at(source.parse().unwrap())
    }

    #[test]
    fn places_are_bounded_and_given_back() {
        let admission = admission();
        let (one, two) = (at("192.0.2.1"), at("192.0.2.2"));
        let first = admission.admit(&one).unwrap();
        let _second = admission.admit(&one).unwrap();
        assert_eq!(admission.admit(&one).unwrap_err(), Shortage::Source);
        let _third = admission.admit(&Owner::Trunk(TrunkName::new("carrier"))).unwrap();
        assert_eq!(admission.admit(&two).unwrap_err(), Shortage::Total);
        drop(first);
        assert!(admission.admit(&one).is_ok());
        assert_eq!(admission.admit(&Owner::Trunk(TrunkName::new("carrier"))).unwrap_err(), Shortage::Trunk);
    }

    #[test]
    fn who_calls_for_help_has_places_that_nobody_else_takes() {
        let admission = admission();
        let _all: Vec<Permit> = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
            .iter()
            .map(|ip| admission.admit(&at(ip)).unwrap())
            .collect();
        assert_eq!(admission.admit(&at("192.0.2.4")).unwrap_err(), Shortage::Total);
        let _help = admission.admit(&Owner::Help).unwrap();
        assert_eq!(admission.waiting(), 4);
        assert_eq!(admission.admit(&Owner::Help).unwrap_err(), Shortage::Total, "these are bounded as well");
    }

    #[test]
    fn calls_back_take_a_few_places_of_their_own_and_none_that_is_kept_for_help() {
        let admission = admission();
        let carrier = || TrunkName::new("carrier");
        let to = |last: u32| Owner::CallBack {
            trunk: carrier(),
            tenant: TenantId::from_u128(1),
            number: format!("+1425555{last:04}").parse().unwrap(),
        };
        let _all: Vec<Permit> = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
            .iter()
            .map(|ip| admission.admit(&at(ip)).unwrap())
            .collect();
        let first = admission.admit(&to(1)).unwrap();
        let _second = admission.admit(&to(1)).unwrap();
        assert_eq!(admission.admit(&to(1)).unwrap_err(), Shortage::Trunk, "two to one number");
        let _others: Vec<Permit> = [2, 2, 3, 3, 4, 4].map(|last| admission.admit(&to(last)).unwrap()).into();
        assert_eq!(admission.admit(&to(5)).unwrap_err(), Shortage::Trunk, "eight to all of them");
        assert!(admission.admit(&Owner::Help).is_ok());
        drop(first);
        assert!(admission.has_place(&to(1)).is_ok());
        // As fast as the trunk may call, and no faster.
        let limits = Some(TrunkLimits { calls: None, calls_per_second: Some(1) });
        assert_eq!(admission.knock(&to(1), limits, 0), Ok(()));
        assert_eq!(admission.knock(&to(1), limits, 0), Err(Shortage::Trunk));
    }

    #[test]
    fn calls_come_only_so_fast() {
        let admission = admission();
        let knock = |owner: &Owner| admission.knock(owner, None, 0);
        let (one, two) = (at("192.0.2.1"), at("192.0.2.2"));
        assert_eq!([knock(&one), knock(&one), knock(&one)], [Ok(()); 3]);
        assert_eq!(knock(&one), Err(Shortage::Source));
        assert_eq!(knock(&two), Ok(()));
        assert_eq!(knock(&two), Err(Shortage::Total));
        assert_eq!(knock(&Owner::Help), Ok(()));
        assert_eq!(admission.knock(&two, None, 1_000_000), Ok(()));
    }

    #[test]
    fn a_trunk_has_a_speed_of_its_own() {
        let admission = admission();
        let carrier = Owner::Trunk(TrunkName::new("carrier"));
        let limits = Some(TrunkLimits { calls: None, calls_per_second: Some(1) });
        assert_eq!(admission.knock(&carrier, limits, 0), Ok(()));
        assert_eq!(admission.knock(&carrier, limits, 0), Err(Shortage::Trunk));
        assert_eq!(admission.knock(&carrier, None, 0), Ok(()));
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        assert_eq!(at("2001:db8:0:1::1"), at("2001:db8:0:1:ffff::2"));
        assert_ne!(at("2001:db8:0:1::1"), at("2001:db8:0:2::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
    }
}
