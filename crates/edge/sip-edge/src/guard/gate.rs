//! The gate: which requests the SIP library is shown at all.
//!
//! A request that is let in costs memory for half a minute. So whoever has proved nothing is answered
//! without keeping anything (RFC 3261 §8.2.7), and calls for which there is no room are refused here.
//! The same sender asking again gets the same answer, and its ACK is passed over.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use call_engine::{Client, Origin};
use dial_plan::{Circumstances, Principal};
use identifier::{TrunkName, UserId};
use rsipstack::dialog::DialogId;
use rsipstack::sip::{HasHeaders, Header, HeadersExt, Method, Request, SipMessage};
use rsipstack::transaction::endpoint::EndpointInner;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use switchboard::Station;
use tenant::{Directory, PairingError};
use tracing::{debug, info};

use super::admission::{Admission, Owner, Shortage, network};
use super::allowance::Allowance;
use super::inspection::{Framing, Verdict, inspect};
use super::overload::Overload;
use super::refusal::{REFUSED_TAG, refusal};
use crate::config::SipLimits;
use crate::digest::{Authenticator, Credentials, Verdict as Proof};
use crate::identity::{Gatekeeper, Identified, has_credentials, paired, warning};
use crate::inbound::client;
use crate::legs::Legs;
use crate::neighbor::Exchanges;
use crate::uri::{name_and_uri, user_of};

/// So many sources are remembered, and so many guesses at passwords.
const SOURCES: usize = 65_536;
/// Messages of all unknown sources together that are answered in a second.
const UNKNOWN_IN_TOTAL: u32 = 2_000;
/// Who has authenticated is known for this long, in microseconds: as long as a registration lasts.
const KNOWN_US: i64 = 3_600_000_000;
/// What was let in and never looked at is forgotten after this time, in microseconds.
const FORGET_US: i64 = 10_000_000;
/// RFC 3261 §17.1.1.1, T1: an exchange that is further behind makes callers repeat themselves.
const BEHIND: Duration = Duration::from_millis(500);

const RETRY_AFTER_S: u32 = 5;
/// The same when we are late: that is over within moments, and who waits longer leaves us idle.
const RETRY_WHEN_LATE_S: u32 = 1;
const UNAVAILABLE: &str = "503 Service Unavailable";

/// Where a message came from, and the names in the certificate that was shown there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub address: SocketAddr,
    pub names: &'a [Box<str>],
}

/// Stands before the library.
pub(crate) struct Gate {
    exchanges: Arc<dyn Exchanges>,
    authenticator: Arc<Authenticator>,
    hairpin: String,
    strangers: bool,
    limits: SipLimits,
    pub admission: Arc<Admission>,
    pub overload: Overload,
    legs: Arc<Legs>,
    unknown: Allowance<IpAddr>,
    unknown_in_total: Allowance<()>,
    guesses: Guesses,
    /// The same in calls for help: whoever uses up the others does not keep a phone from calling for help.
    guesses_for_help: Guesses,
    /// What the log is told of those who are not who they seem to be.
    told: Allowance<()>,
    known: Mutex<HashMap<IpAddr, i64>>,
    /// Calls that were let in and that nobody has looked at yet.
    pending: Mutex<HashMap<TransactionKey, i64>>,
    /// Set once there is one.
    endpoint: OnceLock<Weak<EndpointInner>>,
}

/// What becomes of a sound request.
enum Decision {
    Pass,
    Drop,
    Refuse {
        status: &'static str,
        headers: Vec<Header>,
        /// Also to somebody whom nobody knows and who asks too often.
        always: bool,
    },
}

fn refuse(status: &'static str) -> Decision {
    Decision::Refuse { status, headers: Vec::new(), always: false }
}

