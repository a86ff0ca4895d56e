//! Where an outbound call goes, in SIP's words.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use call_engine::{Caller, Destination, Dial, EndCause, Hop};
use identifier::{LegId, ObjectId, PhoneNumber, TrunkName, UserId};
use rsipstack::dialog::authenticate::Credential;
use rsipstack::sip::{
    Auth, Domain, Header, Host, HostWithPort, PAssertedIdentity, Param, Privacy, Scheme, Uri,
};
use rsipstack::transport::SipAddr;
use tenant::{DiversionHeader, MediaEncryption, NamedBy, SipTransport, Trunk};
use tracing::{debug, warn};

use crate::core::Core;
use crate::headers::{HAIRPIN, LEFT_BY, outgoing_headers, phone_headers};
use crate::history;
use crate::location;
use crate::outbound::attempts::{Attempts, Failover};
use crate::registrar::Contact;
use crate::trunk::{Place, credential, hosts};
use crate::uri::{sip_addr, uri_at};

/// A call for help waits so many times T1 (RFC 3261 §17.1.1.1) for a connection to one address of a trunk: three
/// seconds.
const HELP_CONNECTS: u32 = 6;
/// It waits so many for a new answer about a name whose last address is known: one second.
const HELP_LOOKS_UP: u32 = 2;

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
    /// Whether its sound is encrypted.
    pub encryption: MediaEncryption,
    /// Whether it may be there over TCP, too: it is no use to try that with a phone behind a NAT, or with
    /// ourselves.
    pub may_use_tcp: bool,
    /// The trunk that it goes through.
    pub trunk: Option<TrunkName>,
    /// Where the caller is, who calls for help.
    pub location: Option<location::Told>,
    /// When that one has had its chance.
    pub failover: Option<Failover>,
    /// Whether keys are offered only of the suite that all know who keep to the contract (Teams Phone §6.8).
    pub is_narrow: bool,
}

impl Target {
    /// For whom the call was meant before, in the words of the far end.
    fn tell_diversions(&mut self, dial: &Dial, header: DiversionHeader) {
        let own_host = self.contact.host_with_port.host.to_string();
        self.headers.extend(history::headers(&dial.diversions, header, &own_host, &self.callee));
    }
}

/// All targets of a call, each reachable as far as we know.
pub(super) async fn find_targets(
    core: &Arc<Core>,
    leg: LegId,
    dial: &Dial,
    attempts: &mut Attempts,
) -> Result<Vec<Target>, EndCause> {
    match &dial.destination {
        Destination::Phone(user) => find_phones(core, *user, dial).await,
        Destination::Trunk { trunk, number } => {
            let hop = Hop::new(trunk.clone(), number.as_str());
            Ok(vec![find_trunk(core, &hop, dial, attempts).await?])
        }
        Destination::Gateways(hops) => Ok(vec![find_gateway(core, hops, dial, attempts).await?]),
        Destination::Emergency { hops, location, .. } => {
            Ok(vec![find_help(core, hops, *location, dial, attempts).await?])
        }
        Destination::Platform(number) => Ok(vec![find_ourselves(core, leg, number, dial).await?]),
    }
}

async fn find_phones(core: &Arc<Core>, user: UserId, dial: &Dial) -> Result<Vec<Target>, EndCause> {
    let mut targets = Vec::new();
    for (contact, address) in contacts(core, user).await {
        let Ok(callee) = Uri::try_from(contact.uri.as_str()) else { continue };
        let mut target = from_us(core, contact.transport, address.ip(), dial);
        target.headers = phone_headers(&dial.headers);
        target.callee = callee;
        target.destination = sip_addr(contact.transport, address);
        target.may_use_tcp = core.addresses.tcp.is_some() && address == contact.source;
        target.tell_diversions(dial, DiversionHeader::HistoryInfo);
        targets.push(target);
    }
    if targets.is_empty() { Err(EndCause::Unavailable) } else { Ok(targets) }
}

/// Where a user's phones are that can be reached. Those that stand in for the same client of a person belong
/// together.
pub(crate) async fn contacts(core: &Core, user: UserId) -> Vec<(Contact, SocketAddr)> {
    let (directory, now_us) = (core.exchanges.directory(), core.exchanges.unix_us());
    let users: Vec<UserId> = match directory.phone_of_user(user).and_then(|phone| phone.owner) {
        Some(owner) => directory.phones_of(owner.person, owner.persona).map(|phone| phone.user).collect(),
        None => vec![user],
    };
    let mut contacts = Vec::new();
    for contact in users.into_iter().flat_map(|user| core.bindings.of(user, now_us)) {
        if let Some(address) = reach(core, &contact).await {
            contacts.push((contact, address));
        }
    }
    contacts
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
    hop: &Hop,
    dial: &Dial,
    attempts: &mut Attempts,
) -> Result<Target, EndCause> {
    if core.trunks.is_down(&hop.trunk) {
        return Err(EndCause::Unreachable);
    }
    reach_next_host(core, hop, dial, attempts).await
}

