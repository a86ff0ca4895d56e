//! Keeping the sound of a call in a file (ACS Call Recording).
//!
//! A recording belongs to the call, not to whoever asked for it: it goes on when that application leaves,
//! and ends with the call. There is one at a time. Its state is told as `RecordingStateChanged`; one that
//! never began ends in `StartRecordingFailed`. Where the operator wants an announcement, nobody is recorded
//! who has not heard it, and the recording is active when the first have.

use clock::Now;
use identifier::{CallConnectionId, EventId, OperationId, RecordingId, TapId};
use media_plan::{MediaReport, Purpose, TapEnd, TapReport};

use super::announcement::{Announced, Announcement};
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
    announcement: Option<Announcement>,
    /// The file is open.
    is_open: bool,
    /// Somebody may be recorded: the announcement was heard, or there is none.
    is_announced: bool,
    /// As the application wants it.
    is_paused: bool,
    /// When its state was first told.
    since: Option<Now>,
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
    /// Calls for help stay as they are (contract: Teams Phone §1.16).
    #[error("record a call for help")]
    ForHelp,
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
        let announcement = request.announcement.map(Announcement::new);
        let is_announced = announcement.is_none();
        let purpose = Purpose::Record(media_plan::Recording {
            id,
            resource: stage.resource,
            format: request.format,
            unmixed: request.unmixed,
            channels: request.channels,
            paused: request.paused || !is_announced,
            is_stopped: false,
            destination: request.destination,
        });
        let tap = stage.tap_id();
        stage.listen(tap, voices(announcement.as_ref()), purpose);
        stage.wake(Timer::Operation(waits), now.after(timing::TAP_READY));
        stage.changes.push(Change::RecordingOpened(id));
        Self {
            id,
            tap,
            waits,
            application: request.application,
            connection,
            announcement,
            is_open: false,
            is_announced,
            is_paused: request.paused,
            since: None,
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
        self.follow(stage);
        // It was not waited for while the recording was paused.
        if !pause && self.is_open && !self.is_announced {
            stage.wake(Timer::Operation(self.waits), now.after(timing::ANNOUNCEMENT));
        }
        // One that has not begun tells its state when it does.
        if self.is_open && (pause || self.is_announced) {
            self.tell_state(!pause, Outcome::Completed, stage, now);
        }
        Ok(())
    }

    /// Everybody who can be recorded now has heard the announcement, or hears it.
    pub(crate) fn announce(&mut self, stage: &mut Stage, now: Now) {
        if !self.is_open || self.is_paused {
            return;
        }
        let Some(announcement) = &mut self.announcement else { return };
        if announcement.address(stage) && !self.is_announced {
            stage.wake(Timer::Operation(self.waits), now.after(timing::ANNOUNCEMENT));
        }
    }

    /// The application has the file closed.
    pub(crate) fn stop(self, stage: &mut Stage, now: Now) {
        stage.listen_otherwise(self.tap, |purpose| {
            if let Purpose::Record(recording) = purpose {
                recording.is_stopped = true;
            }
        });
        self.end(stage, now);
    }

    /// The file is closed.
    pub(crate) fn end(mut self, stage: &mut Stage, now: Now) {
        self.fall_silent(stage);
        stage.stop_listening(self.tap);
        self.tell_end(Outcome::Completed, stage, now);
        stage.changes.push(Change::RecordingClosed(self.id, stage.resource));
    }

    /// A listener saw something; none is left if it is over.
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
            TapReport::Started if !self.is_open => {
                stage.sleep(Timer::Operation(self.waits));
                self.is_open = true;
                if self.is_paused || self.is_announced {
                    self.tell_state(!self.is_paused, Outcome::Completed, stage, now);
                }
                self.announce(stage, now);
                Some(self)
            }
            TapReport::Ended(why) => {
                stage.forget_tap(self.tap);
                self.fail(Outcome::TapEnded(*why), stage, now);
                None
            }
            TapReport::Started
            | TapReport::Changed
            | TapReport::SpeechStarted
            | TapReport::Understood(_)
            | TapReport::Summary(_) => Some(self),
        }
    }

    /// Media saw something; none is left if it is over.
    pub(crate) fn on_media(mut self, report: &MediaReport, stage: &mut Stage, now: Now) -> Option<Self> {
        let announced =
            self.announcement.as_mut().and_then(|announcement| announcement.on_media(report, stage));
        match announced {
            Some(Announced::Heard) => {
                stage.listen_to(self.tap, voices(self.announcement.as_ref()));
                if !std::mem::replace(&mut self.is_announced, true) {
                    stage.sleep(Timer::Operation(self.waits));
                    self.follow(stage);
                    if !self.is_paused {
                        self.tell_state(true, Outcome::Completed, stage, now);
                    }
                }
                Some(self)
            }
            // Nobody is recorded without having been told.
            Some(Announced::Failed(why)) if !self.is_announced => {
                stage.stop_listening(self.tap);
                self.fail(Outcome::PromptFailed(why), stage, now);
                None
            }
            // Who comes later and cannot be told is not recorded: the application hears of it.
            Some(Announced::Failed(why)) => {
                self.tell_state(!self.is_paused, Outcome::PromptFailed(why), stage, now);
                Some(self)
            }
            Some(Announced::Delayed) | None => Some(self),
        }
    }

    /// Nothing was heard of the file, or of the announcement.
    pub(crate) fn on_timeout(self, id: OperationId, stage: &mut Stage, now: Now) -> Option<Self> {
        if id != self.waits || (self.is_open && (self.is_announced || self.is_paused)) {
            return Some(self);
        }
        stage.stop_listening(self.tap);
        self.fail(Outcome::TapEnded(TapEnd::Timeout), stage, now);
        None
    }

    fn follow(&self, stage: &mut Stage) {
        let is_paused = self.is_paused || !self.is_announced;
        stage.listen_otherwise(self.tap, |purpose| {
            if let Purpose::Record(recording) = purpose {
                recording.paused = is_paused;
            }
        });
    }

    fn fall_silent(&mut self, stage: &mut Stage) {
        stage.sleep(Timer::Operation(self.waits));
        if let Some(announcement) = &mut self.announcement {
            announcement.stop(stage);
        }
    }

    fn fail(mut self, outcome: Outcome, stage: &mut Stage, now: Now) {
        self.fall_silent(stage);
        self.tell_end(outcome, stage, now);
        stage.changes.push(Change::RecordingClosed(self.id, stage.resource));
    }

    fn tell_state(&mut self, is_active: bool, outcome: Outcome, stage: &mut Stage, now: Now) {
        self.since.get_or_insert(now);
        let kind = CallEventKind::RecordingStateChanged(self.status(is_active, false));
        self.tell(kind, outcome, stage, now);
    }

    /// Of one that never began it is told that it cannot, unless it was stopped before.
    fn tell_end(&self, outcome: Outcome, stage: &mut Stage, now: Now) {
        let status = self.status(false, true);
        let kind = if self.since.is_some() || outcome == Outcome::Completed {
            CallEventKind::RecordingStateChanged(status)
        } else {
            CallEventKind::StartRecordingFailed(status)
        };
        self.tell(kind, outcome, stage, now);
    }

    fn status(&self, is_active: bool, is_over: bool) -> RecordingStatus {
        RecordingStatus {
            recording: self.id,
            connection: self.connection,
            is_active,
            is_over,
            since: self.since,
        }
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

/// Who is recorded.
fn voices(announcement: Option<&Announcement>) -> Voices {
    announcement.map_or(Voices::Everybody, |announcement| Voices::Those(announcement.heard().clone()))
}