impl Gate {
    pub fn new(
        exchanges: Arc<dyn Exchanges>,
        authenticator: Arc<Authenticator>,
        hairpin: String,
        strangers: bool,
        limits: SipLimits,
        legs: Arc<Legs>,
        overload: Overload,
    ) -> Self {
        let unknown = limits.unknown_per_second;
        let guesses = limits.guesses_per_minute;
        Self {
            exchanges,
            authenticator,
            hairpin,
            strangers,
            limits,
            admission: Arc::new(Admission::new(limits)),
            overload,
            legs,
            unknown: Allowance::new(f64::from(unknown), unknown.saturating_mul(2), SOURCES),
            unknown_in_total: Allowance::new(f64::from(UNKNOWN_IN_TOTAL), UNKNOWN_IN_TOTAL, 1),
            guesses: Allowance::new(f64::from(guesses) / 60.0, guesses, SOURCES),
            guesses_for_help: Allowance::new(f64::from(guesses) / 60.0, guesses, SOURCES),
            told: Allowance::new(1.0, 1, 1),
            known: Mutex::default(),
            pending: Mutex::default(),
            endpoint: OnceLock::new(),
        }
    }

    /// Whose transactions are looked up.
    pub fn stand_before(&self, endpoint: &Arc<EndpointInner>) {
        // There is one endpoint; whoever says it again says the same.
        let _ = self.endpoint.set(Arc::downgrade(endpoint));
    }

    /// Who has shown a certificate of ours and is somebody else is worth a line, once a second: they could fill the
    /// log as well as strangers could.
    fn refuse_unpaired(&self, error: &PairingError, source: Source<'_>, now_us: i64) -> Decision {
        let peer = source.address;
        match !source.names.is_empty() && self.told.take(&(), now_us) {
            false => debug!(%peer, %error, "a request is refused: {error}"),
            true => info!(%peer, %error, names = source.names.join(" "), "a request is refused: {error}"),
        }
        Decision::Refuse { status: "403 Forbidden", headers: vec![warning(error)], always: false }
    }

    /// Judges one message.
    pub fn judge(&self, bytes: &[u8], framing: Framing, source: Source<'_>) -> Verdict {
        let now_us = self.exchanges.unix_us();
        let message = match inspect(bytes, framing, source.address) {
            Verdict::Pass(message) => message,
            Verdict::Answer(answer) if self.may_answer(source, now_us) => {
                meter::SIP_MALFORMED.count(["answered"]);
                return Verdict::Answer(answer);
            }
            Verdict::Answer(_) | Verdict::Drop => {
                // Empty lines keep an address translation open, and are no message.
                if bytes.iter().any(|byte| !matches!(byte, b'\r' | b'\n' | 0)) {
                    meter::SIP_MALFORMED.count(["dropped"]);
                }
                return Verdict::Drop;
            }
        };
        match self.decide(&message, source, now_us) {
            Decision::Pass => Verdict::Pass(message),
            Decision::Drop => Verdict::Drop,
            Decision::Refuse { status, headers, always } => {
                if !always && !self.may_answer(source, now_us) {
                    return Verdict::Drop;
                }
                refusal(&message, source.address, status, &headers).map_or(Verdict::Drop, Verdict::Answer)
            }
        }
    }

    /// A phone has proved at this address who it is; what comes from there later is taken seriously.
    pub fn remember(&self, source: IpAddr, now_us: i64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= SOURCES {
            known.retain(|_, until_us| *until_us > now_us);
        }
        if known.len() < SOURCES {
            known.insert(network(source), now_us + KNOWN_US);
        }
    }

    /// Somebody looks at a call that was let in.
    pub fn taken(&self, transaction: &TransactionKey) {
        let Some(since_us) = self.pending().remove(transaction) else { return };
        let waited_us = self.exchanges.unix_us().saturating_sub(since_us).max(0);
        self.overload.note(Station::Signaling, Duration::from_micros(waited_us as u64));
    }

