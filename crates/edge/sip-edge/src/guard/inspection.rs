//! The judgement on one message.

use std::net::SocketAddr;

use super::grammar::{tag, uri_of};
use super::raw_message::{RawMessage, is_token};
use super::refusal::refuse;
use super::request_uri::inspect_uri;

/// How the message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// In a datagram of its own: without Content-Length the body runs to its end (RFC 3261 §18.3).
    Datagram,
    /// Cut from a stream by its Content-Length.
    Stream,
}

/// What happens to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The library reads this, which is the message written anew.
    Pass(Vec<u8>),
    /// This goes back to the sender.
    Answer(Vec<u8>),
    /// Nothing happens.
    Drop,
}

/// Judges one message from `source`.
pub(crate) fn inspect(bytes: &[u8], framing: Framing, source: SocketAddr) -> Verdict {
    // RFC 3261 §7.5: empty lines before a message are no part of it.
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let Ok(mut message) = RawMessage::split(&bytes[start..]) else { return Verdict::Drop };
    let is_tidy = message.tidy();
    name_service(&mut message.start);
    if message.start.starts_with("SIP/") {
        return inspect_response(&message, framing);
    }
    match inspect_request(&message, is_tidy, framing) {
        Ok(body) => Verdict::Pass(message.write(body)),
        // An ACK is never answered.
        Err(_) if message.start.starts_with("ACK ") => Verdict::Drop,
        Err(status) => refuse(&message, source, status).map_or(Verdict::Drop, Verdict::Answer),
    }
}

fn inspect_response(message: &RawMessage<'_>, framing: Framing) -> Verdict {
    let mut words = message.start.split(' ');
    let sound = words.next() == Some("SIP/2.0")
        && words.next().is_some_and(|code| {
            code.len() == 3 && code.parse::<u16>().is_ok_and(|code| (100..700).contains(&code))
        })
        && has_mandatory_headers(message);
    match body(message, framing) {
        Ok(body) if sound => Verdict::Pass(message.write(body)),
        Ok(_) | Err(_) => Verdict::Drop,
    }
}

/// The body, or the status that refuses the request.
fn inspect_request<'a>(
    message: &RawMessage<'a>,
    is_tidy: bool,
    framing: Framing,
) -> Result<&'a [u8], &'static str> {
    let words: Vec<&str> = message.start.split(' ').collect();
    let [method, uri, version] = words[..] else { return Err("400 Bad Request-Line") };
    if method.is_empty() || !method.bytes().all(is_token) {
        return Err("400 Bad Request-Line");
    }
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err("505 Version Not Supported");
    }
    if !has_mandatory_headers(message) {
        return Err("400 Missing or Repeated Header");
    }
    if !is_tidy {
        return Err("400 Bad Via, From, To or Contact");
    }
    let cseq_method = cseq_method(message).ok_or("400 Bad CSeq")?;
    if cseq_method != method {
        return Err("400 CSeq and Method Differ");
    }
    if !meter::SIP_METHODS.contains(&method) {
        return Err("501 Not Implemented");
    }
    inspect_uri(uri)?;
    if message.only("from").and_then(tag).is_none() {
        return Err("400 From Without Tag");
    }
    if method == "REGISTER" && !message.only("to").and_then(uri_of).is_some_and(is_sip) {
        // RFC 3261 §10.3, step 5: what is registered is a SIP address.
        return Err("400 Bad To");
    }
    if let Some(hops) = message.values("max-forwards").next() {
        match hops.parse::<u8>() {
            Ok(0) if method != "OPTIONS" && method != "REGISTER" => return Err("483 Too Many Hops"),
            Ok(_) => {}
            Err(_) => return Err("400 Bad Max-Forwards"),
        }
    }
    if method == "INVITE" && message.values("contact").next().is_none() {
        return Err("400 INVITE Without Contact");
    }
    body(message, framing)
}

