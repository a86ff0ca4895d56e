//! Connecting a participant with somebody else (ACS `CallConnection_TransferToParticipant`).
//!
//! The target is called; once they answer, transferee and target are alone
//! together. Ends in exactly one of `CallTransferAccepted` or `CallTransferFailed`.

use std::ops::ControlFlow::{Break, Continue};

use clock::Now;
use identifier::{CommunicationIdentifier, LegId};

use super::{Input, Step};
use crate::event::{CallEvent, CallEventKind};
use crate::leg::Role;
use crate::leg_port::Caller;
use crate::outcome::{Outcome, ResultInformation};
use crate::participant::Participant;
use crate::request::Transfer;
use crate::stage::{Call, Handover, Stage, Ticket};
use crate::timing;

/// A transfer whose target rings.
#[derive(Debug)]
pub(crate) struct Transferring {
    ticket: Ticket,
    transferee: CommunicationIdentifier,
    transferee_leg: LegId,
    target: CommunicationIdentifier,
    target_leg: LegId,
}

impl Transferring {
    pub(crate) fn start(
        request: Transfer,
        transferee: &Participant,
        stage: &mut Stage,
        now: Now,
    ) -> (Ticket, Self) {
        let ticket = stage.ticket(request.operation_context, request.callback);
        let target = request.target.identifier.clone();
        let number = request.caller_number.or_else(|| transferee.identifier.phone_number().cloned());
        let caller = Caller { number, display_name: stage.display_name_on(transferee.leg) };
        let target_leg = stage.dial(
            Call {
                invitee: request.target,
                caller,
                headers: request.headers,
                ring_for: timing::TRANSFER,
                role: Role::Invited,
            },
            now,
        );
        let transferring = Self {
            ticket: ticket.clone(),
            transferee: transferee.identifier.clone(),
            transferee_leg: transferee.leg,
            target,
            target_leg,
        };
        (ticket, transferring)
    }

    /// Whether this participant is being moved.
    pub(crate) fn moves(&self, leg: LegId) -> bool {
        self.transferee_leg == leg
    }

    pub(crate) fn on(self, input: Input<'_>, stage: &mut Stage, now: Now) -> Step<Self> {
        match input {
            Input::Answered(leg) if leg == self.target_leg => {
                stage.handover = Some(Handover { transferee: self.transferee_leg, target: self.target_leg });
                let kind =
                    CallEventKind::CallTransferAccepted { target: self.target, transferee: self.transferee };
                Break(stage.event(&self.ticket, kind, ResultInformation::of(Outcome::Completed), now))
            }
            Input::Unanswered(leg, outcome) if leg == self.target_leg => {
                let result = ResultInformation::leg(outcome.clone());
                Break(stage.event(&self.ticket, CallEventKind::CallTransferFailed, result, now))
            }
            Input::Left(leg) if leg == self.transferee_leg => {
                Break(self.cancel(Outcome::ParticipantGone, stage, now))
            }
            Input::Answered(_)
            | Input::Unanswered(..)
            | Input::Left(_)
            | Input::Media(_)
            | Input::Timeout(_) => Continue(self),
        }
    }

    pub(crate) fn cancel(self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        stage.hang_up(self.target_leg, now);
        let result = ResultInformation::of(outcome);
        stage.event(&self.ticket, CallEventKind::CallTransferFailed, result, now)
    }
}

/// What is said of a transfer of somebody who is already being transferred.
pub(crate) fn conflicting(request: Transfer, stage: &mut Stage, now: Now) -> CallEvent {
    let result = Some(ResultInformation::of(Outcome::Canceled));
    let kind = CallEventKind::CallTransferFailed;
    stage.event_at(request.callback, request.operation_context, kind, result, now)
}
