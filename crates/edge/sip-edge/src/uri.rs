//! SIP URIs, addresses and transports, between the library's types and ours.

use std::net::{IpAddr, SocketAddr};

use rsipstack::sip::{Auth, Host, HostWithPort, Param, Scheme, Transport, Uri, typed};
use rsipstack::transport::{SipAddr, SipConnection};
use tenant::SipTransport;

/// The library's word for a transport.
pub(crate) fn library_transport(transport: SipTransport) -> Transport {
    match transport {
        SipTransport::Udp => Transport::Udp,
        SipTransport::Tcp => Transport::Tcp,
        SipTransport::Tls => Transport::Tls,
    }
}

/// An address as the library names it.
pub(crate) fn sip_addr(transport: SipTransport, address: SocketAddr) -> SipAddr {
    SipAddr::new(library_transport(transport), address.into())
}

/// Where a message came from.
pub(crate) fn source_of(connection: &SipConnection) -> Option<(SipTransport, SocketAddr)> {
    transport_and_address(connection.get_remote_addr()?)
}

/// A transport and an address, when it names one instead of a host.
pub(crate) fn transport_and_address(address: &SipAddr) -> Option<(SipTransport, SocketAddr)> {
    let transport = match address.r#type {
        Some(Transport::Tcp) => SipTransport::Tcp,
        Some(Transport::Tls) => SipTransport::Tls,
        _ => SipTransport::Udp,
    };
    Some((transport, address.get_socketaddr().ok()?))
}

/// `sip:user@address;transport=…`; UDP goes without saying.
pub(crate) fn uri_at(user: Option<&str>, transport: SipTransport, host: HostWithPort) -> Uri {
    let params = match transport {
        SipTransport::Udp => Vec::new(),
        SipTransport::Tcp | SipTransport::Tls => vec![Param::Transport(library_transport(transport))],
    };
    Uri {
        scheme: Some(Scheme::Sip),
        auth: user.map(|user| Auth { user: user.to_owned(), password: None }),
        host_with_port: host,
        params,
        headers: Vec::new(),
    }
}

/// The transport that a URI asks for.
pub(crate) fn transport_of(uri: &Uri) -> SipTransport {
    let parameter = uri.params.iter().find_map(|param| match param {
        Param::Transport(transport) => Some(*transport),
        _ => None,
    });
    match parameter {
        Some(Transport::Tcp) => SipTransport::Tcp,
        Some(Transport::Tls) => SipTransport::Tls,
        _ if uri.scheme == Some(Scheme::Sips) => SipTransport::Tls,
        _ => SipTransport::Udp,
    }
}

/// The user part, unescaped; of a `tel:` URI the number.
pub(crate) fn user_of(uri: &Uri) -> Option<String> {
    match (&uri.auth, &uri.scheme, &uri.host_with_port.host) {
        // RFC 3261 §19.1.6: parameters of a number may stand in the user part.
        (Some(auth), ..) => Some(unescape(auth.user.split(';').next().unwrap_or(&auth.user))),
        (None, Some(Scheme::Other(scheme)), Host::Domain(number)) if scheme.eq_ignore_ascii_case("tel") => {
            Some(number.0.chars().filter(|character| !matches!(character, '-' | '.' | '(' | ')')).collect())
        }
        // The library takes the parameters of a number for those of the URI.
        (None, _, Host::Domain(number)) if uri.params.iter().any(hides_a_host) => Some(unescape(&number.0)),
        _ => None,
    }
}

fn hides_a_host(param: &Param) -> bool {
    match param {
        Param::Other(name, value) => {
            name.value().contains('@') || value.as_ref().is_some_and(|value| value.value().contains('@'))
        }
        _ => false,
    }
}

/// The address in a URI, when it names one instead of a host.
pub(crate) fn address_of(uri: &Uri) -> Option<SocketAddr> {
    let Host::IpAddr(address) = uri.host_with_port.host else { return None };
    let default = if transport_of(uri) == SipTransport::Tls { 5061 } else { 5060 };
    Some(SocketAddr::new(address, uri.host_with_port.port.as_ref().map_or(default, |port| port.0)))
}

/// The address in a URI, or one of IPv4 when it names a host.
pub(crate) fn peer_of(uri: &Uri) -> IpAddr {
    address_of(uri).map_or(std::net::Ipv4Addr::LOCALHOST.into(), |address| address.ip())
}

/// The default port of a transport (RFC 3261 §19.1.2).
pub(crate) fn default_port(transport: SipTransport) -> u16 {
    match transport {
        SipTransport::Udp | SipTransport::Tcp => 5060,
        SipTransport::Tls => 5061,
    }
}

/// `"Name" <uri>;params`, as From, To, P-Asserted-Identity and Refer-To have it.
pub(crate) fn name_and_uri(value: &str) -> Option<(Option<String>, Uri)> {
    let parsed = typed::From::parse(value.trim()).ok()?;
    let name = parsed.display_name.map(|name| name.trim_matches('"').trim().to_owned());
    Some((name.filter(|name| !name.is_empty()), parsed.uri))
}

/// Percent escapes resolved; what is no escape stays.
pub(crate) fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escape = (bytes[index] == b'%')
            .then(|| text.get(index + 1..index + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escape {
            Some(byte) => {
                plain.push(byte);
                index += 3;
            }
            None => {
                plain.push(bytes[index]);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Whether an address means something only within its own network.
pub(crate) fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unspecified() || address.segments()[0] & 0xfe00 == 0xfc00
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_parts_are_unescaped() {
        let user = |uri: &str| user_of(&Uri::try_from(uri).unwrap());
        assert_eq!(user("sip:%2B14255550100@example.net").as_deref(), Some("+14255550100"));
        assert_eq!(user("sip:+14255550100;npdi@example.net").as_deref(), Some("+14255550100"));
        assert_eq!(user("tel:+1-425-555-0100").as_deref(), Some("+14255550100"));
        assert_eq!(user("sip:example.net"), None);
        assert_eq!(unescape("100%"), "100%");
        assert_eq!(unescape("%zz%C3%B6"), "%zzö");
    }
}
