//! Asking a far end to call somebody by itself: REFER (RFC 3515), and what it then tells (RFC 3420).

use std::net::SocketAddr;
use std::ops::ControlFlow::{self, Break, Continue};

use call_engine::{LegOutcome, Refer, ReferOutcome};
use rsipstack::sip::{HasHeaders, Header, Headers, Request, Response, StatusCodeKind, Uri};

use crate::cause::end_cause;
use crate::headers::{allows, outgoing_headers};
use crate::history::escaped;

/// A phrase of the far end is cut here.
const MAX_PHRASE: usize = 128;

/// A REFER of ours that has not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Referral {
    /// It was sent.
    Asked,
    /// The far end is at it.
    Accepted,
}

impl Referral {
    /// The response to our REFER.
    pub fn on_response(self, response: Option<&Response>) -> ControlFlow<ReferOutcome, Self> {
        match response.map(|response| response.status_code.kind()) {
            Some(StatusCodeKind::Successful) => Continue(Self::Accepted),
            _ => Break(ReferOutcome::Refused),
        }
    }

    /// A NOTIFY. It may overtake the response.
    pub fn on_news(self, notify: &Request) -> ControlFlow<ReferOutcome, Self> {
        let Some((code, phrase)) = status_of(&notify.body) else { return Continue(Self::Accepted) };
        match code {
            // A far end that watches no longer has handed the call on: it is ours no more.
            100..=199 if is_over(notify) => Break(ReferOutcome::Succeeded),
            100..=199 => Continue(Self::Accepted),
            200..=299 => Break(ReferOutcome::Succeeded),
            _ => Break(ReferOutcome::Failed(LegOutcome::sip(end_cause(code), code, phrase))),
        }
    }

    /// The far end hangs up. If it was at it, then because it needs us no more (RFC 5589 §6).
    pub fn on_goodbye(self) -> Option<ReferOutcome> {
        match self {
            Self::Asked => None,
            Self::Accepted => Some(ReferOutcome::Succeeded),
        }
    }
}

/// Whether a far end may be asked: it says so, or says nothing of what it takes.
pub(super) fn may_refer(headers: &Headers) -> bool {
    let is_silent = !headers.iter().any(|header| matches!(header, Header::Allow(_)));
    is_silent || allows(headers, "REFER")
}

/// Refer-To, with headers for whom the far end calls, and in whose name (RFC 3892).
pub(super) fn refer_headers(refer: &Refer, contact: &Uri, own: SocketAddr) -> (String, Vec<Header>) {
    let custom: Vec<String> = outgoing_headers(&refer.headers)
        .iter()
        .map(|header| format!("{}={}", header.name(), escaped(header.value())))
        .collect();
    let question = if custom.is_empty() { "" } else { "?" };
    let number = refer.number.as_str();
    let host = &contact.host_with_port;
    let refer_to = format!("<sip:{number}@{host};user=phone{question}{}>", custom.join("&"));
    let referred_by = refer.referred_by.as_ref().map(|number| {
        let own = rsipstack::sip::HostWithPort::from(own.ip());
        Header::ReferredBy(format!("<sip:{}@{own};user=phone>", number.as_str()).into())
    });
    (refer_to, referred_by.into_iter().collect())
}

/// Whether a NOTIFY tells of a REFER.
pub(super) fn is_about_refer(notify: &Request) -> bool {
    notify.headers().iter().any(|header| match header {
        Header::Event(value) => {
            let package = value.value().split(';').next().unwrap_or_default();
            package.trim().eq_ignore_ascii_case("refer")
        }
        _ => false,
    })
}

fn is_over(notify: &Request) -> bool {
    notify.headers().iter().any(|header| match header {
        Header::SubscriptionState(value) => {
            let state = value.value().split(';').next().unwrap_or_default();
            state.trim().eq_ignore_ascii_case("terminated")
        }
        _ => false,
    })
}

/// The status line of a `message/sipfrag` (RFC 3420).
fn status_of(body: &[u8]) -> Option<(u16, String)> {
    let line = body.split(|byte| *byte == b'\r' || *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let (code, phrase) = line.strip_prefix("SIP/2.0 ")?.trim_start().split_at_checked(3)?;
    let code = code.parse().ok().filter(|code| (100..700).contains(code))?;
    Some((code, phrase.trim().chars().filter(|sign| !sign.is_control()).take(MAX_PHRASE).collect()))
}

#[cfg(test)]
mod tests {
    use call_engine::{CustomHeaders, EndCause};

    use super::*;

    fn notify(state: &str, body: &str) -> Request {
        let length = body.len();
        let text = format!(
            "NOTIFY sip:b@r SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nEvent: refer\r\nSubscription-State: {state}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        Request::try_from(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_far_end_tells_how_it_gets_on() {
        let on = |state: &str, body: &str| Referral::Accepted.on_news(&notify(state, body));
        assert_eq!(on("active;expires=60", "SIP/2.0 100 Trying\r\n"), Continue(Referral::Accepted));
        assert_eq!(on("active;expires=60", "SIP/2.0 180 Ringing"), Continue(Referral::Accepted));
        assert_eq!(on("terminated;reason=noresource", "SIP/2.0 200 OK\r\n"), Break(ReferOutcome::Succeeded));
        assert_eq!(on("terminated;reason=timeout", "SIP/2.0 100 Trying\r\n"), Break(ReferOutcome::Succeeded));
        let busy = LegOutcome::sip(EndCause::Busy, 486, "Busy Here");
        assert_eq!(
            on("terminated;reason=noresource", "SIP/2.0 486 Busy Here\r\n"),
            Break(ReferOutcome::Failed(busy))
        );
        for strange in ["", "200 OK", "SIP/2.0 2", "SIP/2.0 999 x", "SIP/2.0 \u{e9}\u{e9}"] {
            assert_eq!(on("active", strange), Continue(Referral::Accepted), "{strange}");
        }
    }

    #[test]
    fn a_refer_names_the_number_and_carries_headers() {
        let refer = Refer {
            number: "+498912345".parse().unwrap(),
            referred_by: Some("+14255550100".parse().unwrap()),
            headers: CustomHeaders {
                user_to_user: Some("616d;encoding=hex".into()),
                custom: vec![("X-Case".into(), "a b&c>".into())],
                voip: vec![("case".into(), "not for the public network".into())],
            },
        };
        let contact = Uri::try_from("sip:carrier@192.0.2.9:5070").unwrap();
        let (refer_to, headers) = refer_headers(&refer, &contact, "192.0.2.1:5060".parse().unwrap());
        assert_eq!(
            refer_to,
            "<sip:+498912345@192.0.2.9:5070;user=phone?User-to-User=616d%3Bencoding%3Dhex&X-Case=a%20b%26c%3E>"
        );
        assert_eq!(headers[0].to_string(), "Referred-By: <sip:+14255550100@192.0.2.1;user=phone>");
    }
}
