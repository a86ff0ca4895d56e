//! Calls that arrive: from INVITE to answer.

mod reliable;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use call_engine::{EndCause, Invitation, LegOutcome, LegReport, LegRequest, Origin};
use identifier::{CallId, LegId};
use redact::Pii;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TerminatedReason};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{HasHeaders, Header, HeadersExt, Method, Request, StatusCode};
use rsipstack::transaction::transaction::Transaction;
use sdp::AnswerError;
use tokio::sync::mpsc;
use tracing::debug;

use crate::cause::{outcome_of_status, rejection};
use crate::core::{Core, LegEnd};
use crate::dialog::{
    Agreed, Conversation, ReplacesError, Session, Terms, find_replaced, refusal_headers, reply_early,
    wait_until,
};
use crate::guard::Permit;
use crate::headers::{accepts_descriptions, allow, custom_headers, requires, session_description, supported};
use crate::identity::{Gatekeeper, Identified, Identity};
use crate::inbound::reliable::{Next, Reliable};
use crate::legs::LegMessage;
use crate::uri::{name_and_uri, source_of, user_of};

const MAX_DIALLED: usize = 128;

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
    if let Err(error) = transaction.reply_with(status, headers, None).await {
        debug!(%error, "an INVITE could not be refused");
    }
    // Until the refusal is acknowledged it has to be repeated.
    core.spawn_aside(async move { while transaction.receive().await.is_some() {} });
}

/// Decides whether the INVITE becomes a leg.
fn invite(
    core: &Arc<Core>,
    transaction: &mut Transaction,
) -> Result<(Inbound, mpsc::Receiver<LegMessage>, Invitation), Refusal> {
    if core.is_stopping() {
        return Err(StatusCode::ServiceUnavailable.into());
    }
    let (transport, source) =
        transaction.connection.as_ref().and_then(source_of).ok_or(StatusCode::BadRequest)?;
    let request = &transaction.original;
    let identity = identify(core, request, source)?;
    if !accepts_descriptions(request) {
        return Err(StatusCode::NotAcceptable.into());
    }
    let timer = Agreed::with_request(request.headers(), &core.config.session_timers).map_err(|_| {
        let headers = refusal_headers(&core.config.session_timers);
        Refusal(StatusCode::SessionIntervalTooSmall, headers)
    })?;
    let permit = core.admission.admit(source.ip()).ok_or(StatusCode::ServiceUnavailable)?;
    let offer = read_offer(request)?;
    let invitation = read_invitation(core, request, identity)?;

    let leg = core.exchanges.new_leg();
    let messages = core.legs.add(leg).ok_or(StatusCode::ServiceUnavailable)?;
    let (state_sender, states) = mpsc::unbounded_channel();
    let contact = Some(core.contact(transport));
    let dialog = core.dialogs.get_or_create_server_invite(transaction, state_sender, None, contact);
    let Ok(dialog) = dialog else {
        core.legs.remove(leg);
        return Err(StatusCode::BadRequest.into());
    };
    core.legs.add_dialog(leg, dialog.id());
    let inbound = Inbound {
        core: Arc::clone(core),
        leg,
        dialog,
        offer,
        timer,
        reliable: None,
        early: None,
        permit: Some(permit),
        states,
    };
    Ok((inbound, messages, invitation))
}

fn identify(core: &Core, request: &Request, source: SocketAddr) -> Result<Identity, Refusal> {
    let directory = core.exchanges.directory();
    let now_us = core.exchanges.unix_us();
    let gatekeeper = Gatekeeper {
        directory: &directory,
        authenticator: &core.authenticator,
        hairpin: &core.hairpin,
        strangers: core.config.strangers,
        now_us,
    };
    match gatekeeper.identify(request, source) {
        Identified::As(identity) => Ok(*identity),
        Identified::Challenge { stale } => {
            let challenges = core.authenticator.challenges(source.ip(), now_us, stale);
            Err(Refusal(StatusCode::Unauthorized, challenges))
        }
        Identified::Refused => Err(StatusCode::Forbidden.into()),
    }
}

/// The offer, if there is one; it can be answered.
fn read_offer(request: &Request) -> Result<Option<Vec<u8>>, Refusal> {
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
    match Session::can_answer(&request.body) {
        Ok(()) => Ok(Some(request.body.clone())),
        Err(AnswerError::Unreadable(_)) => Err(StatusCode::BadRequest.into()),
        Err(AnswerError::NothingInCommon | AnswerError::NotEncrypted | AnswerError::Encrypted) => {
            Err(StatusCode::NotAcceptableHere.into())
        }
    }
}

