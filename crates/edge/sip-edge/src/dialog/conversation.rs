//! A leg from its answer to its end.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use call_engine::{EndCause, LegOutcome, LegReport, LegRequest, Refer, ReferOutcome, TransferProgress};
use identifier::LegId;
use rsipstack::dialog::dialog::{Dialog, DialogState, DialogStateReceiver, TerminatedReason};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{HasHeaders, Header, HeadersExt, Method, Request, Response, SipMessage, StatusCode};
use rsipstack::transaction::transaction::Transaction;
use sdp::AnswerError;
use tracing::debug;

use crate::core::Core;
use crate::dialog::far_end::{FarEnd, Flow};
use crate::dialog::info::Info;
use crate::dialog::referral::{Referral, is_about_refer, may_refer, refer_headers};
use crate::dialog::session::Session;
use crate::dialog::session_timer::{Agreed, Due, SessionTimer, TooBrief, least_interval, refusal_headers};
use crate::dialog::transfer::{Notifier, ReplacesError, read_refer};
use crate::headers::{allow, session_description, supported};
use crate::legs::{LegMessage, LegMessages};
use crate::uri::{name_and_uri, peer_of, source_of, transport_of};

/// RFC 3261 §14.1: both ends asked at once; whoever did not make the dialog tries again soon.
const AFTER_GLARE: Duration = Duration::from_secs(2);

/// The leg goes on, or it has ended.
type Step = ControlFlow<LegOutcome>;

/// A confirmed dialog and its session.
pub(crate) struct Conversation {
    core: Arc<Core>,
    leg: LegId,
    dialog: InviteDialog,
    far_end: FarEnd,
    session: Session,
    /// Set while our answer to a re-INVITE waits for its ACK; whether that ACK carries an answer.
    reinvite: Option<Reinvite>,
    transfer: Option<Notifier>,
    /// We asked the far end to call somebody by itself.
    referral: Option<Referral>,
    /// Whether it may be asked such things.
    takes_refer: bool,
    timer: SessionTimer,
    /// Our refresh by re-INVITE waits for its answer.
    refreshing: bool,
    /// The CSeq of the last request of the far end.
    sequence: u32,
    /// The far end said goodbye; it needs none from us.
    left: bool,
    /// Somebody wants to know whether the far end takes our goodbye.
    is_dismissed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reinvite {
    /// They offered, we answered.
    Answered,
    /// They asked for an offer, we made one.
    Offered,
}

/// What the INVITE and its answer settled beside the session.
pub(crate) struct Terms {
    /// The timer of the session.
    pub timer: SessionTimer,
    /// The CSeq of the far end's INVITE; 0 when it was ours.
    pub sequence: u32,
    /// Whether the far end may be asked to call somebody by itself.
    pub takes_refer: bool,
    /// The way that they went.
    pub flow: Flow,
}

impl Terms {
    /// After an INVITE of the far end, to which we answered `agreed`.
    pub fn of_request(invite: &Request, agreed: Option<Agreed>, flow: Flow) -> Self {
        let timer = SessionTimer::start(agreed, invite.headers());
        let sequence = sequence_of(invite).unwrap_or(0);
        Self { timer, sequence, takes_refer: may_refer(invite.headers()), flow }
    }

    /// After the answer to our INVITE.
    pub fn of_answer(core: &Core, answer: &Response, flow: Flow) -> Self {
        let agreed = Agreed::with_answer(answer.headers(), &core.config.session_timers);
        let timer = SessionTimer::start(agreed, answer.headers());
        Self { timer, sequence: 0, takes_refer: may_refer(answer.headers()), flow }
    }
}

impl Conversation {
    pub fn new(core: Arc<Core>, leg: LegId, dialog: InviteDialog, session: Session, terms: Terms) -> Self {
        let Terms { timer, sequence, takes_refer, flow } = terms;
        let far_end = FarEnd::new(Arc::clone(&core), dialog.clone(), flow);
        Self {
            core,
            leg,
            dialog,
            far_end,
            session,
            reinvite: None,
            transfer: None,
            referral: None,
            takes_refer,
            timer,
            refreshing: false,
            sequence,
            left: false,
            is_dismissed: false,
        }
    }

