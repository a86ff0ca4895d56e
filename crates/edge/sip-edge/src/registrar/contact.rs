//! One place at which a phone can be reached.

use std::net::SocketAddr;

use rsipstack::sip::Uri;
use serde::{Deserialize, Serialize};
use store::Binding;
use tenant::SipTransport;

use crate::uri::address_of;

/// A contact that was registered, and the flow it was registered over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    /// The Request-URI of calls to it, as the phone wrote it.
    pub uri: String,
    /// How the phone sent its registration.
    pub transport: SipTransport,
    /// From where.
    pub source: SocketAddr,
    /// RFC 3261 §10.3: orders the registrations of one phone.
    pub call_id: String,
    /// The same.
    pub cseq: u32,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub expires_us: i64,
}

/// What the store keeps beside the URI and the time.
#[derive(Serialize, Deserialize)]
struct Details {
    transport: String,
    source: SocketAddr,
    call_id: String,
    cseq: u32,
}

impl Contact {
    /// Where calls to it are sent: to the address it names if that is where it registered from,
    /// else back through whatever translated its address.
    pub fn destination(&self) -> SocketAddr {
        let named = Uri::try_from(self.uri.as_str()).ok().and_then(|uri| address_of(&uri));
        named.filter(|named| named.ip() == self.source.ip()).unwrap_or(self.source)
    }

    /// The contact as the store keeps it.
    pub fn to_binding(&self, name: &str) -> Binding {
        let transport = match self.transport {
            SipTransport::Udp => "udp",
            SipTransport::Tcp => "tcp",
            SipTransport::Tls => "tls",
        };
        let details = Details {
            transport: transport.to_owned(),
            source: self.source,
            call_id: self.call_id.clone(),
            cseq: self.cseq,
        };
        Binding {
            address_of_record: name.to_owned(),
            contact: self.uri.clone(),
            details: serde_json::to_string(&details).unwrap_or_default(),
            expires_us: self.expires_us,
        }
    }

    /// A contact that the store kept; `None` if another version wrote what we cannot read.
    pub fn from_binding(binding: &Binding) -> Option<Self> {
        let details: Details = serde_json::from_str(&binding.details).ok()?;
        let transport = match details.transport.as_str() {
            "udp" => SipTransport::Udp,
            "tcp" => SipTransport::Tcp,
            "tls" => SipTransport::Tls,
            _ => return None,
        };
        Some(Self {
            uri: binding.contact.clone(),
            transport,
            source: details.source,
            call_id: details.call_id,
            cseq: details.cseq,
            expires_us: binding.expires_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(uri: &str) -> Contact {
        Contact {
            uri: uri.to_owned(),
            transport: SipTransport::Udp,
            source: "203.0.113.5:40000".parse().unwrap(),
            call_id: "1".to_owned(),
            cseq: 7,
            expires_us: 5,
        }
    }

    #[test]
    fn calls_go_back_through_a_translated_address() {
        assert_eq!(contact("sip:demo-1@192.168.1.2:5060").destination().to_string(), "203.0.113.5:40000");
        assert_eq!(contact("sip:demo-1@203.0.113.5:5070").destination().to_string(), "203.0.113.5:5070");
        assert_eq!(contact("sip:demo-1@phone.invalid").destination().to_string(), "203.0.113.5:40000");
    }

    #[test]
    fn a_kept_contact_reads_back() {
        let contact = contact("sip:demo-1@192.168.1.2:5060");
        assert_eq!(Contact::from_binding(&contact.to_binding("demo-1")), Some(contact));
    }
}
