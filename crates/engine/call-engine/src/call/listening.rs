//! Who listens to a call without being in it: sockets of applications, the recording, and the account of what
//! was said.

use clock::Now;
use identifier::{CallConnectionId, EventId, OperationId, TapId};
use media_plan::{MediaReport, TapEnd, TapReport};

use super::{Call, Phase};
use crate::connection::Connection;
use crate::event::{CallEvent, CallEventKind};
use crate::operation::Recording;
use crate::operation::record::RecordingError;
use crate::operation::subscription::{Subscription, SubscriptionError};
use crate::outbox::{Change, Timer};
use crate::outcome::{Outcome, ResultInformation};
use crate::request::{StartRecording, Switch, Transcribe};
use crate::stage::{Stage, Ticket};
use crate::timing;
use crate::view::RecordingView;

/// One of the two that an application can set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Socket {
    Streaming,
    Transcription,
}

const SOCKETS: [Socket; 2] = [Socket::Streaming, Socket::Transcription];

/// An application whose part in the call is over but for the summary of it.
#[derive(Debug)]
pub(crate) struct Awaiting {
    tap: TapId,
    /// Told last of all.
    last: CallEvent,
}

impl Call {
    // What an application asks.

    pub(crate) fn start_streaming(&mut self, request: Switch, now: Now) -> Result<(), SubscriptionError> {
        self.on_socket(Socket::Streaming, |subscription, stage| {
            let ticket = stage.ticket(request.operation_context, request.callback);
            subscription.start(None, ticket, stage, now)
        })
    }

    pub(crate) fn stop_streaming(&mut self, request: Switch, now: Now) -> Result<(), SubscriptionError> {
        self.on_socket(Socket::Streaming, |subscription, stage| {
            let ticket = stage.ticket(request.operation_context, request.callback);
            subscription.stop(&ticket, stage, now)
        })
    }

    pub(crate) fn start_transcription(
        &mut self,
        request: Transcribe,
        now: Now,
    ) -> Result<(), SubscriptionError> {
        self.on_socket(Socket::Transcription, |subscription, stage| {
            let ticket = stage.ticket(request.operation_context, request.callback);
            subscription.start(Some(request.reading), ticket, stage, now)
        })
    }

    pub(crate) fn update_transcription(
        &mut self,
        request: Transcribe,
        now: Now,
    ) -> Result<(), SubscriptionError> {
        self.on_socket(Socket::Transcription, |subscription, stage| {
            let ticket = stage.ticket(request.operation_context, request.callback);
            subscription.update(request.reading, ticket, stage, now)
        })
    }

    pub(crate) fn stop_transcription(&mut self, request: Switch, now: Now) -> Result<(), SubscriptionError> {
        self.on_socket(Socket::Transcription, |subscription, stage| {
            let ticket = stage.ticket(request.operation_context, request.callback);
            subscription.stop(&ticket, stage, now)
        })
    }

    pub(crate) fn summarize(&mut self, request: Transcribe, now: Now) -> Result<(), SubscriptionError> {
        self.on_socket(Socket::Transcription, |subscription, stage| {
            let ticket = stage.ticket(request.operation_context, request.callback);
            subscription.summarize(request.reading, ticket, stage, now)
        })
    }

    fn on_socket(
        &mut self,
        socket: Socket,
        act: impl FnOnce(&mut Subscription, &mut Stage) -> Result<(), SubscriptionError>,
    ) -> Result<(), SubscriptionError> {
        if !matches!(self.phase, Phase::Established { .. }) {
            return Err(SubscriptionError::NotEstablished);
        }
        let connection = self.stage.acting.expect("a verb is given by somebody who holds the call");
        self.with_socket(connection, socket, act).unwrap_or(Err(SubscriptionError::NotConfigured))
    }

    /// Keeps the sound of the call in a file.
    pub(crate) fn record(
        &mut self,
        mut request: StartRecording,
        connection: Option<CallConnectionId>,
        now: Now,
    ) -> Result<RecordingView, RecordingError> {
        match self.phase {
            Phase::Established { .. } => {}
            Phase::Offered | Phase::Answering | Phase::Inviting | Phase::Bridging { .. } => {
                return Err(RecordingError::NotEstablished);
            }
            Phase::Over => return Err(RecordingError::AlreadyTerminated),
        }
        if self.recording.is_some() {
            return Err(RecordingError::AlreadyRecording);
        }
        if self.is_for_help() {
            return Err(RecordingError::ForHelp);
        }
        let holder = connection.and_then(|connection| self.stage.connection(connection));
        request.application = request.application.or_else(|| holder.map(|holder| holder.application.clone()));
        let recording = Recording::start(request, connection, &mut self.stage, now);
        let view = recording.view();
        self.recording = Some(recording);
        Ok(view)
    }

    pub(crate) fn recording(&self) -> Result<RecordingView, RecordingError> {
        self.recording.as_ref().map(Recording::view).ok_or(RecordingError::NotFound)
    }

    pub(crate) fn pause_recording(&mut self, pause: bool, now: Now) -> Result<(), RecordingError> {
        let recording = self.recording.as_mut().ok_or(RecordingError::Ended)?;
        recording.pause(pause, &mut self.stage, now)
    }

    pub(crate) fn stop_recording(&mut self, now: Now) -> Result<(), RecordingError> {
        let recording = self.recording.take().ok_or(RecordingError::Ended)?;
        recording.stop(&mut self.stage, now);
        Ok(())
    }

    // What is observed.

