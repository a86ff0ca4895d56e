//! What a decision depends on besides the directory: handed in, never looked up.

use std::fmt;
use std::net::IpAddr;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{ObjectId, PhoneNumber, TrunkName, UserId};

/// What a decision depends on besides the directory. The same circumstances give the same decision.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// The number that calls, as its trunk says.
    pub calling: Option<&'a PhoneNumber>,
    /// The address of the caller's client in its own network.
    pub client: Option<IpAddr>,
    /// The address under which that network appears outside.
    pub seen_from: Option<IpAddr>,
    /// The wireless access point of the caller's client, `aa-bb-cc-dd-ee-ff`.
    pub access_point: Option<&'a str>,
    /// The switch that it is attached to, by its chassis.
    pub chassis: Option<&'a str>,
    /// The port of that switch.
    pub port: Option<&'a str>,
    /// The gateway that a call came in by which is sent on now: it is tried first.
    pub ingress: Option<&'a TrunkName>,
    /// Whether a gateway was silent for so long that it is tried last.
    pub is_demoted: &'a dyn Fn(&TrunkName) -> bool,
    /// What people are doing.
    pub availability: &'a dyn Fn(ObjectId) -> Availability,
    /// Numbers that are reserved for those who called for help, and the phones that they called with; the oldest
    /// reservation first.
    pub reserved: &'a [(PhoneNumber, UserId)],
    /// What gateways of one route are shuffled by.
    pub chance: u64,
}

/// What somebody is doing, as far as calls are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Availability {
    /// Takes calls.
    #[default]
    Available,
    /// Is in a call.
    InACall,
    /// Does not want to be disturbed.
    DoNotDisturb,
}

impl Circumstances<'_> {
    /// Nothing is known but where the caller's client is: its address in its own network, and the one under which
    /// that network appears outside.
    pub fn at(client: Option<IpAddr>, seen_from: Option<IpAddr>) -> Self {
        Self { client, seen_from, ..Self::default() }
    }
}

impl Default for Circumstances<'_> {
    /// Nothing is known: all gateways are well, everybody takes calls.
    fn default() -> Self {
        Self {
            calling: None,
            client: None,
            seen_from: None,
            access_point: None,
            chassis: None,
            port: None,
            ingress: None,
            is_demoted: &|_| false,
            availability: &|_| Availability::Available,
            reserved: &[],
            chance: 0,
        }
    }
}

impl fmt::Debug for Circumstances<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Circumstances")
            .field("client", &self.client)
            .field("seen_from", &self.seen_from)
            .field("ingress", &self.ingress)
            .field("chance", &self.chance)
            .finish_non_exhaustive()
    }
}

/// A shuffle that depends on nothing but `chance` (Fisher and Yates, over SplitMix64).
pub(crate) fn shuffle<T>(items: &mut [T], mut chance: u64) {
    for last in (1..items.len()).rev() {
        chance = chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (chance ^ (chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let other = (u128::from(mixed) * (last as u128 + 1)) >> 64;
        items.swap(last, other as usize);
    }
}
