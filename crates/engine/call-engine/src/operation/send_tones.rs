//! Pressing keys toward a participant (ACS `CallMedia_SendDtmfTones`).
//!
//! Ends in exactly one of `SendDtmfTonesCompleted` or `SendDtmfTonesFailed`.

use std::ops::ControlFlow::{Break, Continue};

use clock::Now;
use identifier::LegId;
use media_plan::{MediaReport, ToneSequence};

use super::{Input, Step};
use crate::event::{CallEvent, CallEventKind};
use crate::outbox::Timer;
use crate::outcome::{Outcome, ResultInformation};
use crate::request::SendTones;
use crate::stage::{Stage, Ticket};
use crate::timing;

/// Tones on their way.
#[derive(Debug)]
pub(crate) struct Sending {
    ticket: Ticket,
    leg: LegId,
}

impl Sending {
    pub(crate) fn start(request: SendTones, ticket: Ticket, stage: &mut Stage, now: Now) -> Step<Self> {
        let Some(target) = stage.participant(&request.target) else {
            return Break(failed(&ticket, Outcome::ParticipantGone, stage, now));
        };
        let leg = target.leg;
        stage.send_tones(ToneSequence { operation: ticket.id, leg, tones: request.tones });
        stage.wake(Timer::Operation(ticket.id), now.after(timing::TONES_SENT));
        Continue(Self { ticket, leg })
    }

    pub(crate) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    pub(crate) fn on(self, input: Input<'_>, stage: &mut Stage, now: Now) -> Step<Self> {
        match input {
            Input::Media(MediaReport::TonesSent(id)) if *id == self.ticket.id => {
                stage.sleep(Timer::Operation(self.ticket.id));
                let result = ResultInformation::of(Outcome::Completed);
                Break(stage.event(&self.ticket, CallEventKind::SendDtmfTonesCompleted, result, now))
            }
            Input::Media(MediaReport::TonesRefused(id)) if *id == self.ticket.id => {
                Break(self.cancel(Outcome::TonesRefused, stage, now))
            }
            Input::Timeout(id) if id == self.ticket.id => {
                Break(self.cancel(Outcome::TonesRefused, stage, now))
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
        failed(&self.ticket, outcome, stage, now)
    }
}

/// What is said of tones that were not sent.
pub(crate) fn failed(ticket: &Ticket, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
    stage.event(ticket, CallEventKind::SendDtmfTonesFailed, ResultInformation::of(outcome), now)
}
