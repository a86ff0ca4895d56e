//! Calls that arrive: from INVITE to answer.

mod early;
mod reliable;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError};

use call_engine::{Client, EndCause, Invitation, LegOutcome, LegReport, LegRequest, Origin};
use identifier::{CallId, LegId};
use redact::Pii;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TerminatedReason};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{HasHeaders, Header, HeadersExt, Method, Request, StatusCode};
use rsipstack::transaction::transaction::Transaction;
use sdp::{AcceptError, AnswerError};
use tenant::{MediaEncryption, SipTransport};
use tokio::sync::mpsc;
use tracing::{debug, info};

use crate::access_network;
use crate::cause::{outcome_of_status, rejection};
use crate::core::{Core, LegEnd};
use crate::dialog::{
    Agreed, Conversation, FarEnd, Flow, ReplacesError, Session, Terms, find_replaced, refusal_headers,
    wait_until,
};
use crate::guard::{Owner, Permit};
use crate::headers::{
    accepts_descriptions, allow, custom_headers, left_by, session_description, supported, voip_headers,
};
use crate::history;
use crate::identity::{Gatekeeper, Identified, Identity, warning};
use crate::inbound::early::Settled;
use crate::inbound::reliable::Reliable;
use crate::legs::{LegMessage, LegMessages};
use crate::preferred::preferred_identity;
use crate::trunk::credential;
use crate::uri::{address_of, name_and_uri, source_of, user_of};

const MAX_DIALLED: usize = 128;
/// What a caller asks right after its ACK waits for the library to have read that; more is refused.
const MOST_EARLY: usize = 8;

/// Why an INVITE is refused before anybody hears of it.
struct Refusal(StatusCode, Vec<Header>);

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self(status, Vec::new())
    }
}

/// Takes an INVITE outside of a dialog.
pub(crate) async fn begin(core: Arc<Core>, mut transaction: Transaction) {
    let refused = match invite(&core, &mut transaction) {
        Ok((inbound, messages, invitation)) => {
            inbound.start(transaction, messages, invitation);
            return;
        }
        Err(refused) => refused,
    };
    let Refusal(status, headers) = refused;
    if let Some(reason) = metered(&status) {
        meter::SIP_REFUSED.count([reason]);
    }
    if let Err(error) = transaction.reply_with(status, headers, None).await {
        debug!(%error, "an INVITE could not be refused");
    }
    // Until the refusal is acknowledged it has to be repeated.
    core.spawn_aside(async move { while transaction.receive().await.is_some() {} });
}

/// Why a call was refused, in a word for the operator's statistics; a challenge is no refusal.
fn metered(status: &StatusCode) -> Option<&'static str> {
    Some(match status.code() {
        401 | 407 => return None,
        400 => "malformed",
        403 => "stranger",
        404 => "not-found",
        406 | 415 | 422 | 488 => "not-acceptable",
        482 | 483 => "loop",
        503 => "total-limit",
        _ => "other",
    })
}

