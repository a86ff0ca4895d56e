//! SIP as far as a generator speaks it: templates to send, and a reader that looks for what it needs.

use std::net::SocketAddr;

use md5::{Digest, Md5};

/// What was received.
pub(crate) struct Message<'a> {
    first: &'a str,
    head: &'a str,
    pub(crate) body: &'a str,
}

impl<'a> Message<'a> {
    pub(crate) fn parse(datagram: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(datagram).ok()?;
        let (all, body) = text.split_once("\r\n\r\n")?;
        let (first, head) = all.split_once("\r\n")?;
        Some(Self { first, head, body })
    }

    /// Of a response.
    pub(crate) fn status(&self) -> Option<u16> {
        self.first.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// Of a request.
    pub(crate) fn method(&self) -> &'a str {
        self.first.split(' ').next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// The method that a response answers.
    pub(crate) fn answers(&self) -> &'a str {
        self.header("CSeq").and_then(|value| value.split(' ').nth(1)).unwrap_or_default()
    }

    /// The address in Contact.
    pub(crate) fn contact(&self) -> Option<&'a str> {
        let contact = self.header("Contact")?;
        let uri = contact.split_once('<').map_or(contact, |(_, rest)| rest);
        uri.split('>').next()
    }

    /// Where the session description wants RTP.
    pub(crate) fn media(&self) -> Option<SocketAddr> {
        let line = |prefix: &str| self.body.lines().find_map(|line| line.strip_prefix(prefix));
        let host = line("c=IN IP4 ")?.trim().parse().ok()?;
        let port = line("m=audio ")?.split(' ').next()?.parse().ok()?;
        Some(SocketAddr::new(host, port))
    }

    /// A response to this request.
    pub(crate) fn respond(&self, status: &str, tag: &str, extra: &str, body: &str) -> String {
        let mut response = format!("SIP/2.0 {status}\r\n");
        for via in self.headers("Via") {
            response.push_str(&format!("Via: {via}\r\n"));
        }
        for name in ["From", "Call-ID", "CSeq"] {
            response.push_str(&format!("{name}: {}\r\n", self.header(name).unwrap_or_default()));
        }
        let to = self.header("To").unwrap_or_default();
        let tag = if to.contains(";tag=") { String::new() } else { format!(";tag={tag}") };
        response.push_str(&format!("To: {to}{tag}\r\n{extra}{}", with_body(body)));
        response
    }

    fn headers<'s>(&self, name: &'s str) -> impl Iterator<Item = &'a str> + use<'a, 's> {
        self.head.split("\r\n").filter_map(move |line| {
            let (known, value) = line.split_once(':')?;
            known.trim_end().eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// One call, as its caller writes it.
#[derive(Clone, Copy)]
pub(crate) struct Dialog<'a> {
    pub(crate) from: &'a str,
    pub(crate) call_id: &'a str,
    /// Where the caller is.
    pub(crate) local: SocketAddr,
    /// The request line's address, and To as it stands in what was answered.
    pub(crate) target: &'a str,
    pub(crate) to: &'a str,
}

impl Dialog<'_> {
    pub(crate) fn invite(&self, media: SocketAddr, direction: &str) -> String {
        let contact = format!("Contact: <sip:load@{}>\r\nContent-Type: application/sdp\r\n", self.local);
        let body = format!("{contact}{}", with_body(&description(media, direction)));
        self.request("INVITE", 1, "i", &body)
    }

    /// For a 2xx.
    pub(crate) fn ack(&self) -> String {
        self.request("ACK", 1, "a", "Content-Length: 0\r\n\r\n")
    }

    /// For any other final response: it belongs to the INVITE (RFC 3261 §17.1.1.3).
    pub(crate) fn ack_refusal(&self) -> String {
        self.request("ACK", 1, "i", "Content-Length: 0\r\n\r\n")
    }

    pub(crate) fn bye(&self) -> String {
        self.request("BYE", 2, "b", "Content-Length: 0\r\n\r\n")
    }

    fn request(&self, method: &str, sequence: u32, branch: &str, rest: &str) -> String {
        let Self { from, call_id, local, target, to } = self;
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{branch}{call_id};rport\r\n\
             From: <sip:{from}@{}>;tag=l{call_id}\r\nTo: {to}\r\nCall-ID: {call_id}\r\n\
             CSeq: {sequence} {method}\r\nMax-Forwards: 70\r\n{rest}",
            local.ip()
        )
    }
}

/// A phone announces where it is.
pub(crate) fn register(name: &str, server: SocketAddr, local: SocketAddr, authorization: &str) -> String {
    let sequence = if authorization.is_empty() { 1 } else { 2 };
    format!(
        "REGISTER sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKr{sequence}{name};rport\r\n\
         From: <sip:{name}@{server}>;tag=r{name}\r\nTo: <sip:{name}@{server}>\r\nCall-ID: register-{name}\r\n\
         CSeq: {sequence} REGISTER\r\nContact: <sip:{name}@{local}>\r\nExpires: 3600\r\nMax-Forwards: 70\r\n\
         {authorization}Content-Length: 0\r\n\r\n"
    )
}

/// The answer to a challenge (RFC 3261 §22.4), without a session key.
pub(crate) fn authorization(challenge: &str, name: &str, password: &str, uri: &str) -> Option<String> {
    let value = |key: &str| {
        let (_, rest) = challenge.split_once(&format!("{key}=\""))?;
        rest.split('"').next()
    };
    let (realm, nonce) = (value("realm")?, value("nonce")?);
    let hash = |text: String| Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (user, request) = (hash(format!("{name}:{realm}:{password}")), hash(format!("REGISTER:{uri}")));
    let response = hash(format!("{user}:{nonce}:00000001:load:auth:{request}"));
    Some(format!(
        "Authorization: Digest username=\"{name}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         algorithm=MD5, qop=auth, nc=00000001, cnonce=\"load\", response=\"{response}\"\r\n"
    ))
}

/// G.711 and keys.
pub(crate) fn description(media: SocketAddr, direction: &str) -> String {
    format!(
        "v=0\r\no=load 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n",
        host = media.ip(),
        port = media.port()
    )
}

fn with_body(body: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let local = "127.1.2.3:5060".parse().unwrap();
        let dialog = Dialog { from: "+19990001", call_id: "0-1", local, target: "sip:x@y", to: "<sip:x@y>" };
        let invite = dialog.invite(local, "sendrecv");
        let invite = Message::parse(invite.as_bytes()).unwrap();
        assert_eq!((invite.method(), invite.header("call-id")), ("INVITE", Some("0-1")));
        assert_eq!((invite.contact(), invite.media()), (Some("sip:load@127.1.2.3:5060"), Some(local)));
        let answer = invite.respond("200 OK", "t", "Contact: <sip:b@c>\r\n", "");
        let answer = Message::parse(answer.as_bytes()).unwrap();
        assert_eq!((answer.status(), answer.answers()), (Some(200), "INVITE"));
        assert_eq!(answer.header("To"), Some("<sip:x@y>;tag=t"));
    }
}
