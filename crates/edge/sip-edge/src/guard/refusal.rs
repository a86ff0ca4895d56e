//! An answer made without the library, for a request that it shall not see.

use std::net::SocketAddr;

use super::raw_message::RawMessage;

/// A response to `request`, with what RFC 3261 §8.2.6.2 wants copied; `None` when the request
/// does not say enough about itself to be answered.
pub(super) fn refuse(request: &RawMessage<'_>, source: SocketAddr, status: &str) -> Option<Vec<u8>> {
    let mut text = format!("SIP/2.0 {status}\r\n");
    let mut vias = request.values("via");
    let top = vias.next()?;
    let top_end = top.find(',').unwrap_or(top.len());
    let (top, rest) = top.split_at(top_end);
    text.push_str(&format!("Via: {};received={}{rest}\r\n", without_rport(top, source), source.ip()));
    for via in vias {
        text.push_str(&format!("Via: {via}\r\n"));
    }
    text.push_str(&format!("From: {}\r\n", request.values("from").next()?));
    let to = request.values("to").next()?;
    let tag = if to.contains(";tag=") { "" } else { ";tag=refused" };
    text.push_str(&format!("To: {to}{tag}\r\n"));
    text.push_str(&format!("Call-ID: {}\r\n", request.values("call-id").next()?));
    text.push_str(&format!("CSeq: {}\r\nContent-Length: 0\r\n\r\n", request.values("cseq").next()?));
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
