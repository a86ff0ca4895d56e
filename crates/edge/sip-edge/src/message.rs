//! Words for phones: SIP MESSAGE outside of any dialog (RFC 3428).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use call_engine::Tell;
use rsipstack::sip::{Header, Method, SipMessage, StatusCodeKind, Uri, typed};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::{Transaction, make_tag};
use tracing::{debug, warn};

use crate::core::Core;
use crate::outbound::contacts;
use crate::registrar::Contact;
use crate::uri::sip_addr;

/// What a phone reads at most, in bytes: the message fits into a datagram (RFC 3428 §8).
const LONGEST: usize = 1_000;
/// A phone that says nothing for so long has not read it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tells all phones of somebody; whoever is not there is not told.
pub(crate) fn send(core: &Arc<Core>, tell: Tell) {
    let held = Arc::clone(core);
    core.spawn_aside(async move {
        let text = shortened(tell.text.expose());
        let contacts = contacts(&held, tell.user).await;
        if contacts.is_empty() {
            warn!("a phone that was to read a message is not there");
        }
        for (contact, address) in contacts {
            let told = send_to(&held, &contact, address, &text);
            match tokio::time::timeout(PATIENCE, told).await {
                Ok(true) => {}
                Ok(false) | Err(_) => warn!("a phone has not taken a message"),
            }
        }
    });
}

async fn send_to(core: &Core, contact: &Contact, address: SocketAddr, text: &str) -> bool {
    let Ok(callee) = Uri::try_from(contact.uri.as_str()) else { return false };
    let endpoint = &core.dialogs.endpoint;
    let destination = sip_addr(contact.transport, address);
    let listeners = endpoint.transport_layer.get_listen_addrs();
    let own = listeners.into_iter().find(|listener| listener.r#type == destination.r#type);
    let Ok(via) = endpoint.get_via(own, None) else { return false };
    let to = typed::To { display_name: None, uri: callee.clone(), params: Vec::new() };
    let from = typed::From::from(core.contact(contact.transport, address.ip())).with_tag(make_tag());
    let mut request = endpoint.make_request(Method::Message, callee, via, from, to, 1, None);
    request.headers.push(Header::ContentType("text/plain;charset=utf-8".into()));
    request.headers.push(Header::ContentLength((text.len() as u32).into()));
    request.headers.push(Header::Other("Priority".to_owned(), "emergency".to_owned()));
    request.body = text.as_bytes().to_vec();
    let Ok(key) = TransactionKey::from_request(&request, TransactionRole::Client) else { return false };
    let mut transaction = Transaction::new_client(key, request, Arc::clone(endpoint), None);
    transaction.destination = Some(destination);
    if let Err(error) = transaction.send().await {
        debug!(%error, "a message could not be sent");
        return false;
    }
    while let Some(message) = transaction.receive().await {
        if let SipMessage::Response(response) = message
            && response.status_code.kind() != StatusCodeKind::Provisional
        {
            return response.status_code.kind() == StatusCodeKind::Successful;
        }
    }
    false
}

fn shortened(text: &str) -> String {
    let mut short = String::new();
    for character in text.chars().filter(|character| !character.is_control() || *character == '\n') {
        if short.len() + character.len_utf8() > LONGEST {
            break;
        }
        short.push(character);
    }
    short
}
