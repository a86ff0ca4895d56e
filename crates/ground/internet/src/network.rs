//! What an operator allows beside the public internet.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::address;

/// An internal network that may be reached: `loopback`, an address, or a range such as `10.1.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedNetwork {
    /// This machine: 127.0.0.0/8 and ::1.
    Loopback,
    /// A range of addresses.
    Range(IpNet),
}

/// The text names no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {0:?} as a network; write \"loopback\", an address, or a range such as \"10.1.0.0/16\"")]
pub struct AllowedNetworkError(String);

impl FromStr for AllowedNetwork {
    type Err = AllowedNetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("loopback") {
            return Ok(Self::Loopback);
        }
        let range = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        range.map(Self::Range).map_err(|_| AllowedNetworkError(text.to_owned()))
    }
}

impl AllowedNetwork {
    fn contains(self, address: IpAddr) -> bool {
        match self {
            Self::Loopback => address.is_loopback(),
            Self::Range(range) => range.contains(&address),
        }
    }
}

/// Whether this address may be reached on behalf of a stranger: it is public, or the operator allows it.
pub fn may_reach(allowed: &[AllowedNetwork], address: IpAddr) -> bool {
    let reached = address::canonical(address);
    !address::is_internal(address) || allowed.iter().any(|network| network.contains(reached))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_from_their_text() {
        assert_eq!("Loopback".parse(), Ok(AllowedNetwork::Loopback));
        assert_eq!("10.1.0.0/16".parse(), Ok(AllowedNetwork::Range("10.1.0.0/16".parse().unwrap())));
        assert_eq!("10.1.2.3".parse(), Ok(AllowedNetwork::Range("10.1.2.3/32".parse().unwrap())));
        assert!("ten".parse::<AllowedNetwork>().is_err());
    }

    #[test]
    fn only_what_is_allowed_is_reached() {
        let reach =
            |allowed: &str, address: &str| may_reach(&[allowed.parse().unwrap()], address.parse().unwrap());
        assert!(reach("loopback", "127.0.0.1"));
        assert!(reach("loopback", "::1"));
        assert!(reach("loopback", "::ffff:127.0.0.1"));
        assert!(!reach("loopback", "10.1.2.3"));
        assert!(!reach("loopback", "169.254.169.254"));
        assert!(reach("10.1.0.0/16", "10.1.2.3"));
        assert!(!reach("10.1.0.0/16", "10.2.0.1"));
        assert!(reach("loopback", "8.8.8.8"));
    }
}
