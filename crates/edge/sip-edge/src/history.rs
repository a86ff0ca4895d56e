//! For whom a call was meant before: `History-Info` (RFC 7044) and `Diversion` (RFC 5806), which RFC 7544
//! puts side by side.

use std::sync::Arc;

use call_engine::{Diversion, DiversionReason, MOST_DIVERSIONS};
use redact::Pii;
use rsipstack::sip::{HasHeaders, Header, Request, Uri};
use tenant::DiversionHeader;

use crate::uri::{name_and_uri, unescape, user_of};

/// So many entries of a message are looked at.
const MOST_ENTRIES: usize = 2 * MOST_DIVERSIONS;
/// Longer entries are passed over.
const MAX_ENTRY: usize = 1024;
const MAX_CALLED: usize = 128;

/// For whom this call was meant before, the earliest first. Where both headers tell, History-Info is
/// believed: it is the one that is kept along the way.
pub(crate) fn read(request: &Request) -> Vec<Diversion> {
    let history = values(request, |header| match header {
        Header::HistoryInfo(value) => Some(value.value()),
        _ => None,
    });
    let is_private = request.headers().iter().any(|header| match header {
        Header::Privacy(value) => value.value().split([';', ',']).any(hides_history),
        _ => false,
    });
    let diversions = of_history(&history, is_private);
    if !diversions.is_empty() {
        return diversions;
    }
    let latest_first = values(request, |header| match header {
        Header::Diversion(value) => Some(value.value()),
        _ => None,
    });
    latest_first.iter().rev().filter_map(|entry| of_diversion(entry)).take(MOST_DIVERSIONS).collect()
}

/// What is told to whom the call goes now.
pub(crate) fn headers(
    diversions: &[Diversion],
    dialect: DiversionHeader,
    own_host: &str,
    callee: &Uri,
) -> Vec<Header> {
    if diversions.is_empty() {
        return Vec::new();
    }
    match dialect {
        DiversionHeader::HistoryInfo => history_info(diversions, own_host, callee),
        DiversionHeader::Diversion => {
            let latest_first = diversions.iter().rev();
            latest_first
                .map(|diversion| Header::Diversion(diversion_value(diversion, own_host).into()))
                .collect()
        }
        DiversionHeader::None => Vec::new(),
    }
}

/// RFC 7044 §10.3: each entry hangs below the one that it was sent on from.
fn history_info(diversions: &[Diversion], own_host: &str, callee: &Uri) -> Vec<Header> {
    let mut index = "1".to_owned();
    let mut entries = Vec::new();
    let mut came_by: Option<DiversionReason> = None;
    // RFC 4458: the cause stands at whom the call was sent on to.
    let cause = |reason: Option<DiversionReason>| reason.map(|reason| format!(";cause={}", code(reason)));
    let branch = |came_by: Option<DiversionReason>, index: &str| {
        let from = came_by.and_then(|_| index.rsplit_once('.'));
        from.map(|(parent, _)| format!(";mp={parent}")).unwrap_or_default()
    };
    for diversion in diversions {
        let uri = uri_of(diversion, own_host);
        let parameter = cause(came_by).unwrap_or_default();
        let reason = format!("?Reason=SIP%3Bcause%3D{}", code(diversion.reason));
        let hidden = if diversion.called.is_none() { "&Privacy=history" } else { "" };
        entries.push(format!("<{uri}{parameter}{reason}{hidden}>;index={index}{}", branch(came_by, &index)));
        came_by = Some(diversion.reason);
        index.push_str(".1");
    }
    let parameter = cause(came_by).unwrap_or_default();
    entries.push(format!("<{callee}{parameter}>;index={index}{}", branch(came_by, &index)));
    entries.into_iter().map(|entry| Header::HistoryInfo(entry.into())).collect()
}

fn diversion_value(diversion: &Diversion, own_host: &str) -> String {
    let privacy = if diversion.called.is_none() { ";privacy=full" } else { "" };
    format!("<{}>;reason={};counter=1{privacy}", uri_of(diversion, own_host), word(diversion.reason))
}