/// Decides whether the INVITE becomes a leg.
fn invite(
    core: &Arc<Core>,
    transaction: &mut Transaction,
) -> Result<(Inbound, LegMessages, Invitation), Refusal> {
    if core.is_stopping() {
        return Err(StatusCode::ServiceUnavailable.into());
    }
    let (transport, source) =
        transaction.connection.as_ref().and_then(source_of).ok_or(StatusCode::BadRequest)?;
    let request = &transaction.original;
    core.gate.taken(&transaction.key);
    let identity = identify(core, request, (transport, source))?;
    if !accepts_descriptions(request) {
        return Err(StatusCode::NotAcceptable.into());
    }
    let timer = Agreed::with_request(request.headers(), &core.config.session_timers).map_err(|_| {
        let headers = refusal_headers(&core.config.session_timers);
        Refusal(StatusCode::SessionIntervalTooSmall, headers)
    })?;
    let owner = core.gate.owner(request, &identity.origin, source.ip());
    let permit = core.gate.admission.admit(&owner).map_err(|_| StatusCode::ServiceUnavailable)?;
    let encryption = core.media_encryption(&identity.origin, transport);
    let offer = read_offer(request, encryption, transport)?;
    let invitation = read_invitation(core, request, identity, source.ip())?;

    let leg = core.exchanges.new_leg();
    let needs_help = owner == Owner::Help;
    let messages = core.add_leg(leg, owner).ok_or(StatusCode::ServiceUnavailable)?;
    if needs_help {
        core.legs.note_call_for_help(leg);
    }
    let (state_sender, states) = mpsc::unbounded_channel();
    let contact = match core.trunk_of(&invitation.origin) {
        Some(trunk) if trunk.transport == transport => core.contact_for(&trunk, source.ip()),
        Some(_) | None => core.contact(transport, source.ip()),
    };
    let contact = Some(contact);
    let credential = own_credential(core, &invitation.origin);
    if credential.is_some() {
        core.legs.add_credentials(leg);
    }
    let dialog = core.dialogs.get_or_create_server_invite(transaction, state_sender, credential, contact);
    let Ok(dialog) = dialog else {
        core.legs.remove(leg);
        return Err(StatusCode::BadRequest.into());
    };
    core.legs.add_dialog(leg, dialog.id());
    let seed = core.entropy.lock().unwrap_or_else(PoisonError::into_inner).next_u64() as u32;
    let reliable = Reliable::for_invite(&dialog.initial_request(), seed);
    let inbound = Inbound {
        core: Arc::clone(core),
        leg,
        dialog,
        media_peer: offer.as_deref().and_then(media_address).unwrap_or(source.ip()),
        flow: (transport, source),
        encryption,
        offer,
        timer,
        reliable,
        early: None,
        settled: Settled::No,
        answer_for: None,
        permit: Some(permit),
        states,
    };
    Ok((inbound, messages, invitation))
}

/// What we answer to a challenge of whoever calls.
fn own_credential(core: &Core, origin: &Origin) -> Option<Credential> {
    let Origin::Trunk(name) = origin else { return None };
    core.exchanges.directory().trunk(name).and_then(credential)
}

fn identify(
    core: &Core,
    request: &Request,
    (transport, source): (SipTransport, SocketAddr),
) -> Result<Identity, Refusal> {
    let directory = core.exchanges.directory();
    let now_us = core.exchanges.unix_us();
    let gatekeeper = Gatekeeper {
        directory: &directory,
        authenticator: &core.authenticator,
        hairpin: &core.hairpin,
        strangers: core.config.strangers,
        now_us,
    };
    let names = core.streams.names(transport, source);
    match gatekeeper.identify_certified(request, source, &names) {
        Identified::As(identity) => Ok(*identity),
        Identified::Challenge { stale } => {
            let challenges = core.authenticator.challenges(source.ip(), now_us, stale);
            Err(Refusal(StatusCode::Unauthorized, challenges))
        }
        Identified::Refused => Err(StatusCode::Forbidden.into()),
        Identified::Unpaired(error) => Err(Refusal(StatusCode::Forbidden, vec![warning(&error)])),
    }
}

/// The offer, if there is one; it can be answered.
fn read_offer(
    request: &Request,
    encryption: MediaEncryption,
    transport: SipTransport,
) -> Result<Option<Vec<u8>>, Refusal> {
    if request.body.is_empty() {
        return Ok(None);
    }
    let kind = request.headers().iter().find_map(|header| match header {
        Header::ContentType(value) => {
            Some(value.value().split(';').next().unwrap_or_default().trim().to_owned())
        }
        _ => None,
    });
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/sdp")) {
        let accept = Header::Accept("application/sdp".into());
        return Err(Refusal(StatusCode::UnsupportedMediaType, vec![accept]));
    }
    match Session::can_answer(&request.body, encryption, transport) {
        Ok(()) => Ok(Some(request.body.clone())),
        Err(AnswerError::Unreadable(_)) => Err(StatusCode::BadRequest.into()),
        Err(AnswerError::NothingInCommon) => Err(StatusCode::NotAcceptableHere.into()),
        Err(error @ (AnswerError::NotEncrypted | AnswerError::Encrypted)) => {
            info!(%error, ?transport, ?encryption, "an INVITE is refused: cannot {error}");
            // RFC 3261 §20.43, for whoever looks for the reason at the far end.
            let warning = format!("399 ringdown \"cannot {error}\"");
            Err(Refusal(StatusCode::NotAcceptableHere, vec![Header::Other("Warning".to_owned(), warning)]))
        }
    }
}

