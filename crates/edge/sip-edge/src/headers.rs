//! `User-to-User` and `X-` headers, both ways (contract: Call Automation §6.2, §18).

use std::sync::Arc;

use call_engine::CustomHeaders;
use rsipstack::sip::{HasHeaders, Header, Headers, Request, UserToUser};

/// Marks calls that this process makes to itself; never shown to anybody.
pub(crate) const HAIRPIN: &str = "X-Ringdown-Hairpin";

const MAX_CUSTOM: usize = 5;
const MAX_NAME: usize = 64;
const MAX_VALUE: usize = 256;

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

fn is_custom_name(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte);
    let begins = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("X-"));
    begins && name.len() <= MAX_NAME && name.bytes().all(token) && !name.eq_ignore_ascii_case(HAIRPIN)
}

fn is_value(value: &str) -> bool {
    !value.is_empty() && value.chars().count() <= MAX_VALUE && !value.chars().any(char::is_control)
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
                ("X-Long".into(), "x".repeat(257).into()),
            ],
        };
        let sent: Vec<String> = outgoing_headers(&custom).iter().map(Header::to_string).collect();
        assert_eq!(sent, ["X-Good: yes"]);
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