    /// Whose call this is.
    pub fn owner(&self, request: &Request, origin: &Origin, source: IpAddr) -> Owner {
        match origin {
            Origin::Phone(user) if self.calls_for_help(*user, request, origin, source) => Owner::Help,
            Origin::Phone(_) | Origin::Stranger => Owner::at(source),
            Origin::Trunk(name) => {
                let call_back = self.call_back(name, request);
                // Beyond those that have places of their own it is a call like others.
                let call_back = call_back.filter(|owner| self.admission.has_place(owner).is_ok());
                call_back.unwrap_or_else(|| Owner::Trunk(name.clone()))
            }
            Origin::Platform => Owner::Platform,
        }
    }

    fn calls_for_help(&self, user: UserId, request: &Request, origin: &Origin, source: IpAddr) -> bool {
        let there = client(request, origin, source);
        is_for_help(&self.exchanges.directory(), Some((user, there)), request)
    }

    /// Whose call this is when help calls back somebody who called for it.
    fn call_back(&self, trunk: &TrunkName, request: &Request) -> Option<Owner> {
        let (tenant, number) = self.exchanges.called_back(trunk, &user_of(&request.uri)?)?;
        Some(Owner::CallBack { trunk: trunk.clone(), tenant, number })
    }

    fn decide(&self, message: &[u8], source: Source<'_>, now_us: i64) -> Decision {
        // The library answers a CANCEL, and drops what it does not expect, without keeping anything.
        if message.starts_with(b"SIP/2.0 ") || message.starts_with(b"CANCEL ") {
            return Decision::Pass;
        }
        let Ok(SipMessage::Request(request)) = SipMessage::try_from(message) else { return Decision::Drop };
        let tag = request.to_header().ok().and_then(|to| to.tag().ok().flatten());
        if request.method == Method::Ack {
            let is_ours = tag.is_some_and(|tag| tag.value() == REFUSED_TAG);
            return if is_ours { Decision::Drop } else { Decision::Pass };
        }
        let key = TransactionKey::from_request(&request, TransactionRole::Server).ok();
        if key.as_ref().is_some_and(|key| self.is_in(key)) {
            return Decision::Pass;
        }
        if tag.is_some() {
            let dialog = DialogId::try_from((&request, TransactionRole::Server)).ok();
            let is_ours = dialog.is_some_and(|dialog| self.legs.of_message(&dialog).is_some());
            let passes = is_ours || self.knows(source, now_us);
            return if passes { Decision::Pass } else { refuse("481 Call/Transaction Does Not Exist") };
        }
        match (request.method, key) {
            (Method::Invite, Some(key)) => self.decide_call(&request, key, source, now_us),
            (Method::Register, Some(_)) => self.decide_registration(&request, source, now_us),
            (Method::Options, Some(_)) if self.may_answer(source, now_us) => {
                match paired(&self.exchanges.directory(), &request, source.names) {
                    Ok(_) => Decision::Pass,
                    Err(error) => self.refuse_unpaired(&error, source, now_us),
                }
            }
            _ if self.may_answer(source, now_us) => Decision::Pass,
            _ => Decision::Drop,
        }
    }