    /// Goes on until somebody hangs up.
    pub async fn run(mut self, messages: &mut LegMessages, states: &mut DialogStateReceiver) -> LegOutcome {
        loop {
            let step = tokio::select! {
                // A BYE says more than that the dialog is over.
                biased;
                message = messages.recv() => match message {
                    Some(message) => self.on_message(message).await,
                    // We could not keep up with this leg.
                    None => ControlFlow::Break(LegOutcome::local(EndCause::Overloaded)),
                },
                Some(state) = states.recv() => self.on_state(&state),
                due = self.timer.wait() => self.on_due(due),
            };
            if let ControlFlow::Break(outcome) = step {
                if self.is_dismissed && !self.left {
                    return self.dismiss().await;
                }
                self.close();
                return outcome;
            }
        }
    }

    async fn on_message(&mut self, message: LegMessage) -> Step {
        match message {
            LegMessage::Request(_, LegRequest::Hangup) => {
                return ControlFlow::Break(LegOutcome::local(EndCause::HungUp));
            }
            LegMessage::Request(_, LegRequest::Dismiss) => {
                self.is_dismissed = true;
                return ControlFlow::Break(LegOutcome::local(EndCause::HungUp));
            }
            LegMessage::Request(_, LegRequest::TransferProgress(progress)) => self.on_transfer(progress),
            LegMessage::Request(_, LegRequest::Refer(refer)) => self.refer(&refer),
            // Late: the leg is answered.
            LegMessage::Request(
                _,
                LegRequest::Dial(_)
                | LegRequest::Divert(_)
                | LegRequest::Tell(_)
                | LegRequest::Ring
                | LegRequest::Progress
                | LegRequest::Answer
                | LegRequest::Reject(_),
            ) => {}
            // The library has heard it, too.
            LegMessage::Ack(_) => {}
            LegMessage::Bye { q850, .. } => {
                self.left = true;
                if let Some(outcome) = self.referral.take().and_then(Referral::on_goodbye) {
                    self.core.report(self.leg, LegReport::Referred(outcome));
                }
                return ControlFlow::Break(LegOutcome { q850, ..LegOutcome::local(EndCause::HungUp) });
            }
            LegMessage::InDialog(transaction) => self.on_request(*transaction).await,
            LegMessage::Acknowledged(body) => return self.on_acknowledged(body),
            LegMessage::Refreshed(response) => return self.on_refreshed(response.as_deref()),
            LegMessage::Referred(response) => {
                let referral = self.referral.take();
                let next = referral.map(|referral| referral.on_response(response.as_deref()));
                self.on_referral(next);
            }
        }
        ControlFlow::Continue(())
    }