fn read_invitation(core: &Core, request: &Request, identity: Identity) -> Result<Invitation, Refusal> {
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
    Ok(Invitation {
        origin: identity.origin,
        from: identity.from,
        display_name: identity.display_name,
        dialled: Pii::new(dialled.into()),
        headers: custom_headers(request.headers()),
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
    /// What is agreed about the session's timer, once we answer.
    timer: Option<Agreed>,
    /// Our 180, when the caller wants to be sure of it.
    reliable: Option<Reliable>,
    /// What the caller was told before the answer, so that sound could flow.
    early: Option<Described>,
    /// A place among the calls that wait; given back with the answer.
    permit: Option<Permit>,
    states: DialogStateReceiver,
}

impl Inbound {
    fn start(
        self,
        mut transaction: Transaction,
        mut messages: mpsc::Receiver<LegMessage>,
        invitation: Invitation,
    ) {
        let core = Arc::clone(&self.core);
        let mut driver = self.dialog.clone();
        core.spawn_aside(async move {
            if let Err(error) = driver.handle(&mut transaction).await {
                debug!(%error, "an INVITE could not be followed to its end");
            }
        });
        let taken = core.exchanges.invite(self.leg, invitation);
        core.clone().spawn(async move {
            let mut end = LegEnd::new(Arc::clone(&self.core), self.leg);
            end.outcome = if taken {
                self.run(&mut messages).await
            } else {
                self.refuse(StatusCode::ServiceUnavailable, EndCause::Overloaded)
            };
        });
    }

    async fn run(mut self, messages: &mut mpsc::Receiver<LegMessage>) -> LegOutcome {
        let (mut session, held) = match self.wait_for_decision(messages).await {
            Ok(answered) => answered,
            Err(outcome) => return outcome,
        };
        self.permit = None;
        match self.wait_for_ack(messages, &mut session, held).await {
            Ok(()) => {}
            Err(outcome) => return outcome,
        }
        let Self { core, leg, dialog, mut states, timer, .. } = self;
        let terms = Terms::of_request(&dialog.initial_request(), timer);
        Conversation::new(core, leg, dialog, session, terms).run(messages, &mut states).await
    }

    /// Rings until the engine answers or refuses, or the caller gives up.
    async fn wait_for_decision(
        &mut self,
        messages: &mut mpsc::Receiver<LegMessage>,
    ) -> Result<(Session, Option<LegReport>), LegOutcome> {
        loop {
            tokio::select! {
                message = messages.recv() => match message {
                    Some(LegMessage::Request(call, LegRequest::Answer)) => return self.answer(call),
                    Some(LegMessage::Request(_, LegRequest::Ring)) => self.ring(),
                    Some(LegMessage::Request(call, LegRequest::Progress)) => self.progress(call)?,
                    Some(LegMessage::Request(_, LegRequest::Reject(reason))) => {
                        let (status, cause) = rejection(reason);
                        return Err(self.refuse(status, cause));
                    }
                    Some(LegMessage::Request(_, LegRequest::Hangup)) => {
                        return Err(self.refuse(StatusCode::TemporarilyUnavailable, EndCause::HungUp));
                    }
                    Some(LegMessage::Request(_, LegRequest::Dial(_) | LegRequest::TransferProgress(_))) => {}
                    Some(LegMessage::InDialog(transaction)) => self.on_request(*transaction),
                    Some(LegMessage::Bye { q850 }) => {
                        self.forget();
                        return Err(LegOutcome { q850, ..LegOutcome::local(EndCause::Canceled) });
                    }
                    Some(LegMessage::Acknowledged(_) | LegMessage::Refreshed(_)) => {}
                    None => return Err(self.refuse(StatusCode::ServiceUnavailable, EndCause::Overloaded)),
                },
                Some(state) = self.states.recv() => if let Some(outcome) = self.ended_early(&state) {
                    return Err(outcome);
                },
                () = wait_until(self.reliable.as_ref().and_then(Reliable::due)) => self.repeat_ringing()?,
            }
        }
    }

    fn ring(&mut self) {
        if self.reliable.is_none() {
            let number = self.core.entropy.lock().unwrap_or_else(PoisonError::into_inner).next_u64() as u32;
            self.reliable = Reliable::for_invite(&self.dialog.initial_request(), number);
        }
        self.send_ringing();
    }

    /// RFC 3262 §3: until it is acknowledged, at growing intervals.
    fn repeat_ringing(&mut self) -> Result<(), LegOutcome> {
        match self.reliable.as_mut().map(Reliable::next) {
            Some(Next::GiveUp) => Err(self.refuse(StatusCode::ServerTimeOut, EndCause::Unreachable)),
            Some(Next::Repeat) => {
                self.send_ringing();
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn on_request(&mut self, mut transaction: Transaction) {
        if transaction.original.method != Method::PRack {
            return self.core.spawn_aside(reply_early(transaction));
        }
        let reliable = self.reliable.as_mut();
        let is_known = reliable.is_some_and(|reliable| reliable.acknowledge(&transaction.original));
        let status = if is_known { StatusCode::OK } else { StatusCode::CallTransactionDoesNotExist };
        self.core.spawn_aside(async move {
            if let Err(error) = transaction.reply(status).await {
                debug!(%error, "a PRACK could not be answered");
            }
        });
    }

    fn send_ringing(&self) {
        let mut headers = vec![allow()];
        headers.extend(self.reliable.iter().flat_map(Reliable::headers));
        if let Err(error) = self.dialog.ringing(Some(headers), None) {
            debug!(leg.id = %self.leg, %error, "a caller cannot hear that it rings");
        }
    }

    /// Lets the caller hear us before the answer. One without an offer has to wait for it; one that
    /// wants to be sure of what it is told only hears that it rings.
    fn progress(&mut self, call: CallId) -> Result<(), LegOutcome> {
        if self.early.is_some() {
            return Ok(());
        }
        if self.offer.is_none() || requires(&self.dialog.initial_request(), "100rel") {
            self.ring();
            return Ok(());
        }
        let described = self.describe(call)?;
        let headers = vec![session_description(), allow()];
        let text = described.text.clone();
        self.early = Some(described);
        if let Err(error) = self.dialog.ringing(Some(headers), Some(text.into_bytes())) {
            debug!(leg.id = %self.leg, %error, "a caller cannot hear what comes before the answer");
        }
        Ok(())
    }

    fn describe(&mut self, call: CallId) -> Result<Described, LegOutcome> {
        if let Some(early) = self.early.take() {
            return Ok(early);
        }
        let Ok(local) = self.core.media.open(call, self.leg) else {
            return Err(self.refuse(StatusCode::ServiceUnavailable, EndCause::Overloaded));
        };
        let mut session = self.core.session(self.leg, local.address);
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
        let mut headers = vec![session_description(), allow(), supported()];
        headers.extend(self.timer.into_iter().flat_map(Agreed::answer_headers));
        if self.dialog.accept(Some(headers), Some(text.into_bytes())).is_err() {
            // The transaction is over: a CANCEL was faster.
            self.forget();
            return Err(canceled());
        }
        Ok((session, change))
    }

    /// Waits until our answer has arrived; an INVITE without an offer has its answer there.
    async fn wait_for_ack(
        &mut self,
        messages: &mut mpsc::Receiver<LegMessage>,
        session: &mut Session,
        mut held: Option<LegReport>,
    ) -> Result<(), LegOutcome> {
        loop {
            tokio::select! {
                message = messages.recv() => match message {
                    Some(LegMessage::Request(_, LegRequest::Hangup)) => {
                        self.hang_up_after_ack();
                        return Err(LegOutcome::local(EndCause::HungUp));
                    }
                    Some(LegMessage::Request(..) | LegMessage::Acknowledged(_) | LegMessage::Refreshed(_)) => {}
                    Some(LegMessage::InDialog(transaction)) => self.on_request(*transaction),
                    Some(LegMessage::Bye { q850 }) => {
                        self.forget();
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
                    if self.offer.is_none() {
                        held = self.accept_late_answer(session)?;
                    }
                    self.core.report(self.leg, LegReport::Answered);
                    if let Some(held) = held {
                        self.core.report(self.leg, held);
                    }
                    return Ok(());
                }
            }
        }
    }

    fn accept_late_answer(&mut self, session: &mut Session) -> Result<Option<LegReport>, LegOutcome> {
        let answer = self.dialog.last_remote_ack().map(|ack| ack.body).unwrap_or_default();
        session.accept(&answer).map_err(|error| {
            debug!(leg.id = %self.leg, %error, "cannot {error}");
            let (core, dialog) = (Arc::clone(&self.core), self.dialog.clone());
            self.core.spawn(async move {
                let _ = dialog.bye().await;
                core.dialogs.remove_dialog(&dialog.id());
            });
            LegOutcome::local(EndCause::NotAcceptable)
        })
    }

    /// RFC 3261 §15: a callee says goodbye only after the ACK, or after waiting for it in vain.
    fn hang_up_after_ack(&mut self) {
        let (core, dialog) = (Arc::clone(&self.core), self.dialog.clone());
        let (_, replacement) = mpsc::unbounded_channel();
        let mut states = std::mem::replace(&mut self.states, replacement);
        self.core.spawn(async move {
            while let Some(state) = states.recv().await {
                match state {
                    DialogState::Confirmed(..) => {
                        let _ = dialog.bye().await;
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
