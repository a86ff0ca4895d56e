//! The last look at messages on their way between the library and the wire.

use std::sync::{Arc, OnceLock, Weak};

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::Dialog;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::prelude::ToTypedHeader;
use rsipstack::sip::{
    Header, Headers, HeadersExt, Host, Method, Param, Request, Response, SipMessage, StatusCode,
    StatusCodeKind, Transport, Uri, Via,
};
use rsipstack::transaction::endpoint::MessageInspector;
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transport::SipAddr;
use tenant::SipTransport;

use crate::challenge;
use crate::identity::has_credentials;
use crate::legs::Legs;
use crate::neighbor::Exchanges;
use crate::presence::Presence;
use crate::uri::{address_of, is_local, name_and_uri, transport_and_address, transport_of};

const RETRY_AFTER_S: u32 = 5;

/// Adds what every 503 needs, finds phones behind a translated address, and mends what is spelled in two ways.
pub(crate) struct Inspector {
    presence: Presence,
    legs: Arc<Legs>,
    /// Nobody is at the other end of a trunk where there are none.
    exchanges: Option<Arc<dyn Exchanges>>,
    /// Set once there are dialogs.
    pub dialogs: Arc<OnceLock<Weak<DialogLayer>>>,
}

impl Inspector {
    pub fn new(presence: Presence, legs: Arc<Legs>) -> Self {
        Self { presence, legs, exchanges: None, dialogs: Arc::default() }
    }

    /// One that knows the trunks.
    pub fn among(self, exchanges: Arc<dyn Exchanges>) -> Self {
        Self { exchanges: Some(exchanges), ..self }
    }

    /// Requests come by here one after another; behind this, an ACK and the BYE that follows it take ways of
    /// their own.
    fn note_ack(&self, ack: &Request) {
        let dialog = DialogId::try_from((ack, TransactionRole::Server));
        let sequence = ack.cseq_header().and_then(|cseq| cseq.seq());
        if let (Ok(dialog), Ok(sequence)) = (dialog, sequence) {
            self.legs.acknowledge(&dialog, sequence, &ack.body);
        }
    }

    /// RFC 3261 §18.1.1: answers come to where Via says. The library knows one address for each
    /// transport, of whichever family.
    fn name_ourselves(&self, request: &mut Request, destination: &SipAddr) {
        let Some((transport, peer)) = transport_and_address(destination) else { return };
        let Some(Ok(mut via)) = request.via_header().ok().map(ToTypedHeader::typed) else { return };
        let Host::IpAddr(named) = via.uri.host_with_port.host else { return };
        if named.is_ipv4() == peer.is_ipv4() {
            return;
        }
        via.uri.host_with_port = self.presence.address(transport, peer.ip()).into();
        if let Ok(header) = request.via_header_mut() {
            *header = Via::new(via.to_string());
        }
    }

    /// Microsoft Teams has whoever takes REFER call people whom only it can reach, and calls them itself otherwise
    /// (contract: Teams Phone §6.7). Our Contact says that it is Teams.
    fn leave_transfers_to_teams(&self, headers: &mut Headers) {
        let Some(exchanges) = &self.exchanges else { return };
        let directory = exchanges.directory();
        if !directory.has_teams() {
            return;
        }
        let is_teams = headers.iter().any(|header| match header {
            Header::Contact(contact) => name_and_uri(contact.value()).is_some_and(|(_, uri)| {
                directory.teams_known_as(&uri.host_with_port.host.to_string()).is_some()
            }),
            _ => false,
        });
        if !is_teams {
            return;
        }
        for header in headers.iter_mut() {
            let Header::Other(name, value) = header else { continue };
            if name.eq_ignore_ascii_case("Allow") {
                *value = value.replace("REFER, ", "");
            }
        }
    }

