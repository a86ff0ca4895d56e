//! Keeping the sound of a call in a file (ACS Call Recording).
//!
//! A recording belongs to the call, not to whoever asked for it: it goes on when that application leaves,
//! and ends with the call. There is one at a time. Its state is told as `RecordingStateChanged`; one that
//! never began ends in `StartRecordingFailed`.

use clock::Now;
use identifier::{CallConnectionId, EventId, OperationId, RecordingId, TapId};
use media_plan::{Purpose, TapEnd, TapReport};

use crate::application::Application;
use crate::event::{CallEvent, CallEventKind, RecordingStatus};
use crate::outbox::{Change, Timer};
use crate::outcome::{Outcome, ResultInformation};
use crate::request::StartRecording;
use crate::stage::Stage;
use crate::taps::Voices;
use crate::timing;
use crate::view::RecordingView;

/// A recording that is being begun, or goes on.
#[derive(Debug)]
pub(crate) struct Recording {
    pub id: RecordingId,
    tap: TapId,
    /// Under this name it waits to begin.
    waits: OperationId,
    application: Option<Application>,
    connection: Option<CallConnectionId>,
    /// Absent until the file is open.
    since: Option<Now>,
    is_paused: bool,
}

/// Why a recording is not begun or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    /// No such call, or not one of this resource.
    #[error("find the call")]
    CallNotFound,
    /// The call is over.
    #[error("record a call that is over")]
    AlreadyTerminated,
    /// Nobody has answered yet.
    #[error("record a call that is not established")]
    NotEstablished,
    /// There is one already.
    #[error("record a call that is being recorded")]
    AlreadyRecording,
    /// No such recording, or not one of this resource.
    #[error("find the recording")]
    NotFound,
    /// It is over.
    #[error("pause, resume or stop a recording that has ended")]
    Ended,
    /// It is paused already, or not paused.
    #[error("pause a recording that is paused, or resume one that is not")]
    NoChange,
}

impl Recording {
    pub(crate) fn start(
        request: StartRecording,
        connection: Option<CallConnectionId>,
        stage: &mut Stage,
        now: Now,
    ) -> Self {
        let id = RecordingId::at(stage.home, &mut stage.entropy);
        let waits = OperationId::at(stage.home, &mut stage.entropy);
        let purpose = Purpose::Record(media_plan::Recording {
            id,
            resource: stage.resource,
            format: request.format,
            unmixed: request.unmixed,
            channels: request.channels,
            paused: request.paused,
            destination: request.destination,
        });
        let tap = stage.tap_id();
        stage.listen(tap, Voices::Everybody, purpose);
        stage.wake(Timer::Operation(waits), now.after(timing::TAP_READY));
        stage.changes.push(Change::RecordingOpened(id));
        Self {
            id,
            tap,
            waits,
            application: request.application,
            connection,
            since: None,
            is_paused: request.paused,
        }
    }

    pub(crate) fn view(&self) -> RecordingView {
        RecordingView { recording: self.id, is_active: !self.is_paused }
    }

    /// What is said from now on is left out, or kept again.
    pub(crate) fn pause(&mut self, pause: bool, stage: &mut Stage, now: Now) -> Result<(), RecordingError> {
        if self.is_paused == pause {
            return Err(RecordingError::NoChange);
        }
        self.is_paused = pause;
        stage.listen_otherwise(self.tap, |purpose| {
            if let Purpose::Record(recording) = purpose {
                recording.paused = pause;
            }
        });
        // One that has not begun tells its state when it does.
        if self.since.is_some() {
            self.tell_state(!pause, Outcome::Completed, stage, now);
        }
        Ok(())
    }

    /// The file is closed.
    pub(crate) fn stop(self, stage: &mut Stage, now: Now) {
        stage.sleep(Timer::Operation(self.waits));
        stage.stop_listening(self.tap);
        self.tell_state(false, Outcome::Completed, stage, now);
        stage.changes.push(Change::RecordingClosed(self.id, stage.resource));
    }

    /// Media saw something of it; none is left if it is over.
    pub(crate) fn on_report(
        mut self,
        tap: TapId,
        report: &TapReport,
        stage: &mut Stage,
        now: Now,
    ) -> Option<Self> {
        if tap != self.tap {
            return Some(self);
        }
        match report {
            TapReport::Started if self.since.is_none() => {
                stage.sleep(Timer::Operation(self.waits));
                self.since = Some(now);
                self.tell_state(!self.is_paused, Outcome::Completed, stage, now);
                Some(self)
            }
            TapReport::Ended(why) => {
                stage.forget_tap(self.tap);
                self.fail(*why, stage, now);
                None
            }
            TapReport::Started
            | TapReport::Changed
            | TapReport::SpeechStarted
            | TapReport::Understood(_)
            | TapReport::Summary(_) => Some(self),
        }
    }

    /// Nothing was heard of the file.
    pub(crate) fn on_timeout(self, id: OperationId, stage: &mut Stage, now: Now) -> Option<Self> {
        if id != self.waits || self.since.is_some() {
            return Some(self);
        }
        stage.stop_listening(self.tap);
        self.fail(TapEnd::Timeout, stage, now);
        None
    }

    fn fail(self, why: TapEnd, stage: &mut Stage, now: Now) {
        stage.sleep(Timer::Operation(self.waits));
        let outcome = Outcome::TapEnded(why);
        if self.since.is_some() {
            self.tell_state(false, outcome, stage, now);
        } else {
            let kind = CallEventKind::StartRecordingFailed(self.status(false));
            self.tell(kind, outcome, stage, now);
        }
        stage.changes.push(Change::RecordingClosed(self.id, stage.resource));
    }

    fn status(&self, is_active: bool) -> RecordingStatus {
        RecordingStatus { recording: self.id, connection: self.connection, is_active, since: self.since }
    }

    fn tell_state(&self, is_active: bool, outcome: Outcome, stage: &mut Stage, now: Now) {
        let kind = CallEventKind::RecordingStateChanged(self.status(is_active));
        self.tell(kind, outcome, stage, now);
    }

    fn tell(&self, kind: CallEventKind, outcome: Outcome, stage: &mut Stage, now: Now) {
        let Some(application) = self.application.clone() else { return };
        let event = CallEvent {
            id: EventId::random(&mut stage.entropy),
            application,
            connection: CallConnectionId::from_u128(self.id.as_u128()),
            call: stage.id,
            correlation: stage.correlation,
            operation_context: None,
            result: Some(ResultInformation::of(outcome)),
            at: now,
            kind,
        };
        stage.publish(event);
    }
}
