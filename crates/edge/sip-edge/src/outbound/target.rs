//! Where an outbound call goes, in SIP's words.

use std::net::SocketAddr;
use std::sync::Arc;

use call_engine::{Caller, Destination, Dial, EndCause};
use identifier::{PhoneNumber, TrunkName, UserId};
use rsipstack::dialog::authenticate::Credential;
use rsipstack::sip::{Auth, Domain, Header, PAssertedIdentity, Param, Privacy, Scheme, Uri};
use rsipstack::transport::SipAddr;
use tenant::SipTransport;
use tracing::debug;

use crate::core::Core;
use crate::headers::{HAIRPIN, outgoing_headers};
use crate::registrar::Contact;
use crate::trunk::{Place, credential};
use crate::uri::{sip_addr, uri_at};

/// One INVITE that shall be sent.
#[derive(Clone)]
pub(super) struct Target {
    /// The Request-URI.
    pub callee: Uri,
    /// From.
    pub caller: Uri,
    pub caller_name: Option<String>,
    /// Our Contact.
    pub contact: Uri,
    /// Where it is sent.
    pub destination: SipAddr,
    pub headers: Vec<Header>,
    /// What is answered to a challenge.
    pub credential: Option<Credential>,
}

/// All targets of a call, each reachable as far as we know.
pub(super) async fn find_targets(core: &Arc<Core>, dial: &Dial) -> Result<Vec<Target>, EndCause> {
    match &dial.destination {
        Destination::Phone(user) => find_phones(core, *user, dial).await,
        Destination::Trunk { trunk, number } => Ok(vec![find_trunk(core, trunk, number, dial).await?]),
        Destination::Platform(number) => Ok(vec![find_ourselves(core, number, dial).await?]),
    }
}

async fn find_phones(core: &Arc<Core>, user: UserId, dial: &Dial) -> Result<Vec<Target>, EndCause> {
    let contacts = core.bindings.of(user, core.exchanges.unix_us());
    let mut targets = Vec::new();
    for contact in contacts {
        let Ok(callee) = Uri::try_from(contact.uri.as_str()) else { continue };
        let Some(address) = reach(core, &contact).await else { continue };
        targets.push(Target {
            callee,
            destination: sip_addr(contact.transport, address),
            ..from_us(core, contact.transport, dial)
        });
    }
    if targets.is_empty() { Err(EndCause::Unavailable) } else { Ok(targets) }
}

/// The address of a phone, and a connection to it if it needs one.
async fn reach(core: &Core, contact: &Contact) -> Option<SocketAddr> {
    let transport = contact.transport;
    if transport == SipTransport::Udp {
        return Some(contact.destination());
    }
    // RFC 5626: a phone behind a firewall is reached over the connection that it opened.
    if core.streams.is_connected(transport, contact.source) {
        return Some(contact.source);
    }
    let address = contact.destination();
    match core.streams.connect(transport, address, &address.ip().to_string()).await {
        Ok(()) => Some(address),
        Err(error) => {
            debug!(%error, "a phone is out of reach: cannot {error}");
            None
        }
    }
}

async fn find_trunk(
    core: &Arc<Core>,
    name: &TrunkName,
    number: &PhoneNumber,
    dial: &Dial,
) -> Result<Target, EndCause> {
    if core.trunks.is_down(name) {
        return Err(EndCause::Unreachable);
    }
    let directory = core.exchanges.directory();
    let trunk = directory.trunk(name).ok_or(EndCause::Unreachable)?;
    let place = Place::find(core, trunk).await.ok_or(EndCause::Unreachable)?;
    let mut target = from_us(core, trunk.transport, dial);
    target.callee = place.uri(Some(number.as_str()));
    target.destination = place.destination();
    target.credential = credential(trunk);
    target.headers.extend(asserted_identity(core, trunk.transport, &dial.caller));
    Ok(target)
}

/// Out of our socket and into it again.
async fn find_ourselves(core: &Arc<Core>, number: &PhoneNumber, dial: &Dial) -> Result<Target, EndCause> {
    let (transport, bound) = match (core.addresses.udp, core.addresses.tcp) {
        (Some(udp), _) => (SipTransport::Udp, udp),
        (None, Some(tcp)) => (SipTransport::Tcp, tcp),
        (None, None) => return Err(EndCause::Unreachable),
    };
    let address = if bound.ip().is_unspecified() {
        let loopback: std::net::IpAddr = match bound {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        SocketAddr::new(loopback, bound.port())
    } else {
        bound
    };
    core.streams
        .connect(transport, address, &address.ip().to_string())
        .await
        .map_err(|_| EndCause::Unreachable)?;
    let mut target = from_us(core, transport, dial);
    target.callee = uri_at(Some(number.as_str()), transport, address.into());
    target.destination = sip_addr(transport, address);
    target.headers.push(Header::Other(HAIRPIN.to_owned(), core.hairpin.clone()));
    Ok(target)
}

/// What is the same for all targets of a call; the callee is still missing.
fn from_us(core: &Core, transport: SipTransport, dial: &Dial) -> Target {
    let contact = core.contact(transport);
    Target {
        callee: contact.clone(),
        caller: caller_uri(core, transport, &dial.caller),
        caller_name: caller_name(&dial.caller),
        destination: sip_addr(transport, core.own_address(transport)),
        contact,
        headers: outgoing_headers(&dial.headers),
        credential: None,
    }
}

fn caller_uri(core: &Core, transport: SipTransport, caller: &Caller) -> Uri {
    match &caller.number {
        Some(number) => {
            let host = core.own_address(transport).ip();
            let mut uri = uri_at(Some(number.as_str()), SipTransport::Udp, host.into());
            uri.params.push(Param::User("phone".into()));
            uri
        }
        // RFC 3323 §4.1.1.3.
        None => Uri {
            scheme: Some(Scheme::Sip),
            auth: Some(Auth { user: "anonymous".to_owned(), password: None }),
            host_with_port: Domain::from("anonymous.invalid").into(),
            params: Vec::new(),
            headers: Vec::new(),
        },
    }
}

/// Quotation marks and line ends cannot be part of a quoted name.
fn caller_name(caller: &Caller) -> Option<String> {
    let name = caller.display_name.as_ref()?.expose();
    let safe = |character: &char| !character.is_control() && !matches!(character, '"' | '\\');
    let name: String = name.chars().filter(safe).take(128).collect();
    Some(name).filter(|name| !name.trim().is_empty())
}

/// RFC 3325: a trunk believes what we assert; a caller who withholds the number stays unnamed.
fn asserted_identity(core: &Core, transport: SipTransport, caller: &Caller) -> Vec<Header> {
    match &caller.number {
        Some(_) => {
            let uri = caller_uri(core, transport, caller);
            vec![Header::PAssertedIdentity(PAssertedIdentity::new(format!("<{uri}>")))]
        }
        None => vec![Header::Privacy(Privacy::new("id"))],
    }
}
