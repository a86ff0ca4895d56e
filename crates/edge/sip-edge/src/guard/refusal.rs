//! An answer made without the library, for a request that it shall not see.

use std::net::SocketAddr;

use rsipstack::sip::Header;

use super::grammar::tag;
use super::raw_message::RawMessage;

/// The tag of all answers that nobody remembers; an ACK that has it ends here.
pub(super) const REFUSED_TAG: &str = "refused";

/// The same for a message that is known to be sound, with more headers.
pub(super) fn refusal(
    message: &[u8],
    source: SocketAddr,
    status: &str,
    headers: &[Header],
) -> Option<Vec<u8>> {
    let request = RawMessage::split(message).ok()?;
    let lines: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    refuse_with(&request, source, status, &lines)
}

/// The answer to a request that the library has no room for; none to what is never answered.
pub(crate) fn too_large(message: &[u8], source: SocketAddr) -> Option<Vec<u8>> {
    let is_answered = !message.starts_with(b"SIP/2.0 ") && !message.starts_with(b"ACK ");
    is_answered.then(|| refusal(message, source, "513 Message Too Large", &[])).flatten()
}

/// A response to `request`, with what RFC 3261 §8.2.6.2 wants copied; `None` when the request
/// does not say where it came from.
pub(super) fn refuse(request: &RawMessage<'_>, source: SocketAddr, status: &str) -> Option<Vec<u8>> {
    refuse_with(request, source, status, "")
}

fn refuse_with(request: &RawMessage<'_>, source: SocketAddr, status: &str, lines: &str) -> Option<Vec<u8>> {
    let mut text = format!("SIP/2.0 {status}\r\n");
    let mut vias = request.values("via");
    let top = vias.next()?;
    let top_end = top.find(',').unwrap_or(top.len());
    let (top, rest) = top.split_at(top_end);
    text.push_str(&format!("Via: {};received={}{rest}\r\n", without_rport(top, source), source.ip()));
    for via in vias {
        text.push_str(&format!("Via: {via}\r\n"));
    }
    // RFC 4475 §3.3.1: what a request does not say cannot be repeated; it is refused all the same.
    if let Some(from) = request.values("from").next() {
        text.push_str(&format!("From: {from}\r\n"));
    }
    if let Some(to) = request.values("to").next() {
        text.push_str(&format!("To: {to}"));
        if tag(to).is_none() {
            text.push_str(&format!(";tag={REFUSED_TAG}"));
        }
        text.push_str("\r\n");
    }
    for (known, name) in [("call-id", "Call-ID"), ("cseq", "CSeq")] {
        if let Some(value) = request.values(known).next() {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    text.push_str(lines);
    text.push_str("Content-Length: 0\r\n\r\n");
    Some(text.into_bytes())
}

/// RFC 3581 §4: an empty rport is filled in.
fn without_rport(via: &str, source: SocketAddr) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in via.split(';') {
        let name = part.split('=').next().unwrap_or(part).trim();
        if name.eq_ignore_ascii_case("rport") {
            parts.push(format!("rport={}", source.port()));
        } else if !name.eq_ignore_ascii_case("received") {
            parts.push(part.trim().to_owned());
        }
    }
    parts.join(";")
}
