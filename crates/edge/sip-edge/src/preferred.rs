//! The identity of its own under which a phone wants to call (RFC 3325 §9.2 `P-Preferred-Identity`).

use std::sync::Arc;

use redact::Pii;
use rsipstack::sip::{HasHeaders, Header, Request};

use crate::identity::first_value;
use crate::uri::{name_and_uri, unescape, user_of};

/// What is longer is none.
const MAX_IDENTITY: usize = 320;

/// The identity without its scheme: `line@contoso.example`, `+14255550123`, or a raw id.
pub(crate) fn preferred_identity(request: &Request) -> Option<Pii<Arc<str>>> {
    let value = request.headers().iter().find_map(|header| match header {
        Header::PPreferredIdentity(value) => Some(first_value(value.value())),
        _ => None,
    })?;
    let text = identity(value)?;
    let is_sound = !text.is_empty() && text.len() <= MAX_IDENTITY && !text.contains(char::is_control);
    is_sound.then(|| Pii::new(text.into()))
}

fn identity(value: &str) -> Option<String> {
    let (_, uri) = name_and_uri(value)?;
    let user = match &uri.auth {
        // A raw id has colons, and RFC 3261 takes what stands behind one for a password.
        Some(auth) => match &auth.password {
            Some(rest) => format!("{}:{}", unescape(&auth.user), unescape(rest)),
            None => user_of(&uri)?,
        },
        None => user_of(&uri)?,
    };
    let is_complete = user.contains(':') || user.starts_with('+') || user.contains('@') || uri.auth.is_none();
    Some(if is_complete { user } else { format!("{user}@{}", uri.host_with_port.host) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Option<&str>) {
        let text = format!(
            "INVITE sip:b@r SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@r>;tag=1\r\n\
             To: <sip:b@r>\r\nCall-ID: 1\r\nCSeq: 3 INVITE\r\n{header}\r\nContent-Length: 0\r\n\r\n"
        );
        let request = Request::try_from(text.as_bytes()).unwrap();
        let found = preferred_identity(&request);
        assert_eq!(found.as_ref().map(|found| &**found.expose()), expected, "{header}");
    }

    #[test]
    fn an_identity_is_read_however_it_is_written() {
        check("X-Nothing: here", None);
        check("P-Preferred-Identity: <sip:line@contoso.example>", Some("line@contoso.example"));
        check("P-Preferred-Identity: \"Line\" <sip:line@contoso.example>", Some("line@contoso.example"));
        check("P-Preferred-Identity: <sip:28:orgid:6f@contoso.example>", Some("28:orgid:6f"));
        check("P-Preferred-Identity: <sip:28%3Aorgid%3A6f@contoso.example>", Some("28:orgid:6f"));
        check("P-Preferred-Identity: <sip:+14255550100@contoso.example;user=phone>", Some("+14255550100"));
        check("P-Preferred-Identity: <tel:+1-425-555-0100>", Some("+14255550100"));
        check("P-Preferred-Identity: <sip:line@contoso.example>, <tel:+1>", Some("line@contoso.example"));
        check("P-Preferred-Identity: <<<", None);
        check("P-Preferred-Identity: ", None);
        check(&format!("P-Preferred-Identity: <sip:{}@r>", "x".repeat(400)), None);
    }
}
