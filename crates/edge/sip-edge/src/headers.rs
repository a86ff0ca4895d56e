//! `User-to-User`, `X-` and VoIP headers, both ways (contract: Call Automation §6.2, §18; Teams Phone §5.5).

use std::sync::Arc;

use call_engine::CustomHeaders;
use identifier::LegId;
use rsipstack::sip::{HasHeaders, Header, Headers, Request, UserToUser};

/// Marks calls that this process makes to itself; never shown to anybody.
pub(crate) const HAIRPIN: &str = "X-Ringdown-Hairpin";

/// Names the leg that such a call left by: VoIP headers stay with it, because a thousand fit into no message.
pub(crate) const LEFT_BY: &str = "X-Ringdown-Leg";

const MAX_CUSTOM: usize = 5;
const MAX_NAME: usize = 64;
const MAX_VALUE: usize = 256;

/// How phones get, and send, VoIP headers.
const VOIP_PREFIX: &str = "X-MS-Custom-";
const MAX_VOIP_VALUE: usize = 1024;
/// A phone gets so many of them, and so many bytes: what phones still read, over TCP.
const MAX_VOIP: usize = 100;
const MAX_VOIP_BYTES: usize = 8 * 1024;

/// The methods that we take.
pub(crate) fn allow() -> Header {
    Header::Other(
        "Allow".into(),
        "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY, REGISTER".into(),
    )
}

/// The extensions that we know.
const EXTENSIONS: [&str; 4] = ["100rel", "histinfo", "replaces", "timer"];

/// The extensions that we know, as far ends are told.
pub(crate) fn supported() -> Header {
    Header::Supported(EXTENSIONS.join(", ").into())
}

/// What a request requires and we do not know.
pub(crate) fn unknown_extensions(request: &Request) -> Vec<String> {
    let required = request.headers().iter().filter_map(|header| match header {
        Header::Require(value) => Some(value.value()),
        _ => None,
    });
    required
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|option| {
            !option.is_empty() && !EXTENSIONS.iter().any(|known| option.eq_ignore_ascii_case(known))
        })
        .map(str::to_owned)
        .collect()
}

/// Whether a message says in Supported or Require that its sender knows this extension.
pub(crate) fn has_option(headers: &Headers, option: &str) -> bool {
    headers.iter().any(|header| match header {
        Header::Supported(value) => has_token(value.value(), option),
        Header::Require(value) => has_token(value.value(), option),
        _ => false,
    })
}

/// Whether the sender insists on this extension.
pub(crate) fn requires(request: &Request, option: &str) -> bool {
    request.headers().iter().any(|header| match header {
        Header::Require(value) => has_token(value.value(), option),
        _ => false,
    })
}

/// Whether the sender of a message takes this method, as its Allow says.
pub(crate) fn allows(headers: &Headers, method: &str) -> bool {
    headers.iter().any(|header| match header {
        Header::Allow(value) => has_token(value.value(), method),
        _ => false,
    })
}

fn has_token(list: &str, token: &str) -> bool {
    list.split(',').any(|item| item.trim().eq_ignore_ascii_case(token))
}

/// Whether the caller can read what we answer with (RFC 3261 §20.1: without Accept, it can).
pub(crate) fn accepts_descriptions(request: &Request) -> bool {
    let mut accepted = request.headers().iter().filter_map(|header| match header {
        Header::Accept(value) => Some(value.value()),
        _ => None,
    });
    let Some(first) = accepted.next() else { return true };
    std::iter::once(first).chain(accepted).flat_map(|value| value.split(',')).any(|range| {
        let kind = range.split(';').next().unwrap_or_default().trim();
        ["application/sdp", "application/*", "*/*"].iter().any(|known| kind.eq_ignore_ascii_case(known))
    })
}

/// The body is a session description.
pub(crate) fn session_description() -> Header {
    Header::ContentType("application/sdp".into())
}

/// What the application may see of a caller's headers; what breaks a limit is left out.
pub(crate) fn custom_headers(headers: &Headers) -> CustomHeaders {
    let mut custom = CustomHeaders::default();
    for header in headers.iter() {
        match header {
            Header::UserToUser(value) if custom.user_to_user.is_none() && is_value(value.value()) => {
                custom.user_to_user = Some(value.value().into());
            }
            Header::Other(name, value)
                if custom.custom.len() < MAX_CUSTOM && is_custom_name(name) && is_value(value) =>
            {
                custom.custom.push((name.as_str().into(), value.as_str().into()));
            }
            _ => {}
        }
    }
    custom
}

/// The headers that a callee gets; what could break out of its line is left out.
pub(crate) fn outgoing_headers(custom: &CustomHeaders) -> Vec<Header> {
    let user_to_user = custom
        .user_to_user
        .iter()
        .filter(|value| is_value(value))
        .map(|value| Header::UserToUser(UserToUser::new(value.to_string())));
    let others = custom
        .custom
        .iter()
        .filter(|(name, value)| is_custom_name(name) && is_value(value))
        .take(MAX_CUSTOM)
        .map(|(name, value): &(Arc<str>, Arc<str>)| Header::Other(name.to_string(), value.to_string()));
    user_to_user.chain(others).collect()
}