/// RFC 5031: a call for help may name the service instead of a number. The library reads SIP URIs, so
/// the service becomes the user of one.
fn name_service(start: &mut String) {
    let Some(("INVITE", rest)) = start.split_once(' ') else { return };
    let Some((uri, version)) = rest.split_once(' ') else { return };
    let is_help = uri.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("urn:service:sos"));
    if is_help && uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":.-".contains(&byte)) {
        *start = format!("INVITE sip:{}@emergency.invalid {version}", uri.replace(':', "%3A"));
    }
}

fn is_sip(uri: &str) -> bool {
    uri.split(':')
        .next()
        .is_some_and(|scheme| ["sip", "sips"].iter().any(|sip| scheme.eq_ignore_ascii_case(sip)))
}

fn has_mandatory_headers(message: &RawMessage<'_>) -> bool {
    let via = message
        .values("via")
        .next()
        .is_some_and(|via| via.get(..8).is_some_and(|version| version.eq_ignore_ascii_case("SIP/2.0/")));
    via && ["from", "to", "call-id", "cseq"]
        .iter()
        .all(|name| message.only(name).is_some_and(|value| !value.is_empty()))
}

/// RFC 3261 §8.1.1.5: less than 2**31, and the method.
fn cseq_method<'m>(message: &'m RawMessage<'_>) -> Option<&'m str> {
    let (number, method) = message.only("cseq")?.split_once([' ', '\t'])?;
    number.parse::<u32>().ok().filter(|number| *number < 1 << 31)?;
    Some(method.trim())
}