/// The first address that a description names.
fn media_address(description: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(description).ok()?;
    text.lines()
        .find_map(|line| line.trim_end().strip_prefix("c=IN IP")?.split([' ', '/']).nth(1)?.parse().ok())
}

/// Where a phone that has authenticated is; nobody asks that of others.
pub(crate) fn client(request: &Request, origin: &Origin, source: IpAddr) -> Client {
    let Origin::Phone(_) = origin else { return Client::default() };
    let contact = request.contact_header().ok().and_then(|contact| name_and_uri(contact.value()));
    let named = contact.and_then(|(_, uri)| address_of(&uri)).map(|address| address.ip());
    Client {
        address: Some(named.unwrap_or(source)),
        seen_from: Some(source),
        ..access_network::read(request)
    }
}

fn read_invitation(
    core: &Core,
    request: &Request,
    identity: Identity,
    source: IpAddr,
) -> Result<Invitation, Refusal> {
    let dialled = dialled(core, request, &identity.origin).filter(|user| !user.is_empty());
    let dialled = dialled.ok_or(StatusCode::NotFound)?;
    if dialled.len() > MAX_DIALLED {
        return Err(StatusCode::NotFound.into());
    }
    let replaces = request.headers().iter().find_map(|header| match header {
        Header::Replaces(value) => Some(find_replaced(&core.legs, value.value())),
        _ => None,
    });
    let replaces = replaces.transpose().map_err(|error| match error {
        ReplacesError::Malformed => StatusCode::BadRequest,
        ReplacesError::NoSuchDialog => StatusCode::CallTransactionDoesNotExist,
    })?;
    // What phones and strangers say of others is not believed.
    let diversions = match &identity.origin {
        Origin::Trunk(_) | Origin::Platform => history::read(request),
        Origin::Phone(_) | Origin::Stranger => Vec::new(),
    };
    // Others have no identities here among which they could choose.
    let preferred = match &identity.origin {
        Origin::Phone(_) => preferred_identity(request),
        Origin::Trunk(_) | Origin::Platform | Origin::Stranger => None,
    };
    let mut headers = custom_headers(request.headers());
    headers.voip = match &identity.origin {
        Origin::Phone(_) => voip_headers(request.headers()),
        Origin::Platform => {
            left_by(request.headers()).and_then(|leg| core.legs.voip_of(leg)).unwrap_or_default()
        }
        Origin::Trunk(_) | Origin::Stranger => Vec::new(),
    };
    Ok(Invitation {
        client: client(request, &identity.origin, source),
        origin: identity.origin,
        from: identity.from,
        preferred,
        display_name: identity.display_name,
        dialled: Pii::new(dialled.into()),
        headers,
        diversions,
        replaces,
    })
}

/// The user part of the Request-URI. A trunk that we registered with sends calls to our Contact:
/// then the number is in To.
fn dialled(core: &Core, request: &Request, origin: &Origin) -> Option<String> {
    let user = user_of(&request.uri)?;
    let Origin::Trunk(name) = origin else { return Some(user) };
    let directory = core.exchanges.directory();
    let account = directory.trunk(name).and_then(|trunk| trunk.account.as_ref());
    if account.is_none_or(|account| !account.registers || *account.username != *user) {
        return Some(user);
    }
    let to = request.to_header().ok().and_then(|to| name_and_uri(to.value()));
    to.and_then(|(_, uri)| user_of(&uri))
}

