//! Sending somebody out of a call (ACS `CallConnection_RemoveParticipant`).
//!
//! They are out at once: they hear nobody, and nobody hears them. Ends in exactly one of
//! `RemoveParticipantSucceeded`, when their end has hung up, or
//! `RemoveParticipantFailed`, when it never said that it has.

use std::ops::ControlFlow::{Break, Continue};

use clock::Now;
use identifier::{CommunicationIdentifier, LegId};

use super::{Input, Step};
use crate::event::{CallEvent, CallEventKind};
use crate::leg_port::LegOutcome;
use crate::outcome::{EndCause, Outcome, ResultInformation};
use crate::request::RemoveParticipant;
use crate::stage::{Stage, Ticket};

/// Somebody who is out, and whose end has not said yet that it hung up.
#[derive(Debug)]
pub(crate) struct Removing {
    ticket: Ticket,
    participant: CommunicationIdentifier,
    leg: LegId,
}

impl Removing {
    pub(crate) fn start(
        request: RemoveParticipant,
        leg: LegId,
        stage: &mut Stage,
        now: Now,
    ) -> (Ticket, Self) {
        let ticket = stage.ticket(request.operation_context, request.callback);
        stage.leave(leg, now);
        stage.dismiss(leg, now);
        (ticket.clone(), Self { ticket, participant: request.participant, leg })
    }

    pub(crate) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    pub(crate) fn on(self, input: Input<'_>, stage: &mut Stage, now: Now) -> Step<Self> {
        match input {
            Input::Ended(leg, outcome) if leg == self.leg => Break(self.ended(outcome, stage, now)),
            Input::Answered(..)
            | Input::Unanswered(..)
            | Input::Left(_)
            | Input::Ended(..)
            | Input::Media(_)
            | Input::Referred(..)
            | Input::Timeout(_) => Continue(self),
        }
    }

    fn ended(self, outcome: &LegOutcome, stage: &mut Stage, now: Now) -> CallEvent {
        if outcome.cause != EndCause::Unreachable {
            return self.succeeded(stage, now);
        }
        let kind = CallEventKind::RemoveParticipantFailed { participant: self.participant };
        stage.event(&self.ticket, kind, ResultInformation::leg(outcome.clone()), now)
    }

    /// The call ends, or its application leaves it: they are out of it all the same.
    pub(crate) fn cancel(self, stage: &mut Stage, now: Now) -> CallEvent {
        self.succeeded(stage, now)
    }

    fn succeeded(self, stage: &mut Stage, now: Now) -> CallEvent {
        let kind = CallEventKind::RemoveParticipantSucceeded { participant: self.participant };
        stage.event(&self.ticket, kind, ResultInformation::of(Outcome::Completed), now)
    }
}
