//! What a REGISTER asks for.

use std::net::SocketAddr;

use rsipstack::sip::{HasHeaders, Header, HeadersExt, Request, StatusCode, typed};
use tenant::SipTransport;

use crate::registrar::bindings::Update;
use crate::registrar::contact::Contact;

/// Shorter registrations would only cost us work (RFC 3261 §10.3).
const MIN_EXPIRES_S: u32 = 60;
const MAX_EXPIRES_S: u32 = 3600;
const MAX_CONTACTS: usize = 8;
const MAX_URI: usize = 512;

/// Why a REGISTER is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RegisterError {
    /// 400.
    #[error("read the contacts of a registration")]
    Malformed,
    /// 423, naming the shortest time.
    #[error("register for less than {MIN_EXPIRES_S} seconds")]
    TooBrief,
}

impl RegisterError {
    /// How the phone is told.
    pub fn response(&self) -> (StatusCode, Vec<Header>) {
        match self {
            Self::Malformed => (StatusCode::BadRequest, Vec::new()),
            Self::TooBrief => {
                let least = Header::MinExpires(MIN_EXPIRES_S.to_string().into());
                (StatusCode::IntervalTooBrief, vec![least])
            }
        }
    }
}

/// Reads what `request` asks for; nothing when it only wants to know what is registered.
pub(crate) fn read_wish(
    request: &Request,
    (transport, source): (SipTransport, SocketAddr),
    now_us: i64,
) -> Result<Vec<Update>, RegisterError> {
    let call_id = request.call_id_header().map_err(|_| RegisterError::Malformed)?.value().to_owned();
    let cseq = request.cseq_header().and_then(|cseq| cseq.seq()).map_err(|_| RegisterError::Malformed)?;
    let default_s = expires_header(request)?;
    if request
        .headers()
        .iter()
        .any(|header| matches!(header, Header::Contact(value) if value.value().trim() == "*"))
    {
        // RFC 3261 §10.2.2: only to remove everything, and with nothing beside it.
        let alone = request.contact_headers().len() == 1;
        return if alone && default_s == Some(0) {
            Ok(vec![Update::UnbindAll])
        } else {
            Err(RegisterError::Malformed)
        };
    }
    let contacts = request.typed_contact_headers().map_err(|_| RegisterError::Malformed)?;
    if contacts.len() > MAX_CONTACTS {
        return Err(RegisterError::Malformed);
    }
    contacts
        .iter()
        .map(|contact| {
            let uri = contact.uri.to_string();
            if uri.len() > MAX_URI || uri.contains(['<', '>', '"', ' ']) {
                return Err(RegisterError::Malformed);
            }
            let seconds = contact_expires(contact)?.or(default_s).unwrap_or(MAX_EXPIRES_S).min(MAX_EXPIRES_S);
            match seconds {
                0 => Ok(Update::Unbind { uri, call_id: call_id.clone(), cseq }),
                1..MIN_EXPIRES_S => Err(RegisterError::TooBrief),
                MIN_EXPIRES_S.. => Ok(Update::Bind(Contact {
                    uri,
                    transport,
                    source,
                    call_id: call_id.clone(),
                    cseq,
                    expires_us: now_us + i64::from(seconds) * 1_000_000,
                })),
            }
        })
        .collect()
}

fn expires_header(request: &Request) -> Result<Option<u32>, RegisterError> {
    let header = request.expires_header().map(|expires| seconds(expires.value()));
    header.transpose()
}

fn contact_expires(contact: &typed::Contact) -> Result<Option<u32>, RegisterError> {
    let parameter = contact.params.iter().find_map(|param| match param {
        rsipstack::sip::Param::Expires(value) => Some(seconds(value.value())),
        _ => None,
    });
    parameter.transpose()
}

/// More seconds than fit are as good as the most that we take.
fn seconds(text: &str) -> Result<u32, RegisterError> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RegisterError::Malformed);
    }
    Ok(text.parse().unwrap_or(MAX_EXPIRES_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(lines: &str) -> Result<Vec<String>, RegisterError> {
        let text = format!(
            "REGISTER sip:ringdown SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@r>;tag=1\r\nTo: <sip:a@r>\r\nCall-ID: 1\r\nCSeq: 3 REGISTER\r\n{lines}Content-Length: 0\r\n\r\n"
        );
        let request = Request::try_from(text.as_bytes()).unwrap();
        let source = (SipTransport::Udp, "192.0.2.1:5060".parse().unwrap());
        let said = |update: &Update| match update {
            Update::Bind(contact) => format!("{} for {}", contact.uri, contact.expires_us / 1_000_000),
            Update::Unbind { uri, .. } => format!("no {uri}"),
            Update::UnbindAll => "nothing".to_owned(),
        };
        read_wish(&request, source, 0).map(|updates| updates.iter().map(said).collect())
    }

    #[test]
    fn contacts_have_times_of_their_own() {
        assert_eq!(wish("").unwrap(), Vec::<String>::new());
        assert_eq!(wish("Contact: <sip:a@192.0.2.1>\r\n").unwrap(), ["sip:a@192.0.2.1 for 3600"]);
        assert_eq!(
            wish("Contact: <sip:a@192.0.2.1>;expires=120, <sip:a@192.0.2.2>\r\nExpires: 0\r\n").unwrap(),
            ["sip:a@192.0.2.1 for 120", "no sip:a@192.0.2.2"]
        );
        assert_eq!(wish("Contact: *\r\nExpires: 0\r\n").unwrap(), ["nothing"]);
        assert_eq!(wish("Contact: <sip:a@h>\r\nExpires: 99999999999\r\n").unwrap(), ["sip:a@h for 3600"]);
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(wish("Contact: *\r\n"), Err(RegisterError::Malformed));
        assert_eq!(wish("Contact: *\r\nContact: <sip:a@h>\r\nExpires: 0\r\n"), Err(RegisterError::Malformed));
        assert_eq!(wish("Contact: <sip:a@h>\r\nExpires: 59\r\n"), Err(RegisterError::TooBrief));
        assert_eq!(wish("Contact: <sip:a@h>\r\nExpires: soon\r\n"), Err(RegisterError::Malformed));
    }
}