/// Our description for the caller.
struct Described {
    session: Session,
    text: String,
    /// The caller offered to be held.
    change: Option<LegReport>,
}

/// A leg whose caller waits.
struct Inbound {
    core: Arc<Core>,
    leg: LegId,
    dialog: InviteDialog,
    offer: Option<Vec<u8>>,
    /// Where its sound comes from, as far as is known.
    media_peer: IpAddr,
    /// Where its signaling comes from.
    flow: Flow,
    /// Whether sound is encrypted.
    encryption: MediaEncryption,
    /// What is agreed about the session's timer, once we answer.
    timer: Option<Agreed>,
    /// What the caller is told and wants to be sure of.
    reliable: Reliable,
    /// What the caller was told before the answer, so that sound could flow.
    early: Option<Described>,
    settled: Settled,
    /// The engine has answered for this call, and the caller is not ready for it.
    answer_for: Option<CallId>,
    /// A place among the calls that wait; given back with the answer.
    permit: Option<Permit>,
    states: DialogStateReceiver,
}

impl Inbound {
    fn start(self, mut transaction: Transaction, mut messages: LegMessages, invitation: Invitation) {
        let core = Arc::clone(&self.core);
        let mut driver = self.dialog.clone();
        core.spawn_aside(async move {
            if let Err(error) = driver.handle(&mut transaction).await {
                debug!(%error, "an INVITE could not be followed to its end");
            }
        });
        let taken = core.exchanges.invite(self.leg, invitation);
        core.clone().spawn(async move {
            let mut end = LegEnd::new(Arc::clone(&self.core), self.leg, "inbound");
            end.outcome = if taken {
                self.run(&mut messages).await
            } else {
                self.refuse(StatusCode::ServiceUnavailable, EndCause::Overloaded)
            };
        });
    }

    async fn run(mut self, messages: &mut LegMessages) -> LegOutcome {
        let (mut session, held) = match self.wait_for_decision(messages).await {
            Ok(answered) => answered,
            Err(outcome) => return outcome,
        };
        self.permit = None;
        match self.wait_for_ack(messages, &mut session, held).await {
            Ok(()) => {}
            Err(outcome) => return outcome,
        }
        let Self { core, leg, dialog, mut states, timer, flow, .. } = self;
        let terms = Terms::of_request(&dialog.initial_request(), timer, flow);
        Conversation::new(core, leg, dialog, session, terms).run(messages, &mut states).await
    }

    /// Rings until the engine answers or refuses, or the caller gives up.
    async fn wait_for_decision(
        &mut self,
        messages: &mut LegMessages,
    ) -> Result<(Session, Option<LegReport>), LegOutcome> {
        loop {
            tokio::select! {
                // A BYE says more than that the dialog is over.
                biased;
                message = messages.recv() => match message {
                    Some(LegMessage::Request(call, LegRequest::Answer)) => self.answer_for = Some(call),
                    Some(LegMessage::Request(call, LegRequest::Ring)) => self.ring(call)?,
                    Some(LegMessage::Request(call, LegRequest::Progress)) => self.progress(call)?,
                    Some(LegMessage::Request(_, LegRequest::Reject(reason))) => {
                        let (status, cause) = rejection(reason);
                        return Err(self.refuse(status, cause));
                    }
                    Some(LegMessage::Request(_, LegRequest::Hangup | LegRequest::Dismiss)) => {
                        return Err(self.refuse(StatusCode::TemporarilyUnavailable, EndCause::HungUp));
                    }
                    Some(LegMessage::Request(
                        _,
                        LegRequest::Dial(_)
                        | LegRequest::TransferProgress(_)
                        | LegRequest::Divert(_)
                        | LegRequest::Refer(_)
                        | LegRequest::Tell(_),
                    )) => {}
                    Some(LegMessage::InDialog(transaction)) => self.on_request(*transaction)?,
                    Some(LegMessage::Bye { q850, .. }) => {
                        self.forget();
                        return Err(LegOutcome { q850, ..LegOutcome::local(EndCause::Canceled) });
                    }
                    Some(LegMessage::Ack(_) | LegMessage::Acknowledged(_) | LegMessage::Refreshed(_) | LegMessage::Referred(_)) => {}
                    None => return Err(self.refuse(StatusCode::ServiceUnavailable, EndCause::Overloaded)),
                },
                Some(state) = self.states.recv() => if let Some(outcome) = self.ended_early(&state) {
                    return Err(outcome);
                },
                () = wait_until(self.reliable.due()) => self.repeat()?,
            }
            if let Some(call) = self.answer_for
                && !self.reliable.holds_answer()
            {
                return self.answer(call);
            }
        }
    }