    fn on_state(&self, state: &DialogState) -> Step {
        match state {
            // Branches of the same call that lost speak here too.
            DialogState::Terminated(id, reason) if id.local_tag == self.dialog.id().local_tag => {
                ControlFlow::Break(LegOutcome::local(ended_by(reason)))
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn on_transfer(&mut self, progress: TransferProgress) {
        // The notifier stays until the dialog is closed, so that a BYE comes after its last NOTIFY.
        if let Some(notifier) = &mut self.transfer {
            notifier.tell(progress);
        }
    }

    /// Asks the far end to call somebody by itself.
    fn refer(&mut self, refer: &Refer) {
        let (true, None, Some(contact)) = (self.takes_refer, &self.referral, self.far_end.contact()) else {
            return self.core.report(self.leg, LegReport::Referred(ReferOutcome::Refused));
        };
        let own = self.core.own_address(transport_of(&contact), peer_of(&contact));
        let (refer_to, headers) = refer_headers(refer, &contact, own);
        self.referral = Some(Referral::Asked);
        let (core, leg, far_end) = (Arc::clone(&self.core), self.leg, self.far_end.clone());
        self.core.spawn_aside(async move {
            let response = far_end.refer(refer_to, headers).await.map(Box::new);
            core.legs.send(leg, LegMessage::Referred(response));
        });
    }

    /// The far end tells how it gets on with the call that we asked it to make.
    async fn on_notify(&mut self, mut transaction: Transaction) {
        let is_expected = self.referral.is_some() && is_about_refer(&transaction.original);
        if !is_expected {
            // RFC 6665 §4.1.3.
            return reply(&mut transaction, StatusCode::CallTransactionDoesNotExist, Vec::new()).await;
        }
        reply(&mut transaction, StatusCode::OK, Vec::new()).await;
        let referral = self.referral.take();
        let next = referral.map(|referral| referral.on_news(&transaction.original));
        self.on_referral(next);
    }

    fn on_referral(&mut self, next: Option<ControlFlow<ReferOutcome, Referral>>) {
        match next {
            Some(ControlFlow::Continue(referral)) => self.referral = Some(referral),
            Some(ControlFlow::Break(outcome)) => self.core.report(self.leg, LegReport::Referred(outcome)),
            None => {}
        }
    }

    fn on_due(&mut self, due: Due) -> Step {
        match due {
            Due::Expired => {
                debug!(leg.id = %self.leg, "the far end does not refresh its session");
                ControlFlow::Break(LegOutcome::local(EndCause::Unreachable))
            }
            Due::Refresh => {
                self.refresh();
                ControlFlow::Continue(())
            }
        }
    }

    fn refresh(&mut self) {
        self.timer.pause();
        if self.reinvite.is_some() {
            // The far end is at it.
            return self.timer.postpone(AFTER_GLARE);
        }
        let mut headers = self.timer.refresh_headers(&self.core.config.session_timers);
        headers.extend([allow(), supported()]);
        let (core, leg, far_end) = (Arc::clone(&self.core), self.leg, self.far_end.clone());
        let by_update = self.timer.by_update;
        self.refreshing = !by_update;
        let description = self.session.repeat();
        self.core.spawn_aside(async move {
            let response = if by_update {
                far_end.update(headers).await
            } else {
                headers.push(session_description());
                far_end.reinvite(headers, description).await
            };
            let response = response.map(Box::new);
            core.legs.send(leg, LegMessage::Refreshed(response));
        });
    }

    fn on_refreshed(&mut self, response: Option<&Response>) -> Step {
        let by_reinvite = std::mem::take(&mut self.refreshing);
        let gone = ControlFlow::Break(LegOutcome::local(EndCause::Unreachable));
        let Some(response) = response else { return gone };
        match response.status_code.code() {
            200..300 => {
                self.follow_contact(response.headers());
                match Agreed::with_answer(response.headers(), &self.core.config.session_timers) {
                    Some(agreed) => self.timer.restart(Some(agreed)),
                    None => self.timer.keep(),
                }
                // The same session: an answer that makes no sense changes nothing.
                if by_reinvite && let Ok(Some(change)) = self.session.accept(&response.body) {
                    self.core.report(self.leg, change);
                }
            }
            // RFC 4028 §10, RFC 3261 §12.2.1.2: the far end knows nothing of this dialog, or is gone.
            408 | 481 => return gone,
            405 | 501 if self.timer.by_update => {
                self.timer.by_update = false;
                self.refresh();
            }
            422 if self.timer.lengthen(least_interval(response.headers()).unwrap_or(0)) => self.refresh(),
            491 => self.timer.postpone(AFTER_GLARE),
            _ => self.timer.postpone(self.timer.quarter()),
        }
        ControlFlow::Continue(())
    }

    /// RFC 3261 §12.2.2: whoever re-INVITEs or UPDATEs may name a new place to reach it.
    fn follow_contact(&self, headers: &rsipstack::sip::Headers) {
        let contact = headers.iter().find_map(|header| match header {
            Header::Contact(contact) => Some(contact.clone()),
            _ => None,
        });
        if let Some((_, uri)) = contact.as_ref().and_then(|contact| name_and_uri(contact.value())) {
            Dialog::Invite(self.dialog.clone()).set_remote_target(uri, contact);
        }
    }

    async fn on_request(&mut self, mut transaction: Transaction) {
        // RFC 3261 §12.2.2: requests come in order, or not at all.
        match sequence_of(&transaction.original) {
            Some(sequence) if sequence > self.sequence => self.sequence = sequence,
            _ => return reply(&mut transaction, StatusCode::ServerInternalError, Vec::new()).await,
        }
        match transaction.original.method {
            Method::Invite => self.on_reinvite(transaction),
            Method::Update => self.on_update(transaction).await,
            Method::Info => {
                let info = Info::read(&transaction.original);
                let status = match info {
                    Info::Tone(_) | Info::Nothing => StatusCode::OK,
                    Info::Unknown => StatusCode::UnsupportedMediaType,
                };
                reply(&mut transaction, status, Vec::new()).await;
                if let Info::Tone(tone) = info {
                    self.core.report(self.leg, LegReport::Tone(tone));
                }
            }
            Method::Refer => self.on_refer(transaction).await,
            Method::Notify => self.on_notify(transaction).await,
            Method::Options => reply(&mut transaction, StatusCode::OK, vec![allow(), supported()]).await,
            _ => reply(&mut transaction, StatusCode::MethodNotAllowed, vec![allow()]).await,
        }
    }

    /// Whoever called for help does not put on hold who helps: the session stays as it is (RFC 3261 §14.2).
    fn must_not_hold(&self, offer: &[u8]) -> bool {
        self.core.legs.called_for_help(self.leg) && self.session.would_hold(offer)
    }

    fn on_reinvite(&mut self, transaction: Transaction) {
        if self.reinvite.is_some() || self.refreshing {
            // RFC 3261 §14.2: one offer at a time.
            return self.refuse(transaction, StatusCode::RequestPending, Vec::new());
        }
        let Ok(agreed) = self.renew(&transaction.original) else {
            let headers = refusal_headers(&self.core.config.session_timers);
            return self.refuse(transaction, StatusCode::SessionIntervalTooSmall, headers);
        };
        if self.must_not_hold(&transaction.original.body) {
            return self.refuse(transaction, StatusCode::Forbidden, Vec::new());
        }
        self.follow_contact(transaction.original.headers());
        let offer = transaction.original.body.clone();
        let answered = if offer.is_empty() {
            self.reinvite = Some(Reinvite::Offered);
            Ok((self.session.offer(), None))
        } else {
            let answered = self.session.answer(&offer);
            self.reinvite = answered.is_ok().then_some(Reinvite::Answered);
            answered
        };
        match answered {
            Ok((text, change)) => {
                self.answer_reinvite(transaction, text, agreed);
                if let Some(change) = change {
                    self.core.report(self.leg, change);
                }
            }
            Err(error) => self.refuse_reinvite(transaction, &error),
        }
    }

    fn answer_reinvite(&self, mut transaction: Transaction, text: String, agreed: Option<Agreed>) {
        let (core, leg) = (Arc::clone(&self.core), self.leg);
        let mut headers = self.description_headers(&transaction);
        headers.extend(agreed.into_iter().flat_map(Agreed::answer_headers));
        self.core.spawn_aside(async move {
            let answered = transaction.reply_with(StatusCode::OK, headers, Some(text.into_bytes())).await;
            let body = match answered {
                Ok(()) => wait_for_ack(&mut transaction).await,
                Err(_) => None,
            };
            core.legs.send(leg, LegMessage::Acknowledged(body));
        });
    }

    fn refuse_reinvite(&self, transaction: Transaction, error: &AnswerError) {
        debug!(leg.id = %self.leg, %error, "a re-INVITE is refused: cannot {error}");
        let status = match error {
            AnswerError::Unreadable(_) => StatusCode::BadRequest,
            AnswerError::NothingInCommon | AnswerError::NotEncrypted | AnswerError::Encrypted => {
                StatusCode::NotAcceptableHere
            }
        };
        self.refuse(transaction, status, Vec::new());
    }

    /// Refuses a re-INVITE.
    fn refuse(&self, mut transaction: Transaction, status: StatusCode, headers: Vec<Header>) {
        self.core.spawn_aside(async move {
            reply(&mut transaction, status, headers).await;
            wait_for_ack(&mut transaction).await;
        });
    }

    /// The far end refreshes the session; what we then say about its timer.
    fn renew(&mut self, request: &Request) -> Result<Option<Agreed>, TooBrief> {
        let agreed = Agreed::with_request(request.headers(), &self.core.config.session_timers)?;
        match agreed {
            Some(agreed) => self.timer.restart(Some(agreed)),
            None => self.timer.keep(),
        }
        Ok(agreed)
    }

    fn on_acknowledged(&mut self, body: Option<Vec<u8>>) -> Step {
        let pending = self.reinvite.take();
        let Some(body) = body else {
            // RFC 3261 §14.2: a re-INVITE whose answer is never acknowledged ends the dialog.
            return ControlFlow::Break(LegOutcome::local(EndCause::Unreachable));
        };
        if pending == Some(Reinvite::Offered) {
            match self.session.accept(&body) {
                Ok(Some(change)) => self.core.report(self.leg, change),
                Ok(None) => {}
                Err(error) => {
                    debug!(leg.id = %self.leg, %error, "cannot {error}");
                    return ControlFlow::Break(LegOutcome::local(EndCause::NotAcceptable));
                }
            }
        }
        ControlFlow::Continue(())
    }

    async fn on_update(&mut self, mut transaction: Transaction) {
        let has_offer = !transaction.original.body.is_empty();
        if has_offer && (self.reinvite.is_some() || self.refreshing) {
            return reply(&mut transaction, StatusCode::RequestPending, Vec::new()).await;
        }
        let Ok(agreed) = self.renew(&transaction.original) else {
            let headers = refusal_headers(&self.core.config.session_timers);
            return reply(&mut transaction, StatusCode::SessionIntervalTooSmall, headers).await;
        };
        self.follow_contact(transaction.original.headers());
        let mut headers = self.description_headers(&transaction);
        headers.extend(agreed.into_iter().flat_map(Agreed::answer_headers));
        if !has_offer {
            headers.retain(|header| !matches!(header, Header::ContentType(_)));
            return reply(&mut transaction, StatusCode::OK, headers).await;
        }
        if self.must_not_hold(&transaction.original.body) {
            return reply(&mut transaction, StatusCode::Forbidden, Vec::new()).await;
        }
        match self.session.answer(&transaction.original.body) {
            Ok((text, change)) => {
                if let Err(error) =
                    transaction.reply_with(StatusCode::OK, headers, Some(text.into_bytes())).await
                {
                    debug!(%error, "an UPDATE could not be answered");
                }
                if let Some(change) = change {
                    self.core.report(self.leg, change);
                }
            }
            Err(error) => {
                debug!(leg.id = %self.leg, %error, "an UPDATE is refused: cannot {error}");
                reply(&mut transaction, StatusCode::NotAcceptableHere, Vec::new()).await;
            }
        }
    }

    async fn on_refer(&mut self, mut transaction: Transaction) {
        if self.transfer.as_ref().is_some_and(|transfer| !transfer.is_over()) {
            return reply(&mut transaction, StatusCode::RequestPending, Vec::new()).await;
        }
        match read_refer(&self.core.legs, &transaction.original) {
            Ok(request) => {
                reply(&mut transaction, StatusCode::Accepted, Vec::new()).await;
                self.transfer = Some(Notifier::start(&self.core, self.far_end.clone()));
                self.core.report(self.leg, request);
            }
            Err(ReplacesError::Malformed) => {
                reply(&mut transaction, StatusCode::BadRequest, Vec::new()).await
            }
            // The transferor learns of it as of any other transfer that fails.
            Err(ReplacesError::NoSuchDialog) => {
                reply(&mut transaction, StatusCode::Accepted, Vec::new()).await;
                let mut notifier = Notifier::start(&self.core, self.far_end.clone());
                notifier.tell(TransferProgress::Failed(EndCause::NotFound));
                self.core.spawn(notifier.finish());
            }
        }
    }

    fn description_headers(&self, transaction: &Transaction) -> Vec<Header> {
        let source = transaction.connection.as_ref().and_then(source_of);
        let (transport, peer) = source.map_or(
            (tenant::SipTransport::Udp, std::net::Ipv4Addr::LOCALHOST.into()),
            |(transport, source)| (transport, source.ip()),
        );
        let contact = self.core.contact(transport, peer);
        vec![Header::Contact(format!("<{contact}>").into()), session_description(), allow(), supported()]
    }

    /// Says goodbye, and waits for the answer.
    async fn dismiss(self) -> LegOutcome {
        let Self { core, leg, far_end, transfer, .. } = self;
        // However long that takes, nobody is heard any more.
        core.media.close(leg);
        if let Some(notifier) = transfer {
            notifier.finish().await;
        }
        if far_end.bye_is_answered().await {
            LegOutcome::local(EndCause::HungUp)
        } else {
            LegOutcome::sip(EndCause::Unreachable, 408, "Request Timeout")
        }
    }

    /// Says goodbye, unless the far end did.
    fn close(self) {
        let Self { core, dialog, far_end, transfer, left, .. } = self;
        let keeper = Arc::clone(&core);
        core.spawn(async move {
            if let Some(notifier) = transfer {
                notifier.finish().await;
            }
            match left {
                true => keeper.dialogs.remove_dialog(&dialog.id()),
                false => far_end.bye().await,
            }
        });
    }
}

fn sequence_of(request: &Request) -> Option<u32> {
    request.cseq_header().and_then(|cseq| cseq.seq()).ok()
}

fn ended_by(reason: &TerminatedReason) -> EndCause {
    match reason {
        TerminatedReason::UacBye | TerminatedReason::UasBye => EndCause::HungUp,
        TerminatedReason::UacCancel => EndCause::Canceled,
        TerminatedReason::Timeout
        | TerminatedReason::UacBusy
        | TerminatedReason::UasBusy
        | TerminatedReason::UasDecline
        | TerminatedReason::ProxyError(_)
        | TerminatedReason::ProxyAuthRequired
        | TerminatedReason::UacOther(_)
        | TerminatedReason::UasOther(_) => EndCause::Unreachable,
    }
}

/// The body of the ACK of our answer; `None` when none came.
async fn wait_for_ack(transaction: &mut Transaction) -> Option<Vec<u8>> {
    while let Some(message) = transaction.receive().await {
        if let SipMessage::Request(request) = message
            && request.method == Method::Ack
        {
            return Some(request.body);
        }
    }
    None
}

/// Answers a request within a dialog that is not confirmed yet.
pub(crate) async fn reply_early(mut transaction: Transaction) {
    let status = match transaction.original.method {
        Method::Options | Method::Info => StatusCode::OK,
        Method::Update if transaction.original.body.is_empty() => StatusCode::OK,
        Method::Invite | Method::Update | Method::Refer => StatusCode::RequestPending,
        _ => StatusCode::MethodNotAllowed,
    };
    reply(&mut transaction, status, vec![allow()]).await;
}

async fn reply(transaction: &mut Transaction, status: StatusCode, headers: Vec<Header>) {
    if let Err(error) = transaction.reply_with(status, headers, None).await {
        debug!(%error, "a request could not be answered");
    }
}