fn body<'a>(message: &RawMessage<'a>, framing: Framing) -> Result<&'a [u8], &'static str> {
    const BAD: &str = "400 Bad Content-Length";
    let mut lengths = message.values("content-length");
    let length = lengths.next().map(|value| value.parse::<usize>().map_err(|_| BAD)).transpose()?;
    if lengths.next().is_some() {
        return Err(BAD);
    }
    match (length, framing) {
        (Some(length), _) => message.body.get(..length).ok_or(BAD),
        (None, Framing::Datagram) => Ok(message.body),
        (None, Framing::Stream) => Ok(&[]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INVITE: &str = "INVITE sip:b@example.net SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\nFrom: <sip:a@example.net>;tag=1\r\nTo: <sip:b@example.net>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.1>\r\nContent-Length: 4\r\n\r\nv=0\n";

    fn judge(message: &str) -> Verdict {
        inspect(message.as_bytes(), Framing::Datagram, "192.0.2.7:5066".parse().unwrap())
    }

    #[track_caller]
    fn check_status(message: &str, status: &str) {
        match judge(message) {
            Verdict::Answer(answer) => {
                let answer = String::from_utf8(answer).unwrap();
                assert!(answer.starts_with(&format!("SIP/2.0 {status} ")), "{answer}");
                assert!(answer.contains("received=192.0.2.7"), "{answer}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check_dropped(message: &str) {
        assert_eq!(judge(message), Verdict::Drop, "{message:?}");
    }

    #[track_caller]
    fn check_passes(message: &str) -> String {
        match judge(message) {
            Verdict::Pass(bytes) => String::from_utf8(bytes).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_sound_request_passes_unchanged_in_meaning() {
        let passed = check_passes(INVITE);
        assert!(passed.ends_with("Content-Length: 4\r\n\r\nv=0\n"), "{passed}");
    }

    #[test]
    fn a_datagram_without_length_keeps_its_body() {
        let passed = check_passes(&INVITE.replace("Content-Length: 4\r\n", ""));
        assert!(passed.ends_with("Content-Length: 4\r\n\r\nv=0\n"), "{passed}");
    }

    #[test]
    fn latin_1_becomes_utf_8() {
        let mut bytes = INVITE.replace("From: ", "From: \"J_rg\" ").into_bytes();
        let place = bytes.windows(4).position(|window| window == b"J_rg").unwrap() + 1;
        bytes[place] = 0xf6;
        match inspect(&bytes, Framing::Datagram, "192.0.2.7:5066".parse().unwrap()) {
            Verdict::Pass(passed) => assert!(String::from_utf8(passed).unwrap().contains("\"Jörg\"")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn folded_headers_are_unfolded() {
        let passed = check_passes(&INVITE.replace("From: ", "Subject: a\r\n  b\r\nFrom: "));
        assert!(passed.contains("Subject: a b\r\n"), "{passed}");
    }

    #[test]
    fn help_is_called_by_service() {
        let passed = check_passes(&INVITE.replace("sip:b@example.net SIP", "urn:service:sos.fire SIP"));
        assert!(passed.starts_with("INVITE sip:urn%3Aservice%3Asos.fire@emergency.invalid SIP/2.0\r\n"));
        check_status(&INVITE.replace("sip:b@example.net SIP", "urn:service:counseling SIP"), "416");
        check_status(&INVITE.replace("sip:b@example.net SIP", "urn:service:sos%0d SIP"), "416");
    }

    #[test]
    fn malformed_requests_are_answered() {
        check_status(&INVITE.replace("Content-Length: 4", "Content-Length: 9999"), "400");
        check_status(&INVITE.replace("Content-Length: 4", "Content-Length: -1"), "400");
        check_status(&INVITE.replace("Content-Length: 4", "Content-Length: 4\r\nl: 4"), "400");
        check_status(&INVITE.replace("1 INVITE", "1 BYE"), "400");
        check_status(&INVITE.replace("1 INVITE", "4294967296 INVITE"), "400");
        check_status(&INVITE.replace("SIP/2.0\r\n", "SIP/7.0\r\n"), "505");
        check_status(&INVITE.replace("INVITE", "NEWMETHOD"), "501");
        check_status(&INVITE.replace("INVITE sip:", "INVITE http:"), "416");
        check_status(&INVITE.replace("INVITE sip:b", "INVITE <sip:b"), "400");
        check_status(&INVITE.replace(";tag=1", ""), "400");
        check_status(&INVITE.replace("Max-Forwards: 70", "Max-Forwards: 0"), "483");
        check_status(&INVITE.replace("Contact: <sip:a@192.0.2.1>\r\n", ""), "400");
        check_status(&INVITE.replace("To: ", "To: <sip:c@example.net>\r\nTo: "), "400");
        check_status(&INVITE.replace("INVITE sip:b@example.net", "INVITE  sip:b@example.net"), "400");
    }

    #[test]
    fn what_cannot_be_answered_is_dropped() {
        check_dropped("");
        check_dropped("\r\n\r\n");
        check_dropped("hello");
        check_dropped(&INVITE.replace("Via: ", "Vya: "));
        check_dropped(&INVITE[..100]);
        check_dropped(&INVITE.replace("INVITE", "ACK").replace("Content-Length: 4", "Content-Length: 99"));
        check_dropped("SIP/2.0 20 OK\r\n\r\n");
        check_dropped(&INVITE.replace("Subject", "\0").replace("From: ", "From: \u{1}"));
    }

    proptest! {
        #[test]
        fn any_bytes_get_a_verdict(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            inspect(&bytes, Framing::Datagram, "192.0.2.7:5066".parse().unwrap());
            let _ = super::super::frame_length(&bytes);
        }

        #[test]
        fn any_damage_gets_a_verdict(place in 0..INVITE.len(), byte in any::<u8>(), cut in 0..INVITE.len()) {
            let mut bytes = INVITE.as_bytes().to_vec();
            bytes[place] = byte;
            bytes.truncate(INVITE.len() - cut / 4);
            inspect(&bytes, Framing::Datagram, "192.0.2.7:5066".parse().unwrap());
            inspect(&bytes, Framing::Stream, "192.0.2.7:5066".parse().unwrap());
        }
    }
}
