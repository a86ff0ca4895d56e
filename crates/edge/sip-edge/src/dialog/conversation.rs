//! A leg from its answer to its end.

use std::ops::ControlFlow;
use std::sync::Arc;

use call_engine::{EndCause, LegOutcome, LegReport, LegRequest, TransferProgress};
use identifier::LegId;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TerminatedReason};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, Method, SipMessage, StatusCode};
use rsipstack::transaction::transaction::Transaction;
use sdp::AnswerError;
use tokio::sync::mpsc;
use tracing::debug;

use crate::core::Core;
use crate::dialog::info::Info;
use crate::dialog::session::Session;
use crate::dialog::transfer::{Notifier, ReplacesError, read_refer};
use crate::headers::{allow, session_description, supported};
use crate::legs::LegMessage;
use crate::uri::source_of;

/// The leg goes on, or it has ended.
type Step = ControlFlow<LegOutcome>;

/// A confirmed dialog and its session.
pub(crate) struct Conversation {
    core: Arc<Core>,
    leg: LegId,
    dialog: InviteDialog,
    session: Session,
    /// Set while our answer to a re-INVITE waits for its ACK; whether that ACK carries an answer.
    reinvite: Option<Reinvite>,
    transfer: Option<Notifier>,
    /// The far end said goodbye; it needs none from us.
    left: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reinvite {
    /// They offered, we answered.
    Answered,
    /// They asked for an offer, we made one.
    Offered,
}

impl Conversation {
    pub fn new(core: Arc<Core>, leg: LegId, dialog: InviteDialog, session: Session) -> Self {
        Self { core, leg, dialog, session, reinvite: None, transfer: None, left: false }
    }

    /// Goes on until somebody hangs up.
    pub async fn run(
        mut self,
        messages: &mut mpsc::Receiver<LegMessage>,
        states: &mut DialogStateReceiver,
    ) -> LegOutcome {
        loop {
            let step = tokio::select! {
                message = messages.recv() => match message {
                    Some(message) => self.on_message(message).await,
                    // We could not keep up with this leg.
                    None => ControlFlow::Break(LegOutcome::local(EndCause::Overloaded)),
                },
                Some(state) = states.recv() => self.on_state(&state),
            };
            if let ControlFlow::Break(outcome) = step {
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
            LegMessage::Request(_, LegRequest::TransferProgress(progress)) => self.on_transfer(progress),
            // Late: the leg is answered.
            LegMessage::Request(
                _,
                LegRequest::Dial(_)
                | LegRequest::Ring
                | LegRequest::Progress
                | LegRequest::Answer
                | LegRequest::Reject(_),
            ) => {}
            LegMessage::Bye { q850 } => {
                self.left = true;
                return ControlFlow::Break(LegOutcome { q850, ..LegOutcome::local(EndCause::HungUp) });
            }
            LegMessage::InDialog(transaction) => self.on_request(*transaction).await,
            LegMessage::Acknowledged(body) => return self.on_acknowledged(body),
        }
        ControlFlow::Continue(())
    }

    fn on_state(&self, state: &DialogState) -> Step {
        match state {
            // Branches of the same call that lost speak here too.
            DialogState::Terminated(id, reason) if id.call_id == self.dialog.id().call_id => {
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

    async fn on_request(&mut self, mut transaction: Transaction) {
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
            Method::Options => reply(&mut transaction, StatusCode::OK, vec![allow(), supported()]).await,
            _ => reply(&mut transaction, StatusCode::MethodNotAllowed, vec![allow()]).await,
        }
    }

    fn on_reinvite(&mut self, transaction: Transaction) {
        if self.reinvite.is_some() {
            // RFC 3261 §14.2: one offer at a time.
            let mut transaction = transaction;
            self.core.spawn_aside(async move {
                reply(&mut transaction, StatusCode::RequestPending, Vec::new()).await;
                wait_for_ack(&mut transaction).await;
            });
            return;
        }
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
                self.answer_reinvite(transaction, text);
                if let Some(change) = change {
                    self.core.report(self.leg, change);
                }
            }
            Err(error) => self.refuse_reinvite(transaction, &error),
        }
    }

    fn answer_reinvite(&self, mut transaction: Transaction, text: String) {
        let (core, leg) = (Arc::clone(&self.core), self.leg);
        let headers = self.description_headers(&transaction);
        self.core.spawn_aside(async move {
            let answered = transaction.reply_with(StatusCode::OK, headers, Some(text.into_bytes())).await;
            let body = match answered {
                Ok(()) => wait_for_ack(&mut transaction).await,
                Err(_) => None,
            };
            core.legs.send(leg, LegMessage::Acknowledged(body));
        });
    }

    fn refuse_reinvite(&self, mut transaction: Transaction, error: &AnswerError) {
        debug!(leg.id = %self.leg, %error, "a re-INVITE is refused: cannot {error}");
        let status = match error {
            AnswerError::Unreadable(_) => StatusCode::BadRequest,
            AnswerError::NothingInCommon => StatusCode::NotAcceptableHere,
        };
        self.core.spawn_aside(async move {
            reply(&mut transaction, status, Vec::new()).await;
            wait_for_ack(&mut transaction).await;
        });
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
        if transaction.original.body.is_empty() {
            let headers = self.description_headers(&transaction);
            let headers = headers.into_iter().filter(|header| !matches!(header, Header::ContentType(_)));
            return reply(&mut transaction, StatusCode::OK, headers.collect()).await;
        }
        if self.reinvite.is_some() {
            return reply(&mut transaction, StatusCode::RequestPending, Vec::new()).await;
        }
        match self.session.answer(&transaction.original.body) {
            Ok((text, change)) => {
                let headers = self.description_headers(&transaction);
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
                self.transfer = Some(Notifier::start(&self.core, self.dialog.clone()));
                self.core.report(self.leg, request);
            }
            Err(ReplacesError::Malformed) => {
                reply(&mut transaction, StatusCode::BadRequest, Vec::new()).await
            }
            // The transferor learns of it as of any other transfer that fails.
            Err(ReplacesError::NoSuchDialog) => {
                reply(&mut transaction, StatusCode::Accepted, Vec::new()).await;
                let mut notifier = Notifier::start(&self.core, self.dialog.clone());
                notifier.tell(TransferProgress::Failed(EndCause::NotFound));
                self.core.spawn(notifier.finish());
            }
        }
    }

    fn description_headers(&self, transaction: &Transaction) -> Vec<Header> {
        let transport = transaction.connection.as_ref().and_then(source_of).map(|(transport, _)| transport);
        let contact = self.core.contact(transport.unwrap_or(tenant::SipTransport::Udp));
        vec![Header::Contact(format!("<{contact}>").into()), session_description(), allow(), supported()]
    }

    /// Says goodbye, unless the far end did.
    fn close(self) {
        let Self { core, dialog, transfer, left, .. } = self;
        let keeper = Arc::clone(&core);
        core.spawn(async move {
            if let Some(notifier) = transfer {
                notifier.finish().await;
            }
            if !left && let Err(error) = dialog.bye().await {
                debug!(%error, "a BYE could not be sent");
            }
            keeper.dialogs.remove_dialog(&dialog.id());
        });
    }
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