/// The first gateway that is there; those that seem not to be are tried last.
async fn find_gateway(
    core: &Arc<Core>,
    hops: &[Hop],
    dial: &Dial,
    attempts: &mut Attempts,
) -> Result<Target, EndCause> {
    let (up, down): (Vec<_>, Vec<_>) = hops.iter().partition(|hop| !core.trunks.is_down(&hop.trunk));
    for hop in up.into_iter().chain(down) {
        if let Ok(target) = reach_next_host(core, hop, dial, attempts).await {
            return Ok(target);
        }
    }
    Err(EndCause::Unreachable)
}

/// A trunk at the first of its hosts that was not tried and is there.
async fn reach_next_host(
    core: &Arc<Core>,
    hop: &Hop,
    dial: &Dial,
    attempts: &mut Attempts,
) -> Result<Target, EndCause> {
    let directory = core.exchanges.directory();
    let trunk = directory.trunk(&hop.trunk).ok_or(EndCause::Unreachable)?;
    let failover = Failover::of(&directory, trunk);
    for host in hosts(trunk) {
        if attempts.has(&hop.trunk, host) {
            continue;
        }
        attempts.note(&hop.trunk, host);
        // Until it takes a connection it is as silent as it may be afterwards.
        let place = tokio::time::timeout(failover.after, Place::at(core, trunk, host)).await;
        if let Ok(Some(place)) = place {
            return Ok(Target { failover: Some(failover), ..target_at(core, trunk, &place, hop, dial) });
        }
        debug!(trunk.name = %hop.trunk, "gateway {} is out of reach at {host}, and the next one is tried", hop.trunk);
    }
    Err(EndCause::Unreachable)
}

/// The first trunk that is there; and when none seems to be, each is tried all the same.
async fn find_help(
    core: &Arc<Core>,
    hops: &[Hop],
    location: Option<ObjectId>,
    dial: &Dial,
    attempts: &mut Attempts,
) -> Result<Target, EndCause> {
    let directory = core.exchanges.directory();
    let (up, down): (Vec<_>, Vec<_>) = hops.iter().partition(|hop| !core.trunks.is_down(&hop.trunk));
    for hop in up.into_iter().chain(down) {
        if let Some(mut target) = reach_next_host_soon(core, hop, dial, attempts).await {
            // Help that is overheard is better than none.
            if target.encryption == MediaEncryption::Required {
                target.encryption = MediaEncryption::Preferred;
            }
            // RFC 3261 §20.26.
            target.headers.push(Header::Other("Priority".to_owned(), "emergency".to_owned()));
            let now_us = core.exchanges.unix_us();
            target.location = directory.trunk(&hop.trunk).and_then(|trunk| {
                location::Told::by(&directory, trunk, location, &dial.caller, &target.caller, now_us)
            });
            return Ok(target);
        }
    }
    Err(EndCause::Unreachable)
}

/// The same as [`reach_next_host`] for a call for help: a host that takes long to connect with is one that does not
/// answer.
async fn reach_next_host_soon(
    core: &Arc<Core>,
    hop: &Hop,
    dial: &Dial,
    attempts: &mut Attempts,
) -> Option<Target> {
    let directory = core.exchanges.directory();
    let trunk = directory.trunk(&hop.trunk)?;
    let (names, connects) = (HELP_LOOKS_UP * core.config.t1, HELP_CONNECTS * core.config.t1);
    for host in hosts(trunk) {
        if attempts.has(&hop.trunk, host) {
            continue;
        }
        attempts.note(&hop.trunk, host);
        if let Some(place) = Place::at_soon(core, trunk, host, names, connects).await {
            return Some(target_at(core, trunk, &place, hop, dial));
        }
        warn!(trunk.name = %hop.trunk, "a call for help cannot leave through trunk {} at {host}", hop.trunk);
    }
    None
}

/// What a trunk is sent that is reached at this place.
fn target_at(core: &Core, trunk: &Trunk, place: &Place, hop: &Hop, dial: &Dial) -> Target {
    let mut target = from_us(core, trunk.transport, place.address.ip(), dial);
    target.callee = place.uri(Some(&hop.called));
    if hop.called.starts_with('+') && trunk.pairing.is_by_name() {
        target.callee.params.push(Param::User("phone".into()));
    }
    target.contact = core.contact_for(trunk, place.address.ip());
    target.is_narrow = trunk.pairing.is_by_name();
    let number = number_toward(hop, &dial.caller);
    target.caller = caller_uri(target.contact.host_with_port.host.clone(), number);
    target.destination = place.destination();
    target.credential = credential(trunk);
    target.trunk = Some(hop.trunk.clone());
    target.may_use_tcp = core.addresses.tcp.is_some();
    target.encryption = trunk.media_encryption(trunk.transport);
    identify_caller(core, trunk, &mut target);
    target.tell_diversions(dial, trunk.dialect.diversion);
    target
}