    /// Something happened to a listener of this call.
    pub(crate) fn on_tap(&mut self, tap: TapId, report: &TapReport, now: Now) {
        if let Some(recording) = self.recording.take() {
            self.recording = recording.on_report(tap, report, &mut self.stage, now);
        }
        self.each_socket(|subscription, stage| {
            if subscription.knows(tap) {
                subscription.on_report(tap, report, stage, now);
            }
        });
        if let TapReport::Summary(summary) = report
            && let Some(position) = self.awaiting.iter().position(|awaiting| awaiting.tap == tap)
        {
            let awaiting = self.awaiting.remove(position);
            self.sum_up(awaiting, summary.clone(), now);
        }
    }

    /// Media saw something that may be about the announcement of the recording.
    pub(crate) fn on_announcement(&mut self, report: &MediaReport, now: Now) {
        if let Some(recording) = self.recording.take() {
            self.recording = recording.on_media(report, &mut self.stage, now);
        }
    }

    /// Whoever came hears that they are recorded.
    pub(crate) fn announce_recording(&mut self, now: Now) {
        if let Some(recording) = &mut self.recording {
            recording.announce(&mut self.stage, now);
        }
    }

    /// Something was waited for long enough.
    pub(crate) fn on_listening_timeout(&mut self, id: OperationId, now: Now) {
        if let Some(recording) = self.recording.take() {
            self.recording = recording.on_timeout(id, &mut self.stage, now);
        }
        self.each_socket(|subscription, stage| subscription.on_timeout(id, stage, now));
    }

    pub(crate) fn on_summary_timeout(&mut self, connection: CallConnectionId, now: Now) {
        let is_theirs = |awaiting: &Awaiting| awaiting.last.connection == connection;
        if let Some(position) = self.awaiting.iter().position(is_theirs) {
            let awaiting = self.awaiting.remove(position);
            self.sum_up(awaiting, Err(TapEnd::Timeout), now);
        }
    }

    fn sum_up(&mut self, awaiting: Awaiting, summary: Result<std::sync::Arc<str>, TapEnd>, now: Now) {
        let Awaiting { last, .. } = awaiting;
        self.stage.sleep(Timer::Summary(last.connection));
        let outcome = match &summary {
            Ok(_) => Outcome::Completed,
            Err(why) => Outcome::TapEnded(*why),
        };
        let event = CallEvent {
            id: EventId::random(&mut self.stage.entropy),
            result: Some(ResultInformation::of(outcome)),
            at: now,
            kind: CallEventKind::TranscriptionCallSummaryUpdated { summary: summary.ok() },
            ..last.clone()
        };
        self.stage.publish(event);
        self.stage.publish(CallEvent { at: now, ..last });
        if self.phase == Phase::Over && self.awaiting.is_empty() {
            self.stage.release_media();
        }
    }

    // How the parts of applications begin and end.

    /// What an application wanted to have from the beginning begins.
    pub(crate) fn begin_sockets(&mut self, connection: CallConnectionId, now: Now) {
        let context = self.stage.connection(connection).and_then(|holder| holder.operation_context.clone());
        for socket in SOCKETS {
            let context = context.clone();
            self.with_socket(connection, socket, |subscription, stage| {
                if subscription.starts_with_call() {
                    let ticket: Ticket = stage.ticket_of(connection, context, None);
                    // It cannot run yet.
                    let _ = subscription.start(None, ticket, stage, now);
                }
            });
        }
    }

    /// An application has no part in the call any more.
    pub(crate) fn close_connection(
        &mut self,
        id: CallConnectionId,
        kind: CallEventKind,
        result: ResultInformation,
        now: Now,
    ) {
        let mut summary = None;
        for socket in SOCKETS {
            let last = self.with_socket(id, socket, |subscription, stage| subscription.close(stage, now));
            summary = summary.or(last.flatten());
        }
        let last = self.stage.connection_event(id, kind, result, now);
        match summary {
            Some(tap) => {
                self.stage.wake(Timer::Summary(id), now.after(timing::SUMMARY));
                self.awaiting.push(Awaiting { tap, last });
            }
            None => self.stage.publish(last),
        }
        if let Some(position) = self.stage.connections.iter().position(|connection| connection.id == id) {
            let connection = self.stage.connections.remove(position);
            let resource = connection.application.resource;
            self.stage.changes.push(Change::ConnectionClosed(connection.id, resource));
        }
    }

    fn each_socket(&mut self, mut act: impl FnMut(&mut Subscription, &mut Stage)) {
        let holders: Vec<CallConnectionId> =
            self.stage.connections.iter().map(|connection| connection.id).collect();
        for connection in holders {
            for socket in SOCKETS {
                self.with_socket(connection, socket, &mut act);
            }
        }
    }

    /// It is taken out of its connection meanwhile, so that it can use the stage.
    fn with_socket<T>(
        &mut self,
        connection: CallConnectionId,
        socket: Socket,
        act: impl FnOnce(&mut Subscription, &mut Stage) -> T,
    ) -> Option<T> {
        let mut subscription = slot(self.stage.connection_mut(connection)?, socket).take()?;
        let result = act(&mut subscription, &mut self.stage);
        if let Some(holder) = self.stage.connection_mut(connection) {
            *slot(holder, socket) = Some(subscription);
        }
        Some(result)
    }
}

fn slot(holder: &mut Connection, socket: Socket) -> &mut Option<Subscription> {
    match socket {
        Socket::Streaming => &mut holder.streaming,
        Socket::Transcription => &mut holder.transcription,
    }
}
