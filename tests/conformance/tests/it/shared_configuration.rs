//! The configuration on which tests of the operator's view build: a resource, two phones, no waiting.

/// With further lines for `[limits]`, and further tables.
pub fn configuration(limits: &str, more: &str) -> String {
    format!(
        "[outgoing]
allow-private = \"loopback\"
[limits]
drain-seconds = 1
{limits}
[[tenants]]
name = \"Contoso\"
[[tenants.resources]]
name = \"contoso\"
numbers = [\"+14255550100\"]
[[tenants.phones]]
name = \"alice\"
number = \"+14255560001\"
password = \"secret-of-alice\"
[[tenants.phones]]
name = \"bob\"
number = \"+14255560002\"
password = \"secret-of-bob\"
{more}"
    )
}

/// The number of the resource.
pub const NUMBER: &str = "+14255550100";

/// A loopback address of this process alone, for a carrier.
pub fn carrier(last: u8) -> std::net::Ipv4Addr {
    let process = std::process::id();
    std::net::Ipv4Addr::new(
        127,
        220 + (process >> 16) as u8 % 20,
        (process >> 8) as u8,
        (process as u8 & 0xf0) | last,
    )
}