/// Out of our socket and into it again.
async fn find_ourselves(
    core: &Arc<Core>,
    leg: LegId,
    number: &PhoneNumber,
    dial: &Dial,
) -> Result<Target, EndCause> {
    let (transport, bound) = match (core.addresses.udp, core.addresses.tcp) {
        (Some(udp), _) => (SipTransport::Udp, udp),
        (None, Some(tcp)) => (SipTransport::Tcp, tcp),
        (None, None) => return Err(EndCause::Unreachable),
    };
    let address = if bound.ip().is_unspecified() {
        let loopback: IpAddr = match bound {
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
    let mut target = from_us(core, transport, address.ip(), dial);
    target.callee = uri_at(Some(number.as_str()), transport, address.into());
    target.destination = sip_addr(transport, address);
    target.headers.push(Header::Other(HAIRPIN.to_owned(), core.hairpin.clone()));
    if !dial.headers.voip.is_empty() {
        core.legs.keep_voip(leg, dial.headers.voip.clone());
        target.headers.push(Header::Other(LEFT_BY.to_owned(), leg.to_string()));
    }
    // It does not leave the machine.
    target.encryption = MediaEncryption::None;
    target.tell_diversions(dial, DiversionHeader::HistoryInfo);
    Ok(target)
}

/// What is the same for all targets of a call; the callee is still missing.
fn from_us(core: &Core, transport: SipTransport, peer: IpAddr, dial: &Dial) -> Target {
    let contact = core.contact(transport, peer);
    Target {
        callee: contact.clone(),
        caller: caller_uri(
            core.own_address(transport, peer).ip().into(),
            dial.caller.number.as_ref().map(PhoneNumber::as_str),
        ),
        caller_name: caller_name(&dial.caller),
        destination: sip_addr(transport, core.own_address(transport, peer)),
        contact,
        headers: outgoing_headers(&dial.headers),
        credential: None,
        encryption: MediaEncryption::usual(transport),
        may_use_tcp: false,
        trunk: None,
        location: None,
        failover: None,
        is_narrow: false,
    }
}

/// The caller's number as a trunk wants it; that of an anonymous caller is nobody's business.
fn number_toward<'a>(hop: &'a Hop, caller: &'a Caller) -> Option<&'a str> {
    let number = caller.number.as_ref()?;
    Some(hop.calling.as_deref().unwrap_or(number.as_str()))
}

fn caller_uri(host: Host, number: Option<&str>) -> Uri {
    match number {
        Some(number) => {
            let mut uri = uri_at(Some(number), SipTransport::Udp, HostWithPort { host, port: None });
            uri.params.push(Param::User("phone".into()));
            uri
        }
        None => anonymous(),
    }
}

/// RFC 3323 §4.1.1.3.
fn anonymous() -> Uri {
    Uri {
        scheme: Some(Scheme::Sip),
        auth: Some(Auth { user: "anonymous".to_owned(), password: None }),
        host_with_port: Domain::from("anonymous.invalid").into(),
        params: Vec::new(),
        headers: Vec::new(),
    }
}

/// Quotation marks and line ends cannot be part of a quoted name.
fn caller_name(caller: &Caller) -> Option<String> {
    let name = caller.display_name.as_ref()?.expose();
    let safe = |character: &char| !character.is_control() && !matches!(character, '"' | '\\');
    let name: String = name.chars().filter(safe).take(128).collect();
    Some(name).filter(|name| !name.trim().is_empty())
}

/// RFC 3325: a trunk believes what we assert; a caller who withholds the number stays unnamed. A session border
/// controller of a customer is told by From alone, or by the assertion alone, as its owner has it (contract: Teams
/// Phone §6.6).
fn identify_caller(core: &Core, trunk: &Trunk, target: &mut Target) {
    let is_hidden = target.caller == anonymous();
    let asserted = PAssertedIdentity::new(format!("<{}>", target.caller));
    let tells = match trunk.pairing.named_by {
        NamedBy::Operator => !is_hidden,
        NamedBy::Customer => !is_hidden && core.exchanges.directory().may_assert(trunk),
    };
    if tells {
        target.headers.push(Header::PAssertedIdentity(asserted));
    }
    let is_for_them_only = tells && trunk.pairing.named_by == NamedBy::Customer;
    if is_for_them_only {
        (target.caller, target.caller_name) = (anonymous(), None);
    }
    if is_hidden || is_for_them_only {
        target.headers.push(Header::Privacy(Privacy::new("id")));
    }
}