    fn describe(&mut self, call: CallId) -> Result<Described, LegOutcome> {
        if let Some(early) = self.early.take() {
            return Ok(early);
        }
        let Ok(local) = self.core.media.open(call, self.leg, self.media_peer) else {
            return Err(self.refuse(StatusCode::ServiceUnavailable, EndCause::Overloaded));
        };
        let mut session = self.core.session(self.leg, local.address);
        session.signaled_from(self.flow.1.ip());
        session.encrypt(self.encryption, self.flow.0);
        let (text, change) = match &self.offer {
            None => (session.offer(), None),
            Some(offer) => match session.answer(offer) {
                Ok(answered) => answered,
                Err(_) => return Err(self.refuse(StatusCode::NotAcceptableHere, EndCause::NotAcceptable)),
            },
        };
        Ok(Described { session, text, change })
    }

    fn answer(&mut self, call: CallId) -> Result<(Session, Option<LegReport>), LegOutcome> {
        let Described { session, text, change } = self.describe(call)?;
        self.reliable.close();
        let mut headers = vec![allow(), supported()];
        headers.extend(self.timer.into_iter().flat_map(Agreed::answer_headers));
        // RFC 6337 §2: what both have agreed on is not said again.
        let body = (self.settled != Settled::Agreed).then(|| text.into_bytes());
        headers.extend(body.as_ref().map(|_| session_description()));
        if let Ok(sequence) = self.dialog.initial_request().cseq_header().and_then(|cseq| cseq.seq()) {
            self.core.legs.await_ack(self.leg, sequence);
        }
        if self.dialog.accept(Some(headers), body).is_err() {
            // The transaction is over: a CANCEL was faster.
            self.forget();
            return Err(canceled());
        }
        if let Some(took) = meter::ANSWERING.stop(self.leg.as_u128()) {
            meter::ANSWER.took([], took);
        }
        Ok((session, change))
    }