fn uri_of(diversion: &Diversion, own_host: &str) -> String {
    match &diversion.called {
        Some(called) if called.expose().starts_with('+') => {
            format!("sip:{}@{own_host};user=phone", escaped(called.expose()))
        }
        Some(called) => format!("sip:{}@{own_host}", escaped(called.expose())),
        None => "sip:anonymous@anonymous.invalid".to_owned(),
    }
}

/// An entry tells of a diversion when its own Reason, or the cause of the next one, says that the call was
/// sent on from there (RFC 7544 §7.1); others are proxies along the way.
fn of_history(entries: &[&str], is_private: bool) -> Vec<Diversion> {
    let entries: Vec<Entry> = entries.iter().filter_map(|entry| Entry::read(entry)).collect();
    let next = entries.iter().skip(1).map(Some).chain([None]);
    let reasons = entries.iter().zip(next).filter_map(|(entry, next)| {
        let reason = next.and_then(Entry::cause).or_else(|| entry.reason())?;
        let called = if is_private || entry.is_private() { None } else { entry.called() };
        Some(Diversion { called, reason })
    });
    reasons.take(MOST_DIVERSIONS).collect()
}

fn of_diversion(entry: &str) -> Option<Diversion> {
    let entry = Entry::read(entry)?;
    let reason = entry.parameter("reason").map_or(DiversionReason::Unknown, |word| reason_of(&word));
    let is_private = entry.parameter("privacy").is_some_and(|word| ["full", "uri"].contains(&word.as_str()));
    Some(Diversion { called: if is_private { None } else { entry.called() }, reason })
}

/// One address with what is said about it.
struct Entry {
    uri: Uri,
    /// After the closing bracket.
    parameters: Vec<(String, String)>,
}

impl Entry {
    fn read(text: &str) -> Option<Self> {
        let (_, uri) = name_and_uri(text)?;
        let (_, after) = text.rsplit_once('>').unwrap_or((text, ""));
        let parameters = after.split(';').filter_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_ascii_lowercase()))
        });
        Some(Self { uri, parameters: parameters.collect() })
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn header(&self, name: &str) -> Option<String> {
        let found = self.uri.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| unescape(value))
    }

    fn called(&self) -> Option<Pii<Arc<str>>> {
        let user = user_of(&self.uri)?;
        let is_named = !user.is_empty()
            && user.len() <= MAX_CALLED
            && !user.chars().any(char::is_control)
            && !user.eq_ignore_ascii_case("anonymous");
        is_named.then(|| Pii::new(user.into()))
    }

    fn is_private(&self) -> bool {
        self.header("Privacy").is_some_and(|value| value.split([';', ',']).any(hides_history))
    }

    /// The cause parameter of RFC 4458: why the call came here.
    fn cause(&self) -> Option<DiversionReason> {
        let value = self.uri.params.iter().find_map(|parameter| {
            let text = parameter.to_string();
            let (name, value) = text.trim_start_matches(';').split_once('=')?;
            name.eq_ignore_ascii_case("cause").then(|| value.to_owned())
        })?;
        value.parse().ok().and_then(reason_of_code)
    }

    /// The Reason header in the address: why the call did not stay here.
    fn reason(&self) -> Option<DiversionReason> {
        let reason = self.header("Reason")?;
        let mut parts = reason.split(';').map(str::trim);
        parts.next().filter(|protocol| protocol.eq_ignore_ascii_case("SIP"))?;
        let code = parts.find_map(|part| part.split_once('=').filter(|(name, _)| name.trim() == "cause"))?;
        Some(code.1.trim().parse().ok().and_then(reason_of_code).unwrap_or(DiversionReason::Unknown))
    }
}

fn hides_history(word: &str) -> bool {
    ["history", "header", "session"].iter().any(|known| word.trim().eq_ignore_ascii_case(known))
}

fn values<'a>(request: &'a Request, of: impl Fn(&'a Header) -> Option<&'a str>) -> Vec<&'a str> {
    let lines = request.headers().iter().filter_map(of);
    lines.flat_map(entries).filter(|entry| entry.len() <= MAX_ENTRY).take(MOST_ENTRIES).collect()
}

