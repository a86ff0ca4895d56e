//! Bringing somebody into a call (ACS `CallConnection_AddParticipant`).
//!
//! Ends in exactly one of `AddParticipantSucceeded`, `AddParticipantFailed`, or
//! the `CancelAddParticipantSucceeded` of the request that cancelled it. Who
//! has declined, timed out or hung up is never reported as added: success is
//! said only when the leg was answered.

use std::ops::ControlFlow::{Break, Continue};

use clock::Now;
use identifier::CommunicationIdentifier;

use super::{Input, Step};
use crate::event::{CallEvent, CallEventKind};
use crate::hunt::HuntId;
use crate::leg::Role;
use crate::leg_port::Caller;
use crate::outcome::{Outcome, ResultInformation};
use crate::request::{AddParticipant, CancelAddParticipant};
use crate::stage::{Call, Stage, Ticket};
use crate::timing;

/// An invitation that rings.
#[derive(Debug)]
pub(crate) struct Adding {
    ticket: Ticket,
    participant: CommunicationIdentifier,
    hunt: HuntId,
}

impl Adding {
    pub(crate) fn start(request: AddParticipant, stage: &mut Stage, now: Now) -> (Ticket, Self) {
        let ticket = stage.ticket(request.operation_context, request.callback);
        let participant = request.invitee.identifier.clone();
        let ring_for = timing::invitation(&request.invitee.destination, request.ring_for);
        let limit = request.ring_for.filter(|asked| !asked.is_zero()).map(|_| ring_for);
        let number = request.caller_number.or_else(|| stage.own_number());
        let caller = Caller { number, display_name: request.display_name };
        let hunt = stage.dial(
            Call {
                invitee: request.invitee,
                caller,
                headers: request.headers,
                diversions: Vec::new(),
                ring_for,
                limit,
                role: Role::Invited,
            },
            now,
        );
        (ticket.clone(), Self { ticket, participant, hunt })
    }

    pub(crate) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    pub(crate) fn on(self, input: Input<'_>, stage: &mut Stage, now: Now) -> Step<Self> {
        match input {
            Input::Answered(hunt, leg) if hunt == self.hunt => {
                stage.join(leg, now);
                // Under another name than they were called by, if that one was taken meanwhile.
                let joined = stage.participant_on(leg).map(|one| one.identifier.clone());
                let participant = joined.unwrap_or(self.participant);
                let kind = CallEventKind::AddParticipantSucceeded { participant };
                Break(stage.event(&self.ticket, kind, ResultInformation::of(Outcome::Completed), now))
            }
            Input::Unanswered(hunt, outcome) if hunt == self.hunt => {
                Break(self.failed(ResultInformation::leg(outcome.clone()), stage, now))
            }
            Input::Answered(..)
            | Input::Unanswered(..)
            | Input::Left(_)
            | Input::Media(_)
            | Input::Ended(..)
            | Input::Referred(..)
            | Input::Timeout(_) => Continue(self),
        }
    }

    /// The application changed its mind before an answer: an answer that crosses is hung up.
    pub(crate) fn withdraw(self, request: CancelAddParticipant, stage: &mut Stage, now: Now) -> CallEvent {
        stage.call_off(self.hunt, now);
        canceled(request, true, stage, now)
    }

    pub(crate) fn cancel(self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        stage.call_off(self.hunt, now);
        self.failed(ResultInformation::of(outcome), stage, now)
    }

    fn failed(self, result: ResultInformation, stage: &mut Stage, now: Now) -> CallEvent {
        let kind = CallEventKind::AddParticipantFailed { participant: self.participant };
        stage.event(&self.ticket, kind, result, now)
    }
}

/// What is said of a cancellation that came in time, or too late.
pub(crate) fn canceled(
    request: CancelAddParticipant,
    in_time: bool,
    stage: &mut Stage,
    now: Now,
) -> CallEvent {
    let invitation = request.invitation;
    let (kind, outcome) = if in_time {
        (CallEventKind::CancelAddParticipantSucceeded { invitation }, Outcome::Completed)
    } else {
        (CallEventKind::CancelAddParticipantFailed { invitation }, Outcome::ParticipantGone)
    };
    let result = Some(ResultInformation::of(outcome));
    stage.event_at(request.callback, request.operation_context, kind, result, now)
}
