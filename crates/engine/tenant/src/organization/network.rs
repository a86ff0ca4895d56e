//! Where on a network somebody is: sites, and addresses from outside that are trusted
//! (contract: Teams Phone §1.14).

use std::net::IpAddr;

use borsh::{BorshDeserialize, BorshSerialize};

use super::name::Name;

/// A range of addresses: those that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Network {
    /// The first address.
    address: IpAddr,
    /// How many bits are the same: at most 32, or 128.
    prefix: u8,
}

impl Network {
    /// The range of `prefix` bits that `address` lies in. More bits than an address has mean all of them.
    pub fn new(address: IpAddr, prefix: u8) -> Self {
        let prefix = prefix.min(if address.is_ipv4() { 32 } else { 128 });
        let address = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V4((address.to_bits() & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V6((address.to_bits() & mask).into())
            }
        };
        Self { address, prefix }
    }

    /// How many bits are the same.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Whether an address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4() && Self::new(address, self.prefix) == *self
    }
}

/// A place of the company, known by its subnets.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NetworkSite {
    /// Its name.
    pub name: Name,
    /// What happens around a call for help that is made here; replaces the caller's own.
    pub emergency_calling: Option<Name>,
    /// Which digits call for help here, and through which usage; replaces the caller's own.
    pub emergency_call_routing: Option<Name>,
    /// Whether calls of people who may not bypass tolls stay within this site.
    pub location_based_routing: bool,
    /// The usages of calls that are made here by people who may not bypass tolls.
    pub voice_routing: Option<Name>,
}

/// A part of the company's network.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NetworkSubnet {
    /// The addresses.
    pub network: Network,
    /// The site that they belong to.
    pub site: Name,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(network: (&str, u8), address: &str, inside: bool) {
        let network = Network::new(network.0.parse().expect("an address"), network.1);
        assert_eq!(network.contains(address.parse().expect("an address")), inside, "{network:?} {address}");
    }

    #[test]
    fn an_address_lies_in_its_network() {
        check(("10.1.2.3", 24), "10.1.2.200", true);
        check(("10.1.2.3", 24), "10.1.3.3", false);
        check(("0.0.0.0", 0), "203.0.113.7", true);
        check(("10.1.2.3", 99), "10.1.2.3", true);
        check(("2001:db8::", 32), "2001:db8:1::7", true);
        check(("::", 0), "10.1.2.3", false);
    }
}