/// The entries of one line; commas within quotation marks and brackets part nothing.
fn entries(line: &str) -> Vec<&str> {
    let (mut found, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped, mut is_bracketed) = (false, false, false);
    for (place, sign) in line.char_indices() {
        match sign {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '<' if !is_quoted => is_bracketed = true,
            '>' if !is_quoted => is_bracketed = false,
            ',' if !is_quoted && !is_bracketed => {
                found.push(line[start..place].trim());
                start = place + 1;
            }
            _ => {}
        }
    }
    found.push(line[start..].trim());
    found.retain(|entry| !entry.is_empty());
    found
}

/// RFC 4458 §3.1 and RFC 7544 §5.2.
const fn code(reason: DiversionReason) -> u16 {
    match reason {
        DiversionReason::Unknown => 404,
        DiversionReason::Unconditional => 302,
        DiversionReason::Busy => 486,
        DiversionReason::NoAnswer => 408,
        DiversionReason::Unavailable => 503,
        DiversionReason::Deflection => 480,
    }
}

const fn reason_of_code(code: u16) -> Option<DiversionReason> {
    match code {
        404 => Some(DiversionReason::Unknown),
        302 => Some(DiversionReason::Unconditional),
        486 => Some(DiversionReason::Busy),
        408 => Some(DiversionReason::NoAnswer),
        503 => Some(DiversionReason::Unavailable),
        480 | 487 => Some(DiversionReason::Deflection),
        _ => None,
    }
}

/// RFC 5806 §4.
const fn word(reason: DiversionReason) -> &'static str {
    match reason {
        DiversionReason::Unknown => "unknown",
        DiversionReason::Unconditional => "unconditional",
        DiversionReason::Busy => "user-busy",
        DiversionReason::NoAnswer => "no-answer",
        DiversionReason::Unavailable => "unavailable",
        DiversionReason::Deflection => "deflection",
    }
}

fn reason_of(word: &str) -> DiversionReason {
    match word {
        "unconditional" => DiversionReason::Unconditional,
        "user-busy" => DiversionReason::Busy,
        "no-answer" => DiversionReason::NoAnswer,
        "unavailable" | "out-of-service" => DiversionReason::Unavailable,
        "deflection" => DiversionReason::Deflection,
        _ => DiversionReason::Unknown,
    }
}