    fn decide_call(
        &self,
        request: &Request,
        key: TransactionKey,
        source: Source<'_>,
        now_us: i64,
    ) -> Decision {
        let directory = self.exchanges.directory();
        let needs_help = || claims_to_need_help(&directory, request, source.address.ip());
        if too_often(&self.guesses, request, source, now_us)
            && (!needs_help() || too_often(&self.guesses_for_help, request, source, now_us))
        {
            meter::SIP_REFUSED.count(["guessing"]);
            return refuse("403 Forbidden");
        }
        let identity = match self.gatekeeper(&directory, now_us).identify_certified(
            request,
            source.address,
            source.names,
        ) {
            Identified::As(identity) => identity,
            Identified::Challenge { stale } => {
                return self.challenge(source, now_us, stale, needs_help());
            }
            Identified::Refused => {
                let guesses = if needs_help() { &self.guesses_for_help } else { &self.guesses };
                note_guess(guesses, request, source, now_us);
                match has_credentials(request) {
                    true => meter::SIP_AUTHENTICATION_FAILURES.count(["INVITE"]),
                    false => meter::SIP_REFUSED.count(["stranger"]),
                }
                return refuse("403 Forbidden");
            }
            Identified::Unpaired(error) => {
                meter::SIP_REFUSED.count(["stranger"]);
                return self.refuse_unpaired(&error, source, now_us);
            }
        };
        if matches!(identity.origin, Origin::Phone(_)) {
            self.remember(source.address.ip(), now_us);
        }
        let owner = self.owner(request, &identity.origin, source.address.ip());
        match self.let_in(&owner, &directory, now_us) {
            Ok(()) => {
                self.pending().insert(key, now_us);
                Decision::Pass
            }
            Err(shortage) => {
                meter::SIP_REFUSED.count([shortage.metered()]);
                let retry_after_s =
                    if shortage == Shortage::Time { RETRY_WHEN_LATE_S } else { RETRY_AFTER_S };
                Decision::Refuse {
                    status: UNAVAILABLE,
                    headers: vec![Header::RetryAfter(retry_after_s.to_string().into())],
                    always: false,
                }
            }
        }
    }

    fn let_in(&self, owner: &Owner, directory: &Directory, now_us: i64) -> Result<(), Shortage> {
        let trunk = match owner {
            Owner::Trunk(name) | Owner::CallBack { trunk: name, .. } => {
                directory.trunk(name).map(|trunk| trunk.limits)
            }
            Owner::Source(_) | Owner::Help | Owner::Platform => None,
        };
        // Whoever needs help is let in, help that calls them back, and what a call in progress needs: it comes from
        // ourselves.
        let can_wait = !matches!(owner, Owner::Help | Owner::CallBack { .. } | Owner::Platform);
        if can_wait && self.is_behind(now_us) {
            return Err(Shortage::Time);
        }
        if !self.legs.has_room(owner, trunk.and_then(|limits| limits.calls)) {
            return Err(if trunk.is_some() { Shortage::Trunk } else { Shortage::Total });
        }
        self.admission.knock(owner, trunk, now_us)?;
        // Last, so that who is refused for another reason takes nobody's place.
        if can_wait && !self.overload.lets_in(now_us) { Err(Shortage::Time) } else { Ok(()) }
    }

    fn decide_registration(&self, request: &Request, source: Source<'_>, now_us: i64) -> Decision {
        if too_often(&self.guesses, request, source, now_us) {
            return refuse("403 Forbidden");
        }
        let directory = self.exchanges.directory();
        let to = request.to_header().ok().and_then(|to| name_and_uri(to.value()));
        let name = to.and_then(|(_, uri)| user_of(&uri)).unwrap_or_default();
        let phone = directory.phone(&name);
        match self.gatekeeper(&directory, now_us).authenticate(phone, request, source.address) {
            Proof::Accepted if phone.is_some() => {
                self.remember(source.address.ip(), now_us);
                Decision::Pass
            }
            Proof::Stale => {
                meter::SIP_REGISTRATIONS.count(["challenged"]);
                self.challenge(source, now_us, has_credentials(request), false)
            }
            Proof::Accepted | Proof::Rejected => {
                meter::SIP_REGISTRATIONS.count(["refused"]);
                meter::SIP_AUTHENTICATION_FAILURES.count(["REGISTER"]);
                note_guess(&self.guesses, request, source, now_us);
                refuse("403 Forbidden")
            }
        }
    }

    fn challenge(&self, source: Source<'_>, now_us: i64, stale: bool, always: bool) -> Decision {
        let headers = self.authenticator.challenges(source.address.ip(), now_us, stale);
        Decision::Refuse { status: "401 Unauthorized", headers, always }
    }

    /// Whether somebody is answered who may be nobody.
    fn may_answer(&self, source: Source<'_>, now_us: i64) -> bool {
        self.knows(source, now_us)
            || (self.unknown.take(&network(source.address.ip()), now_us)
                && self.unknown_in_total.take(&(), now_us))
    }

