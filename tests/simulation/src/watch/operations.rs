//! One terminal event per operation, with its context, at its callback.

use std::collections::BTreeMap;
use std::sync::Arc;

use call_engine::{CallEvent, CallEventKind, Callback, Outcome};
use exchange::{Accepted, Command};
use identifier::{CallConnectionId, CommunicationIdentifier, OperationId};

use super::{Verdict, rule};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Play,
    Recognize,
    Add,
    CancelAdd,
    Remove,
    Transfer,
    Send,
    Listen,
    StopListening,
}

#[derive(Debug)]
struct Started {
    connection: CallConnectionId,
    kind: Kind,
    callback: Option<Callback>,
    invitation: Option<OperationId>,
    listens_to: Option<CommunicationIdentifier>,
}

/// The account of operations, by their contexts.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    running: BTreeMap<Arc<str>, Started>,
}

impl Operations {
    /// A command is about to be given; whatever it starts may end at once.
    pub(crate) fn asked(&mut self, command: &Command) -> Option<Arc<str>> {
        let (connection, kind, context, callback, listens_to) = started(command)?;
        let context = context?;
        let started = Started { connection, kind, callback, invitation: None, listens_to };
        self.running.insert(context.clone(), started);
        Some(context)
    }

    /// It was refused: nothing follows.
    pub(crate) fn refused(&mut self, context: &str) {
        self.running.remove(context);
    }

    pub(crate) fn accepted(&mut self, context: &str, accepted: &Accepted) {
        let Some(started) = self.running.get_mut(context) else { return };
        started.invitation = accepted.operation;
        let (connection, kind, listens_to) = (started.connection, started.kind, started.listens_to.clone());
        // A newer request takes over an ear that is already open, or closes it.
        if matches!(kind, Kind::Listen | Kind::StopListening) {
            self.running.retain(|other, running| {
                &**other == context
                    || running.kind != Kind::Listen
                    || running.connection != connection
                    || running.listens_to != listens_to
            });
        }
    }

    pub(crate) fn on_event(&mut self, event: &CallEvent) -> Verdict {
        if let CallEventKind::CancelAddParticipantSucceeded { invitation } = &event.kind {
            self.running
                .retain(|_, running| !(running.kind == Kind::Add && running.invitation == Some(*invitation)));
        }
        let kind = match &event.kind {
            CallEventKind::PlayStarted | CallEventKind::ContinuousDtmfRecognitionToneReceived { .. } => {
                return Ok(());
            }
            CallEventKind::CallDisconnected
            | CallEventKind::CreateCallFailed
            | CallEventKind::AnswerFailed => return self.check_none_left(event.connection),
            CallEventKind::CallConnected
            | CallEventKind::ParticipantsUpdated { .. }
            | CallEventKind::HoldFailed => return Ok(()),
            CallEventKind::PlayCompleted | CallEventKind::PlayFailed { .. } | CallEventKind::PlayCanceled => {
                Kind::Play
            }
            CallEventKind::RecognizeCompleted(_)
            | CallEventKind::RecognizeFailed { .. }
            | CallEventKind::RecognizeCanceled => Kind::Recognize,
            CallEventKind::AddParticipantSucceeded { .. } => {
                let outcome = event.result.as_ref().map(|result| result.outcome);
                rule!(outcome == Some(Outcome::Completed), "somebody was added with {outcome:?}");
                Kind::Add
            }
            CallEventKind::AddParticipantFailed { .. } => Kind::Add,
            CallEventKind::CancelAddParticipantSucceeded { .. }
            | CallEventKind::CancelAddParticipantFailed { .. } => Kind::CancelAdd,
            CallEventKind::RemoveParticipantSucceeded { .. }
            | CallEventKind::RemoveParticipantFailed { .. } => Kind::Remove,
            CallEventKind::CallTransferAccepted { .. } | CallEventKind::CallTransferFailed => Kind::Transfer,
            CallEventKind::SendDtmfTonesCompleted | CallEventKind::SendDtmfTonesFailed => Kind::Send,
            CallEventKind::ContinuousDtmfRecognitionStopped
            | CallEventKind::ContinuousDtmfRecognitionToneFailed => Kind::Listen,
        };
        let Some(context) = &event.operation_context else { return Ok(()) };
        let Some(started) = self.running.remove(context) else {
            rule!(false, "{:?} ends {context}, which does not run", event.kind);
            return Ok(());
        };
        let kinds = if started.kind == Kind::StopListening { Kind::Listen } else { started.kind };
        rule!(kinds == kind, "{:?} ends {context}, which is a {:?}", event.kind, started.kind);
        if let Some(callback) = started.callback {
            rule!(callback == event.application.callback, "{context} ends at another callback than its own");
        }
        Ok(())
    }

    fn check_none_left(&self, connection: CallConnectionId) -> Verdict {
        let left: Vec<_> =
            self.running.iter().filter(|(_, running)| running.connection == connection).collect();
        rule!(left.is_empty(), "a connection ends before {left:?}");
        Ok(())
    }

    pub(crate) fn check_empty(&self) -> Verdict {
        rule!(self.running.is_empty(), "operations never ended: {:?}", self.running);
        Ok(())
    }
}

type Asked = (CallConnectionId, Kind, Option<Arc<str>>, Option<Callback>, Option<CommunicationIdentifier>);

fn started(command: &Command) -> Option<Asked> {
    let asked = match command {
        Command::Play { connection, play, .. } => {
            (*connection, Kind::Play, play.operation_context.clone(), play.callback.clone(), None)
        }
        Command::Recognize { connection, recognize, .. } => {
            let context = recognize.operation_context.clone();
            (*connection, Kind::Recognize, context, recognize.callback.clone(), None)
        }
        Command::AddParticipant { connection, operation_context, callback, .. } => {
            (*connection, Kind::Add, operation_context.clone(), callback.clone(), None)
        }
        Command::CancelAddParticipant { connection, cancel, .. } => {
            let context = cancel.operation_context.clone();
            (*connection, Kind::CancelAdd, context, cancel.callback.clone(), None)
        }
        Command::RemoveParticipant { connection, remove, .. } => {
            (*connection, Kind::Remove, remove.operation_context.clone(), remove.callback.clone(), None)
        }
        Command::Transfer { connection, operation_context, callback, .. } => {
            (*connection, Kind::Transfer, operation_context.clone(), callback.clone(), None)
        }
        Command::SendTones { connection, send, .. } => {
            (*connection, Kind::Send, send.operation_context.clone(), send.callback.clone(), None)
        }
        Command::StartContinuousTones { connection, listening, .. } => {
            let (context, callback) = (listening.operation_context.clone(), listening.callback.clone());
            (*connection, Kind::Listen, context, callback, Some(listening.target.clone()))
        }
        Command::StopContinuousTones { connection, listening, .. } => {
            let (context, callback) = (listening.operation_context.clone(), listening.callback.clone());
            (*connection, Kind::StopListening, context, callback, Some(listening.target.clone()))
        }
        Command::CreateCall { .. }
        | Command::Answer { .. }
        | Command::Redirect { .. }
        | Command::Reject { .. }
        | Command::Properties { .. }
        | Command::Participants { .. }
        | Command::HangUp { .. }
        | Command::Terminate { .. }
        | Command::Mute { .. }
        | Command::CancelAllMediaOperations { .. }
        | Command::Hold { .. }
        | Command::Unhold { .. }
        | Command::Echo { .. } => return None,
    };
    Some(asked)
}