    /// RFC 3261 §22.2, §22.3: who cannot answer a challenge has failed with this request. The library would take
    /// it for the end of the whole dialog.
    fn give_in(&self, response: &mut Response) {
        let code = response.status_code.code();
        let Ok(dialog) = DialogId::try_from((&*response, TransactionRole::Client)) else { return };
        let Ok(cseq) = response.cseq_header() else { return };
        let (Ok(method), Ok(sequence)) = (cseq.method(), cseq.seq()) else { return };
        // The challenge to a call is its own business: there the library knows what to do.
        let makes_a_call = method == Method::Invite && !self.is_confirmed(&dialog);
        if matches!(code, 401 | 407) && !makes_a_call && self.legs.is_challenged_in_vain(&dialog, sequence) {
            response.status_code = StatusCode::Forbidden;
        }
    }

    fn is_confirmed(&self, dialog: &DialogId) -> bool {
        let dialogs = self.dialogs.get().and_then(Weak::upgrade);
        match dialogs.and_then(|dialogs| dialogs.get_dialog(dialog)) {
            Some(Dialog::Invite(invite)) => invite.state().is_confirmed(),
            _ => false,
        }
    }

    fn note_proof(&self, request: &Request) {
        let sequence = request.cseq_header().and_then(|cseq| cseq.seq());
        if has_credentials(request)
            && let (Ok(dialog), Ok(sequence)) =
                (DialogId::try_from((request, TransactionRole::Client)), sequence)
        {
            self.legs.note_proof(&dialog, sequence);
        }
    }

    /// RFC 3261 §12.1.2: a PRACK goes to where the first response with a tag says, which the library
    /// learns only from the answer. Behind proxies it still goes the way of the INVITE.
    fn follow(&self, response: &Response) {
        let is_early = response.status_code.kind() == StatusCodeKind::Provisional
            && response.header_contains_token("Require", "100rel")
            && response.record_route_headers().is_empty();
        if !is_early {
            return;
        }
        let (Some(dialogs), Ok(id)) = (
            self.dialogs.get().and_then(Weak::upgrade),
            DialogId::try_from((response, TransactionRole::Client)),
        ) else {
            return;
        };
        let contact = response.contact_header().ok().cloned();
        let target = contact.as_ref().and_then(|contact| name_and_uri(contact.value()));
        // The library files a dialog without the tag that it did not know at first.
        let filed = dialogs.get_dialog(&DialogId { remote_tag: String::new(), ..id });
        if let (Some(dialog), Some((_, uri))) = (filed, target) {
            dialog.set_remote_target(uri, contact);
        }
    }
}

impl MessageInspector for Inspector {
    fn before_send(&self, mut message: SipMessage, destination: Option<&SipAddr>) -> SipMessage {
        count("sent", &message);
        if let SipMessage::Response(response) = &mut message {
            name_the_source(response);
        }
        match &mut message {
            SipMessage::Request(request) => self.leave_transfers_to_teams(&mut request.headers),
            SipMessage::Response(response) => self.leave_transfers_to_teams(&mut response.headers),
        }
        match message {
            SipMessage::Response(mut response) if response.status_code == StatusCode::ServiceUnavailable => {
                response.headers.unique_push(Header::RetryAfter(RETRY_AFTER_S.to_string().into()));
                response.into()
            }
            SipMessage::Request(mut request) => {
                if let Some(destination) = destination {
                    self.name_ourselves(&mut request, destination);
                }
                challenge::write(&mut request.headers);
                self.note_proof(&request);
                request.into()
            }
            other => other,
        }
    }

    fn after_received(&self, mut message: SipMessage, source: Option<&SipAddr>) -> SipMessage {
        count("received", &message);
        let headers = match &mut message {
            SipMessage::Request(request) if matches!(request.method, Method::Invite | Method::Update) => {
                &mut request.headers
            }
            SipMessage::Response(response) => {
                challenge::read(&mut response.headers);
                self.give_in(response);
                &mut response.headers
            }
            SipMessage::Request(request) => {
                if request.method == Method::Ack {
                    self.note_ack(request);
                }
                return message;
            }
        };
        let Some(source) = source else { return message };
        for header in headers.iter_mut() {
            let Header::Contact(contact) = header else { continue };
            if let Some(reachable) = reachable_contact(contact.value(), source) {
                *contact = reachable.into();
            }
            if let Some(secure) = secure_contact(contact.value(), source) {
                *contact = secure.into();
            }
        }
        if let SipMessage::Response(response) = &message {
            self.follow(response);
        }
        message
    }
}

