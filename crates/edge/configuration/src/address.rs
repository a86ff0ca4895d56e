//! Addresses as people write them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// `127.0.0.1:8443`, `[::1]:8443`, `localhost:8443` or a bare port, which means loopback.
pub(crate) fn parse_listen(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    port.parse().ok().map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let address = parse_listen(text).map(|address| address.to_string());
        assert_eq!(address.as_deref(), expected, "{text}");
    }

    #[test]
    fn addresses_are_read_as_people_write_them() {
        check("0.0.0.0:8443", Some("0.0.0.0:8443"));
        check("[::1]:0", Some("[::1]:0"));
        check("localhost:8443", Some("127.0.0.1:8443"));
        check("8443", Some("127.0.0.1:8443"));
        check("example.org:8443", None);
        check("127.0.0.1", None);
        check("127.0.0.1:70000", None);
        check("", None);
    }
}