/// The headers that a phone gets: those, and as many VoIP headers as it may read.
pub(crate) fn phone_headers(custom: &CustomHeaders) -> Vec<Header> {
    let mut headers = outgoing_headers(custom);
    let is_there = |name: &str| custom.custom.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let voip = custom.voip.iter().filter(|(key, value)| is_voip(key, value));
    let named = voip.map(|(key, value)| (format!("{VOIP_PREFIX}{key}"), value));
    let mut room = MAX_VOIP_BYTES;
    for (name, value) in named.filter(|(name, _)| !is_there(name)).take(MAX_VOIP) {
        // With a colon, a space and the end of the line.
        let Some(left) = room.checked_sub(name.len() + value.len() + 4) else { break };
        room = left;
        headers.push(Header::Other(name, value.to_string()));
    }
    headers
}

/// The VoIP headers that a phone sends.
pub(crate) fn voip_headers(headers: &Headers) -> Vec<(Arc<str>, Arc<str>)> {
    let voip = headers.iter().filter_map(|header| {
        let Header::Other(name, value) = header else { return None };
        let (prefix, key) = name.split_at_checked(VOIP_PREFIX.len())?;
        let is_one = prefix.eq_ignore_ascii_case(VOIP_PREFIX) && is_voip(key, value);
        is_one.then(|| (key.into(), value.as_str().into()))
    });
    voip.take(MAX_VOIP).collect()
}

/// The leg that a call of our own left by; only where it is proven that the call is our own.
pub(crate) fn left_by(headers: &Headers) -> Option<LegId> {
    headers.iter().find_map(|header| match header {
        Header::Other(name, value) if name.eq_ignore_ascii_case(LEFT_BY) => value.parse().ok(),
        _ => None,
    })
}

fn is_custom_name(name: &str) -> bool {
    let begins = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("X-"));
    let is_ours = [HAIRPIN, LEFT_BY].iter().any(|own| name.eq_ignore_ascii_case(own));
    begins && name.len() <= MAX_NAME && name.bytes().all(is_token) && !is_ours
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

fn is_value(value: &str) -> bool {
    !value.is_empty() && value.chars().count() <= MAX_VALUE && !value.chars().any(char::is_control)
}

fn is_voip(key: &str, value: &str) -> bool {
    let is_key = (1..=MAX_NAME).contains(&key.len()) && key.bytes().all(is_token);
    is_key && value.len() <= MAX_VOIP_VALUE && !value.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_cannot_be_injected() {
        let custom = CustomHeaders {
            user_to_user: Some("a\r\nVia: x".into()),
            custom: vec![
                ("X-Good".into(), "yes".into()),
                ("X-Bad".into(), "a\nb".into()),
                ("X-Bad: a\r\nVia".into(), "b".into()),
                ("Via".into(), "b".into()),
                ("X-Ringdown-Hairpin".into(), "b".into()),
                ("X-Ringdown-Leg".into(), "b".into()),
                ("X-Long".into(), "x".repeat(257).into()),
            ],
            voip: Vec::new(),
        };
        let sent: Vec<String> = outgoing_headers(&custom).iter().map(Header::to_string).collect();
        assert_eq!(sent, ["X-Good: yes"]);
    }

    #[test]
    fn a_phone_gets_voip_headers_as_far_as_it_may_read_them() {
        let custom = CustomHeaders {
            custom: vec![("X-MS-Custom-order".into(), "4711".into())],
            voip: vec![
                ("Order".into(), "said already".into()),
                ("customer".into(), "Grüße, Ada".into()),
                ("two words".into(), "no name of a header".into()),
                ("lines".into(), "a\r\nVia: x".into()),
                ("k".repeat(64).as_str().into(), "v".repeat(1024).into()),
            ],
            ..CustomHeaders::default()
        };
        let sent: Vec<String> = phone_headers(&custom).iter().map(Header::to_string).collect();
        let longest = format!("X-MS-Custom-{}: {}", "k".repeat(64), "v".repeat(1024));
        assert_eq!(sent, ["X-MS-Custom-order: 4711", "X-MS-Custom-customer: Grüße, Ada", &longest]);
        assert_eq!(outgoing_headers(&custom).len(), 1, "the public network sees none of them");

        let many = |value: &str| CustomHeaders {
            voip: (0..1000).map(|number| (number.to_string().into(), value.into())).collect(),
            ..CustomHeaders::default()
        };
        assert_eq!(phone_headers(&many("v")).len(), MAX_VOIP);
        let bytes: usize =
            phone_headers(&many(&"v".repeat(1000))).iter().map(|header| header.to_string().len() + 2).sum();
        assert!((MAX_VOIP_BYTES - 1100..=MAX_VOIP_BYTES).contains(&bytes), "{bytes}");
    }

    #[test]
    fn voip_headers_of_a_phone_lose_their_prefix() {
        let mut headers = Headers::default();
        for (name, value) in [
            ("X-MS-Custom-Order", "4711"),
            ("x-ms-custom-b", ""),
            ("X-MS-Custom-", "no key"),
            ("X-Order", "no"),
        ] {
            headers.push(Header::Other(name.into(), value.into()));
        }
        let voip = voip_headers(&headers);
        let pairs: Vec<(&str, &str)> = voip.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(pairs, [("Order", "4711"), ("b", "")]);
    }

    #[test]
    fn at_most_five_are_taken() {
        let mut headers = Headers::default();
        headers.push(Header::UserToUser("616d;encoding=hex".into()));
        for number in 0..8 {
            headers.push(Header::Other(format!("X-MS-Custom-{number}"), "v".into()));
        }
        let taken = custom_headers(&headers);
        assert_eq!(taken.user_to_user.as_deref(), Some("616d;encoding=hex"));
        assert_eq!(taken.custom.len(), 5);
    }
}