/// RFC 5118 §4.5: an address of IPv6 in `received` has no brackets; the library writes two pairs.
fn name_the_source(response: &mut Response) {
    let Ok(via) = response.via_header_mut() else { return };
    let value = via.value();
    let Some((before, after)) = value.split_once("received=[") else { return };
    let end = after.find([';', ',']).unwrap_or(after.len());
    let (address, rest) = after.split_at(end);
    let address = address.trim_matches(['[', ']']);
    *via = Via::new(format!("{before}received={address}{rest}"));
}

fn count(direction: &str, message: &SipMessage) {
    let (method, kind) = match message {
        SipMessage::Request(request) => (Some(request.method), "request"),
        SipMessage::Response(response) => {
            let kind = match response.status_code.code() {
                ..=199 => "1xx",
                200..=299 => "2xx",
                300..=399 => "3xx",
                400..=499 => "4xx",
                500..=599 => "5xx",
                _ => "6xx",
            };
            (response.cseq_header().ok().and_then(|cseq| cseq.method().ok()), kind)
        }
    };
    let method = method.map_or_else(String::new, |method| method.to_string());
    meter::SIP_MESSAGES.count([direction, &method, kind]);
}

/// A Contact that names an address of somebody's own network, while the message came from
/// elsewhere, is replaced by that elsewhere.
fn reachable_contact(value: &str, source: &SipAddr) -> Option<String> {
    let (_, uri) = name_and_uri(value)?;
    let named = address_of(&uri)?;
    let source = source.get_socketaddr().ok()?;
    if named.ip() == source.ip() || !is_local(named.ip()) {
        return None;
    }
    let reachable = Uri { host_with_port: source.into(), ..uri };
    Some(format!("<{reachable}>"))
}

/// RFC 3261 §26.2.1: who came over TLS is reached over TLS, whatever else it says: otherwise one word in a
/// Contact would be enough to have the rest of the call, and keys for its sound, in plain.
fn secure_contact(value: &str, source: &SipAddr) -> Option<String> {
    let (_, uri) = name_and_uri(value)?;
    if source.r#type != Some(Transport::Tls) || transport_of(&uri) == SipTransport::Tls {
        return None;
    }
    let others = uri.params.iter().filter(|param| !matches!(param, Param::Transport(_))).cloned();
    let params = others.chain([Param::Transport(Transport::Tls)]).collect();
    Some(format!("<{}>", Uri { params, ..uri }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_out_of_reach_are_replaced() {
        let reachable = |contact: &str, source: &str| {
            reachable_contact(contact, &SipAddr::from(source.parse::<std::net::SocketAddr>().unwrap()))
        };
        let outside = "203.0.113.5:40000";
        assert_eq!(
            reachable("<sip:demo-1@192.168.1.2:5060;transport=tcp>;expires=5", outside).as_deref(),
            Some("<sip:demo-1@203.0.113.5:40000;transport=TCP>")
        );
        assert_eq!(reachable("<sip:a@203.0.113.5:5070>", outside), None);
        assert_eq!(reachable("<sip:a@198.51.100.1>", outside), None);
        assert_eq!(reachable("<sip:a@192.168.1.2:5070>", "192.168.1.2:40000"), None);
        assert_eq!(reachable("<sip:a@pbx.example.net>", outside), None);
    }

    #[test]
    fn who_came_over_tls_is_reached_over_tls() {
        let secure = |contact: &str, transport| {
            secure_contact(contact, &crate::uri::sip_addr(transport, "203.0.113.5:40000".parse().unwrap()))
        };
        for contact in ["<sip:a@203.0.113.5:5060>", "<sip:a@203.0.113.5:5060;transport=udp>"] {
            let expected = Some("<sip:a@203.0.113.5:5060;transport=TLS>");
            assert_eq!(secure(contact, SipTransport::Tls).as_deref(), expected);
            assert_eq!(secure(contact, SipTransport::Udp), None);
        }
        assert_eq!(secure("<sip:a@203.0.113.5;transport=tls>", SipTransport::Tls), None);
        assert_eq!(secure("<sips:a@203.0.113.5>", SipTransport::Tls), None);
    }
}
