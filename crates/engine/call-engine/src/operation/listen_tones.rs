//! Telling of every key a participant presses (ACS `CallMedia_StartContinuousDtmfRecognition`).
//!
//! Runs beside everything else and takes nothing away from a recognition. Ends
//! in one `ContinuousDtmfRecognitionStopped`. A key that goes down and never comes up again is told as
//! `ContinuousDtmfRecognitionToneFailed`.

use std::ops::ControlFlow::{Break, Continue};

use clock::Now;
use identifier::{CallConnectionId, LegId};
use media_plan::MediaReport;

use super::{Input, Step};
use crate::event::{CallEvent, CallEventKind};
use crate::outbox::Timer;
use crate::outcome::{Outcome, ResultInformation};
use crate::request::ToneListening;
use crate::stage::{Stage, Ticket};
use crate::timing;

/// An ear on one participant's keys.
#[derive(Debug)]
pub(crate) struct Listening {
    ticket: Ticket,
    leg: LegId,
    /// Of the last tone told; the first is 1.
    sequence: u32,
}

impl Listening {
    pub(crate) fn start(request: ToneListening, leg: LegId, stage: &mut Stage) -> (Ticket, Self) {
        let ticket = stage.ticket(request.operation_context, request.callback);
        (ticket.clone(), Self { ticket, leg, sequence: 0 })
    }

    /// Whether the ear of this application is on this leg.
    pub(crate) fn hears(&self, leg: LegId, connection: CallConnectionId) -> bool {
        self.leg == leg && self.ticket.connection == connection
    }

    /// Nothing more is heard; a key that is down is of no interest.
    pub(crate) fn close(&self, stage: &mut Stage) {
        stage.sleep(Timer::Operation(self.ticket.id));
    }

    pub(crate) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// Asked for again while it runs: the newer request names it.
    pub(crate) fn renew(&mut self, request: ToneListening) {
        self.ticket.operation_context = request.operation_context;
        self.ticket.callback = request.callback;
    }

    pub(crate) fn on(mut self, input: Input<'_>, stage: &mut Stage, now: Now) -> Step<Self> {
        match input {
            Input::Media(MediaReport::ToneStarted(leg, _)) if *leg == self.leg => {
                stage.wake(Timer::Operation(self.ticket.id), now.after(timing::KEY_HELD));
                Continue(self)
            }
            Input::Timeout(id) if id == self.ticket.id => {
                let kind = CallEventKind::ContinuousDtmfRecognitionToneFailed;
                let event = stage.event(&self.ticket, kind, ResultInformation::of(Outcome::KeyLost), now);
                stage.publish(event);
                Continue(self)
            }
            Input::Media(MediaReport::ToneEnded(leg, tone)) if *leg == self.leg => {
                stage.sleep(Timer::Operation(self.ticket.id));
                self.sequence = self.sequence.saturating_add(1);
                let kind = CallEventKind::ContinuousDtmfRecognitionToneReceived {
                    sequence: self.sequence,
                    tone: *tone,
                };
                let event = stage.event(&self.ticket, kind, ResultInformation::of(Outcome::Completed), now);
                stage.publish(event);
                Continue(self)
            }
            Input::Left(leg) if leg == self.leg => Break(self.cancel(Outcome::ParticipantGone, stage, now)),
            Input::Answered(..)
            | Input::Unanswered(..)
            | Input::Left(_)
            | Input::Media(_)
            | Input::Ended(..)
            | Input::Referred(..)
            | Input::Timeout(_) => Continue(self),
        }
    }

    pub(crate) fn cancel(self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        stage.sleep(Timer::Operation(self.ticket.id));
        let kind = CallEventKind::ContinuousDtmfRecognitionStopped;
        stage.event(&self.ticket, kind, ResultInformation::of(outcome), now)
    }
}

/// What is said when an application asks to stop.
pub(crate) fn stopped(request: ToneListening, stage: &mut Stage, now: Now) -> CallEvent {
    let result = Some(ResultInformation::of(Outcome::Completed));
    let kind = CallEventKind::ContinuousDtmfRecognitionStopped;
    stage.event_at(request.callback, request.operation_context, kind, result, now)
}
