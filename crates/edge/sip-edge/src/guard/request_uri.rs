//! The judgement on a Request-URI (RFC 3261 §19.1).

use std::net::Ipv6Addr;

const MAX_URI: usize = 512;
const BAD: &str = "400 Bad Request-URI";

/// The status that refuses a request to this URI, if one does.
pub(super) fn inspect_uri(uri: &str) -> Result<(), &'static str> {
    if uri.len() > MAX_URI {
        return Err("414 Request-URI Too Long");
    }
    if uri.contains(['<', '>', '"']) {
        return Err(BAD);
    }
    let (scheme, rest) = uri.split_once(':').unwrap_or((uri, ""));
    let is = |known: &str| scheme.eq_ignore_ascii_case(known);
    match scheme {
        _ if is("tel") => Ok(()),
        _ if is("sip") || is("sips") => inspect_sip(rest),
        _ => Err("416 Unsupported URI Scheme"),
    }
}

fn inspect_sip(rest: &str) -> Result<(), &'static str> {
    // A user part may hold all that separates what comes after it.
    let after_user = rest.split_once('@').map_or(rest, |(_, after)| after);
    // RFC 3261 §19.1.1: a Request-URI has no headers.
    if after_user.contains(['?', '@']) {
        return Err(BAD);
    }
    let host = after_user.split(';').next().unwrap_or_default();
    if is_host_and_port(host) { Ok(()) } else { Err(BAD) }
}

fn is_host_and_port(text: &str) -> bool {
    let (is_host, port) = match text.strip_prefix('[') {
        Some(literal) => {
            let Some((address, after)) = literal.split_once(']') else { return false };
            let port = if after.is_empty() { Some("0") } else { after.strip_prefix(':') };
            (address.parse::<Ipv6Addr>().is_ok(), port)
        }
        None => {
            let (host, port) = text.split_once(':').unwrap_or((text, "0"));
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            (!host.is_empty() && host.bytes().all(is_name), Some(port))
        }
    };
    is_host && port.is_some_and(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_from_nonsense() {
        for good in [
            "sip:b@example.net",
            "SIPS:b@example.net:5061;transport=tcp",
            "sip:[2001:db8::10]:5070",
            "sip:user;par=u%40h@192.0.2.1",
            "sip:a?b/c;d@example.net",
            "tel:+14255550100;phone-context=x",
        ] {
            assert_eq!(inspect_uri(good), Ok(()), "{good}");
        }
        for bad in [
            "sip:",
            "sip:2001:db8::10",
            "sip:[2001:db8::10",
            "sip:[2001:db8::10]5060",
            "sip:b@",
            "sip:b@h:port",
            "sip:b@h:99999",
            "sip:b@h?Route=x",
            "<sip:b@h>",
        ] {
            assert_eq!(inspect_uri(bad), Err(BAD), "{bad}");
        }
        assert!(inspect_uri("http://example.net").unwrap_err().starts_with("416"));
        assert!(inspect_uri(&format!("sip:{}@h", "b".repeat(600))).unwrap_err().starts_with("414"));
    }
}