    /// Waits until our answer has arrived; an INVITE without an offer has its answer there.
    async fn wait_for_ack(
        &mut self,
        messages: &mut LegMessages,
        session: &mut Session,
        held: Option<LegReport>,
    ) -> Result<(), LegOutcome> {
        let mut acknowledged = None;
        let mut early = Vec::new();
        loop {
            tokio::select! {
                // What the far end said before a BYE is heard before it.
                biased;
                message = messages.recv() => match message {
                    Some(LegMessage::Request(_, LegRequest::Hangup | LegRequest::Dismiss)) => {
                        self.hang_up_after_ack();
                        return Err(LegOutcome::local(EndCause::HungUp));
                    }
                    Some(
                        LegMessage::Request(..)
                        | LegMessage::Acknowledged(_)
                        | LegMessage::Refreshed(_)
                        | LegMessage::Referred(_),
                    ) => {}
                    // It knows of our answer, and the library says so in a moment.
                    Some(LegMessage::InDialog(transaction))
                        if acknowledged.is_some()
                            && early.len() < MOST_EARLY
                            && transaction.original.method != Method::PRack =>
                    {
                        early.push(transaction);
                    }
                    Some(LegMessage::InDialog(transaction)) => self.on_request(*transaction)?,
                    Some(LegMessage::Ack(body)) => acknowledged = Some(body),
                    Some(LegMessage::Bye { q850, .. }) => {
                        self.forget();
                        if let Some(body) = &acknowledged
                            && let Err(error) = self.connected(session, held, body)
                        {
                            debug!(leg.id = %self.leg, %error, "cannot {error}");
                        }
                        return Err(LegOutcome { q850, ..LegOutcome::local(EndCause::HungUp) });
                    }
                    None => {
                        self.hang_up_after_ack();
                        return Err(LegOutcome::local(EndCause::Overloaded));
                    }
                },
                Some(state) = self.states.recv() => {
                    if let Some(outcome) = self.ended_early(&state) {
                        return Err(outcome);
                    }
                    if !matches!(state, DialogState::Confirmed(..)) {
                        continue;
                    }
                    let body = acknowledged.or_else(|| self.dialog.last_remote_ack().map(|ack| ack.body));
                    self.connected(session, held, &body.unwrap_or_default()).map_err(|error| {
                        debug!(leg.id = %self.leg, %error, "cannot {error}");
                        self.take_leave();
                        LegOutcome::local(EndCause::NotAcceptable)
                    })?;
                    for transaction in early {
                        self.core.legs.send(self.leg, LegMessage::InDialog(transaction));
                    }
                    return Ok(());
                }
            }
        }
    }

    /// The caller has our answer; an INVITE without an offer is answered in its ACK.
    fn connected(
        &self,
        session: &mut Session,
        mut held: Option<LegReport>,
        ack: &[u8],
    ) -> Result<(), AcceptError> {
        if self.offer.is_none() && self.settled != Settled::Agreed {
            held = session.accept(ack)?;
        }
        self.core.report(self.leg, LegReport::Answered);
        if let Some(held) = held {
            self.core.report(self.leg, held);
        }
        Ok(())
    }

    fn take_leave(&self) {
        let far_end = self.far_end();
        self.core.spawn(async move { far_end.bye().await });
    }

    fn far_end(&self) -> FarEnd {
        FarEnd::new(Arc::clone(&self.core), self.dialog.clone(), self.flow)
    }

    /// RFC 3261 §15: a callee says goodbye only after the ACK, or after waiting for it in vain.
    fn hang_up_after_ack(&mut self) {
        let (core, dialog, far_end) = (Arc::clone(&self.core), self.dialog.clone(), self.far_end());
        let (_, replacement) = mpsc::unbounded_channel();
        let mut states = std::mem::replace(&mut self.states, replacement);
        self.core.spawn(async move {
            while let Some(state) = states.recv().await {
                match state {
                    DialogState::Confirmed(..) => {
                        far_end.bye().await;
                        break;
                    }
                    // The library has said goodbye, or has heard it.
                    DialogState::Terminated(..) => break,
                    _ => {}
                }
            }
            core.dialogs.remove_dialog(&dialog.id());
        });
    }

    fn ended_early(&self, state: &DialogState) -> Option<LegOutcome> {
        let DialogState::Terminated(_, reason) = state else { return None };
        self.forget();
        Some(match reason {
            TerminatedReason::UacCancel => canceled(),
            TerminatedReason::UacBye | TerminatedReason::UasBye => LegOutcome::local(EndCause::HungUp),
            _ => LegOutcome::local(EndCause::Unreachable),
        })
    }

    fn refuse(&self, status: StatusCode, cause: EndCause) -> LegOutcome {
        let outcome = outcome_of_status(cause, &status);
        if let Err(error) = self.dialog.reject(Some(status), None) {
            debug!(leg.id = %self.leg, %error, "a call could not be refused");
        }
        self.forget();
        outcome
    }

    fn forget(&self) {
        self.core.dialogs.remove_dialog(&self.dialog.id());
    }
}

fn canceled() -> LegOutcome {
    outcome_of_status(EndCause::Canceled, &StatusCode::RequestTerminated)
}