/// What may stand in the user part of a URI stays, all else becomes an escape (RFC 3261 §25.1).
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()+$".contains(&byte) {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(lines: &str) -> Request {
        let text = format!(
            "INVITE sip:b@r SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@r>;tag=1\r\nTo: <sip:b@r>\r\nCall-ID: 1\r\nCSeq: 3 INVITE\r\n{lines}Content-Length: 0\r\n\r\n"
        );
        Request::try_from(text.as_bytes()).unwrap()
    }

    fn told(diversions: &[Diversion]) -> String {
        let one = |diversion: &Diversion| {
            let called =
                diversion.called.as_ref().map_or("nobody".to_owned(), |called| called.expose().to_string());
            format!("{called} {:?}", diversion.reason)
        };
        diversions.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[track_caller]
    fn check(lines: &str, expected: &str) {
        assert_eq!(told(&read(&request(lines))), expected);
    }

    #[test]
    fn diversions_are_read_from_both_headers() {
        check("", "");
        check(
            "Diversion: <sip:+4930200@c;user=phone>;reason=no-answer;counter=1, \"Front, Desk\" <tel:+4930-100>;reason=user-busy\r\n",
            "+4930100 Busy, +4930200 NoAnswer",
        );
        check(
            "Diversion: <sip:+4930200@c>;reason=unconditional\r\nDiversion: <sip:+4930100@c>;reason=follow-me\r\n",
            "+4930100 Unknown, +4930200 Unconditional",
        );
        // As Microsoft sends it: the reason is at who was called first.
        check(
            "History-Info: <sip:+14255550100@sip.pstnhub.microsoft.com;user=phone?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%22>;index=1,<sip:+14255550101@c>;index=1.1\r\n",
            "+14255550100 Unconditional",
        );
        // RFC 7044: the cause is at whom it was sent on to; a proxy in between is no diversion.
        check(
            "History-Info: <sip:+4930100@c>;index=1\r\nHistory-Info: <sip:+4930100@gw>;index=1.1;rc=1\r\nHistory-Info: <sip:+4930200@c;cause=486>;index=1.1.1;mp=1.1\r\n",
            "+4930100 Busy",
        );
        check(
            "Diversion: <sip:+4930900@c>;reason=unconditional\r\nHistory-Info: <sip:+4930100@c?Reason=SIP%3Bcause%3D408>;index=1\r\n",
            "+4930100 NoAnswer",
        );
    }

    #[test]
    fn what_is_nobodys_business_is_not_told() {
        check("Diversion: <sip:+4930100@c>;reason=unconditional;privacy=full\r\n", "nobody Unconditional");
        check("Diversion: <sip:+4930100@c>;reason=unconditional;privacy=off\r\n", "+4930100 Unconditional");
        let history = "History-Info: <sip:+4930100@c?Reason=SIP%3Bcause%3D302&Privacy=history>;index=1,<sip:+4930200@c>;index=1.1\r\n";
        check(history, "nobody Unconditional");
        let history = "Privacy: history\r\nHistory-Info: <sip:+4930100@c?Reason=SIP%3Bcause%3D302>;index=1,<sip:+4930200@c>;index=1.1\r\n";
        check(history, "nobody Unconditional");
    }

    #[test]
    fn a_call_that_was_sent_on_again_and_again_is_not_read_to_its_end() {
        let many = "Diversion: <sip:+4930100@c>;reason=unconditional\r\n".repeat(50);
        assert_eq!(read(&request(&many)).len(), MOST_DIVERSIONS);
        let long = format!("Diversion: <sip:{}@c>;reason=unconditional\r\n", "1".repeat(2_000));
        check(&long, "");
    }

    fn written(dialect: DiversionHeader) -> Vec<String> {
        let diversions = [
            Diversion { called: Some(Pii::new("+4930100".into())), reason: DiversionReason::Busy },
            Diversion { called: None, reason: DiversionReason::Unconditional },
            Diversion::deflected("front desk"),
        ];
        let callee = Uri::try_from("sip:+4930200@carrier.example").unwrap();
        headers(&diversions, dialect, "192.0.2.7", &callee).iter().map(Header::to_string).collect()
    }

    #[test]
    fn a_trunk_is_told_in_its_own_words() {
        assert_eq!(
            written(DiversionHeader::HistoryInfo),
            [
                "History-Info: <sip:+4930100@192.0.2.7;user=phone?Reason=SIP%3Bcause%3D486>;index=1",
                "History-Info: <sip:anonymous@anonymous.invalid;cause=486?Reason=SIP%3Bcause%3D302&Privacy=history>;index=1.1;mp=1",
                "History-Info: <sip:front%20desk@192.0.2.7;cause=302?Reason=SIP%3Bcause%3D480>;index=1.1.1;mp=1.1",
                "History-Info: <sip:+4930200@carrier.example;cause=480>;index=1.1.1.1;mp=1.1.1",
            ]
        );
        assert_eq!(
            written(DiversionHeader::Diversion),
            [
                "Diversion: <sip:front%20desk@192.0.2.7>;reason=deflection;counter=1",
                "Diversion: <sip:anonymous@anonymous.invalid>;reason=unconditional;counter=1;privacy=full",
                "Diversion: <sip:+4930100@192.0.2.7;user=phone>;reason=user-busy;counter=1",
            ]
        );
        assert_eq!(written(DiversionHeader::None), [""; 0]);
    }

    #[test]
    fn what_we_write_we_read() {
        for dialect in [DiversionHeader::HistoryInfo, DiversionHeader::Diversion] {
            let lines: String = written(dialect).iter().map(|line| format!("{line}\r\n")).collect();
            check(&lines, "+4930100 Busy, nobody Unconditional, front desk Deflection");
        }
    }

    proptest! {
        #[test]
        fn no_entry_is_too_strange(line in "[<>\"\\\\,;?=%a-z0-9@:. ]{0,200}") {
            let entries = entries(&line);
            of_history(&entries, false);
            entries.iter().for_each(|entry| {
                of_diversion(entry);
            });
        }
    }
}
