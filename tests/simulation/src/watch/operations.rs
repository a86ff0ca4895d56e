//! One terminal event per operation, with its context, at its callback.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use call_engine::{CallEvent, CallEventKind, Callback, Outcome};
use exchange::{Accepted, Command};
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, OperationId};

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
    /// How long it can take once it runs; a play over and over has no end.
    longest_us: Option<u64>,
}

/// The account of operations, by their contexts.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    running: BTreeMap<Arc<str>, Started>,
    /// Media operations of each call, in the order in which they were asked for, whoever holds it.
    lanes: BTreeMap<CallId, Lane>,
    calls: BTreeMap<CallConnectionId, CallId>,
}

/// Media operations take turns; the first one runs.
#[derive(Debug, Default)]
struct Lane {
    line: VecDeque<(Arc<str>, Option<u64>)>,
    first_since_us: u64,
}

const SECOND_US: u64 = 1_000_000;

impl Operations {
    /// An application holds a call.
    pub(crate) fn opened(&mut self, connection: CallConnectionId, call: CallId) {
        self.calls.insert(connection, call);
    }

    /// The call that is, or was, behind a connection.
    pub(crate) fn call_of(&self, connection: CallConnectionId) -> Option<CallId> {
        self.calls.get(&connection).copied()
    }

    /// A command is about to be given; whatever it starts may end at once.
    pub(crate) fn asked(&mut self, command: &Command) -> Option<Arc<str>> {
        let (connection, kind, context, callback, listens_to) = started(command)?;
        let context = context?;
        let longest_us = longest_us(command);
        let started = Started { connection, kind, callback, invitation: None, listens_to, longest_us };
        self.running.insert(context.clone(), started);
        Some(context)
    }

    /// It was refused: nothing follows.
    pub(crate) fn refused(&mut self, context: &str) {
        self.running.remove(context);
    }

    pub(crate) fn accepted(&mut self, context: &Arc<str>, accepted: &Accepted, now_us: u64) {
        let Some(started) = self.running.get_mut(context) else { return };
        started.invitation = accepted.operation;
        if matches!(started.kind, Kind::Play | Kind::Recognize | Kind::Send) {
            let Some(call) = self.calls.get(&started.connection) else { return };
            let lane = self.lanes.entry(*call).or_default();
            if lane.line.is_empty() {
                lane.first_since_us = now_us;
            }
            lane.line.push_back((context.clone(), started.longest_us));
        }
        let (connection, kind, listens_to) = (started.connection, started.kind, started.listens_to.clone());
        // A newer request takes over an ear that is already open, or closes it.
        if matches!(kind, Kind::Listen | Kind::StopListening) {
            self.running.retain(|other, running| {
                other == context
                    || running.kind != Kind::Listen
                    || running.connection != connection
                    || running.listens_to != listens_to
            });
        }
    }

    /// Nothing in a lane runs longer than it can, which it would if something waited for nothing.
    pub(crate) fn check(&self, now_us: u64) -> Verdict {
        for lane in self.lanes.values() {
            let Some((context, Some(longest_us))) = lane.line.front() else { continue };
            let is_in_time = now_us <= lane.first_since_us + longest_us;
            rule!(is_in_time, "{context} should have ended, and holds up what waits behind it");
        }
        Ok(())
    }

    fn leave_lane(&mut self, call: CallId, context: &Arc<str>, now_us: u64) {
        let Some(lane) = self.lanes.get_mut(&call) else { return };
        if lane.line.front().is_some_and(|(first, _)| first == context) {
            lane.first_since_us = now_us;
        }
        lane.line.retain(|(other, _)| other != context);
    }

    pub(crate) fn on_event(&mut self, event: &CallEvent) -> Verdict {
        if let CallEventKind::CancelAddParticipantSucceeded { invitation } = &event.kind {
            self.running
                .retain(|_, running| !(running.kind == Kind::Add && running.invitation == Some(*invitation)));
        }
        let kind = match &event.kind {
            CallEventKind::PlayStarted
            | CallEventKind::ContinuousDtmfRecognitionToneFailed
            | CallEventKind::ContinuousDtmfRecognitionToneReceived { .. } => {
                return Ok(());
            }
            CallEventKind::CallDisconnected
            | CallEventKind::CreateCallFailed
            | CallEventKind::ConnectFailed
            | CallEventKind::AnswerFailed => return self.check_none_left(event.connection),
            CallEventKind::CallConnected
            | CallEventKind::ParticipantsUpdated { .. }
            | CallEventKind::MoveParticipantSucceeded { .. }
            | CallEventKind::MoveParticipantFailed { .. }
            | CallEventKind::RecordingStateChanged(_)
            | CallEventKind::StartRecordingFailed(_)
            | CallEventKind::MediaStreamingStarted { .. }
            | CallEventKind::MediaStreamingStopped
            | CallEventKind::MediaStreamingFailed
            | CallEventKind::TranscriptionStarted { .. }
            | CallEventKind::TranscriptionStopped
            | CallEventKind::TranscriptionUpdated
            | CallEventKind::TranscriptionFailed
            | CallEventKind::TranscriptionCallSummaryUpdated { .. }
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
            CallEventKind::ContinuousDtmfRecognitionStopped => Kind::Listen,
        };
        let Some(context) = &event.operation_context else { return Ok(()) };
        let Some(started) = self.running.remove(context) else {
            rule!(false, "{:?} ends {context}, which does not run", event.kind);
            return Ok(());
        };
        self.leave_lane(event.call, context, event.at.monotonic_us());
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

/// Generous: prompts are short here, people press keys for a minute, and a key may get stuck.
fn longest_us(command: &Command) -> Option<u64> {
    match command {
        Command::Play { play, .. } => (!play.repeat).then_some(17 * SECOND_US),
        Command::Recognize { .. } => Some(130 * SECOND_US),
        Command::SendTones { .. } => Some(31 * SECOND_US),
        _ => None,
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
        | Command::Unmute { .. }
        | Command::CancelAllMediaOperations { .. }
        | Command::Hold { .. }
        | Command::Unhold { .. }
        | Command::Join { .. }
        | Command::MoveParticipants { .. }
        | Command::StartStreaming { .. }
        | Command::StopStreaming { .. }
        | Command::StartTranscription { .. }
        | Command::UpdateTranscription { .. }
        | Command::StopTranscription { .. }
        | Command::Summarize { .. }
        | Command::RecordConnection { .. }
        | Command::RecordCall { .. }
        | Command::Recording { .. }
        | Command::PauseRecording { .. }
        | Command::StopRecording { .. }
        | Command::Echo { .. } => return None,
    };
    Some(asked)
}