    /// Trunks, and phones that have authenticated.
    fn knows(&self, source: Source<'_>, now_us: i64) -> bool {
        let directory = self.exchanges.directory();
        let known = || {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(&network(source.address.ip())).is_some_and(|until_us| *until_us > now_us)
        };
        directory.trunk_at(source.address.ip()).is_some()
            || source.names.iter().any(|name| directory.trunk_certified_as(name).is_some())
            || known()
    }

    /// Whether the library has this transaction, or is about to.
    fn is_in(&self, key: &TransactionKey) -> bool {
        let in_library = || {
            let endpoint = self.endpoint.get().and_then(Weak::upgrade);
            endpoint.is_some_and(|endpoint| {
                endpoint.transactions.get(key).is_some() || endpoint.finished_transactions.get(key).is_some()
            })
        };
        self.pending().contains_key(key) || in_library()
    }

    /// Whether calls come faster than they are looked at.
    fn is_behind(&self, now_us: i64) -> bool {
        let mut pending = self.pending();
        if pending.len() >= self.limits.backlog {
            pending.retain(|_, since_us| now_us - *since_us < FORGET_US);
        }
        pending.len() >= self.limits.backlog || self.exchanges.lag() > BEHIND
    }

    fn gatekeeper<'a>(&'a self, directory: &'a Directory, now_us: i64) -> Gatekeeper<'a> {
        Gatekeeper {
            directory,
            authenticator: &self.authenticator,
            hairpin: &self.hairpin,
            strangers: self.strangers,
            now_us,
        }
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, HashMap<TransactionKey, i64>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Guesses = Allowance<(IpAddr, String)>;

/// A guess counts only where a fresh challenge went, so nobody can use up what is somebody else's.
fn too_often(guesses: &Guesses, request: &Request, source: Source<'_>, now_us: i64) -> bool {
    let guess = claimed_name(request).map(|name| (network(source.address.ip()), name));
    guess.is_some_and(|guess| !guesses.has(&guess, now_us))
}

fn note_guess(guesses: &Guesses, request: &Request, source: Source<'_>, now_us: i64) {
    if let Some(name) = claimed_name(request) {
        guesses.take(&(network(source.address.ip()), name), now_us);
    }
}

/// Whether it would be a call for help if it came from the phone that From names, which nobody has proved yet.
fn claims_to_need_help(directory: &Directory, request: &Request, source: IpAddr) -> bool {
    let from = request.from_header().ok().and_then(|from| name_and_uri(from.value()));
    let phone = from.and_then(|(_, uri)| directory.phone(&user_of(&uri)?));
    let claimed = phone.map(|phone| (phone.user, client(request, &Origin::Phone(phone.user), source)));
    is_for_help(directory, None, request)
        || claimed.is_some_and(|claimed| is_for_help(directory, Some(claimed), request))
}

/// Whether what is dialled calls for help; only a phone's call then does. What a company's policies say of that is
/// known once the phone is.
fn is_for_help(directory: &Directory, phone: Option<(UserId, Client)>, request: &Request) -> bool {
    user_of(&request.uri).is_some_and(|dialled| match phone {
        Some((phone, client)) => {
            let there = Circumstances::at(client.address, client.seen_from);
            dial_plan::help_dialled(directory, Principal::Phone(phone), &dialled, &there)
                .is_some_and(|help| !help.is_test)
        }
        None => directory.emergency_number(&dialled).is_some(),
    })
}

/// Whose password somebody claims to know.
fn claimed_name(request: &Request) -> Option<String> {
    let credentials = request.headers().iter().find_map(|header| match header {
        Header::Authorization(value) => Credentials::parse(value.value()),
        Header::ProxyAuthorization(value) => Credentials::parse(value.value()),
        _ => None,
    });
    credentials.map(|credentials| credentials.username.chars().take(64).collect())
}
