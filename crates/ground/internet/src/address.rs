//! Which addresses belong to the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address can only be meant for this machine, this network, or nobody.
///
/// An IPv6 address that carries an IPv4 address is judged by both.
pub(crate) fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_internal_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(embedded) => is_internal_v4(embedded),
            None => is_internal_v6(address),
        },
    }
}

/// The address that a connection would really reach: an IPv4-mapped one is that IPv4 address.
pub(crate) fn canonical(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => embedded_v4(v6).map_or(address, IpAddr::V4),
    }
}

fn is_internal_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        // Also the metadata services of the large clouds, 169.254.169.254.
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        // RFC 1122 §3.2.1.3: "this network".
        || a == 0
        // RFC 6598: shared by carriers and their customers; 100.100.100.200 is a metadata service.
        || (a == 100 && b & 0xc0 == 64)
        // RFC 6890: protocol assignments; RFC 7526: 6to4 relays; RFC 2544: benchmarks; RFC 1112: reserved.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && b & 0xfe == 18)
        || a >= 240
        // The address at which Azure's hosts serve their guests.
        || address == Ipv4Addr::new(168, 63, 129, 16)
}

fn is_internal_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    // RFC 4291 §2.4: global unicast is 2000::/3; all else is local, multicast or reserved.
    first & 0xe000 != 0x2000
        // RFC 3849 and RFC 9637: documentation.
        || (first == 0x2001 && address.segments()[1] == 0x0db8)
        || first == 0x3fff
        // RFC 2928: protocol assignments, Teredo among them.
        || (first == 0x2001 && address.segments()[1] < 0x0200)
}

/// The IPv4 address inside an IPv6 one: mapped or compatible (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let (high, low) = match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => (g, h),
        (0, 0, 0, 0, 0, 0) if g != 0 => (g, h),
        (0x2002, ..) => (b, c),
        _ => return None,
    };
    Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_nobody_else_are_internal() {
        let internal = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "168.63.129.16",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "100::1",
        ];
        for address in internal {
            assert!(is_internal(address.parse().unwrap()), "{address} is internal");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_not() {
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
        ];
        for address in public {
            assert!(!is_internal(address.parse().unwrap()), "{address} is public");
        }
    }
}
