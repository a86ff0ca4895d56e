//! Connecting a participant with somebody else (ACS `CallConnection_TransferToParticipant`).
//!
//! The target is called; once they answer, transferee and target are alone
//! together. Where the trunk of both can do that by itself, it is asked to
//! (SIP REFER), and the call leaves the platform. Ends in exactly one of `CallTransferAccepted` or `CallTransferFailed`.

use std::ops::ControlFlow::{Break, Continue};

use clock::Now;
use identifier::{CommunicationIdentifier, LegId, PhoneNumber};

use super::{Input, Step};
use crate::event::{CallEvent, CallEventKind};
use crate::hunt::HuntId;
use crate::leg::Role;
use crate::leg_port::{Caller, Destination, LegOutcome, LegRequest, Origin, Refer, ReferOutcome};
use crate::outbox::Timer;
use crate::outcome::{EndCause, Outcome, ResultInformation};
use crate::participant::Participant;
use crate::request::Transfer;
use crate::stage::{Call, Handover, Stage, Ticket};
use crate::timing;

/// A transfer whose target is being called.
#[derive(Debug)]
pub(crate) struct Transferring {
    ticket: Ticket,
    transferee: CommunicationIdentifier,
    transferee_leg: LegId,
    target: CommunicationIdentifier,
    by: By,
}

/// Who calls the target.
#[derive(Debug)]
enum By {
    /// We do.
    Bridge { hunt: HuntId },
    /// The far end of the transferee's leg; if it does not want to, we do.
    Refer(Box<Call>),
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
        let refer = refer(&request.target.destination, request.by_refer, transferee.leg, stage);
        let call = Call {
            invitee: request.target,
            caller,
            headers: request.headers,
            diversions: stage.diversions_from_here(),
            ring_for: timing::TRANSFER,
            limit: None,
            role: Role::Invited,
        };
        let by = match refer {
            Some(number) => {
                let (referred_by, headers) = (stage.own_number(), call.headers.clone());
                let refer = Refer { number, referred_by, headers };
                stage.ask(transferee.leg, LegRequest::Refer(Box::new(refer)));
                stage.wake(Timer::Operation(ticket.id), now.after(timing::REFERRAL));
                By::Refer(Box::new(call))
            }
            None => By::Bridge { hunt: stage.dial(call, now) },
        };
        let transferring = Self {
            ticket: ticket.clone(),
            transferee: transferee.identifier.clone(),
            transferee_leg: transferee.leg,
            target,
            by,
        };
        (ticket, transferring)
    }

    /// Whether this participant is being moved.
    pub(crate) fn moves(&self, leg: LegId) -> bool {
        self.transferee_leg == leg
    }

    pub(crate) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    pub(crate) fn on(self, input: Input<'_>, stage: &mut Stage, now: Now) -> Step<Self> {
        match (input, &self.by) {
            (Input::Answered(answered, leg), By::Bridge { hunt }) if answered == *hunt => {
                stage.handover = Some(Handover { transferee: self.transferee_leg, target: leg });
                Break(self.accepted(stage, now))
            }
            (Input::Unanswered(missed, outcome), By::Bridge { hunt }) if missed == *hunt => {
                Break(self.failed(ResultInformation::leg(outcome.clone()), stage, now))
            }
            (Input::Referred(leg, outcome), By::Refer(_)) if leg == self.transferee_leg => {
                self.on_referred(outcome, stage, now)
            }
            (Input::Timeout(id), By::Refer(_)) if id == self.ticket.id => {
                let outcome = LegOutcome::local(EndCause::NoAnswer);
                Break(self.failed(ResultInformation::leg(outcome), stage, now))
            }
            (Input::Left(leg), _) if leg == self.transferee_leg => {
                Break(self.cancel(Outcome::ParticipantGone, stage, now))
            }
            (
                Input::Answered(..)
                | Input::Unanswered(..)
                | Input::Ended(..)
                | Input::Referred(..)
                | Input::Left(_)
                | Input::Media(_)
                | Input::Timeout(_),
                By::Bridge { .. } | By::Refer(_),
            ) => Continue(self),
        }
    }

    fn on_referred(mut self, outcome: &ReferOutcome, stage: &mut Stage, now: Now) -> Step<Self> {
        stage.sleep(Timer::Operation(self.ticket.id));
        match outcome {
            ReferOutcome::Succeeded => {
                stage.referred_away = Some(self.transferee_leg);
                Break(self.accepted(stage, now))
            }
            ReferOutcome::Failed(outcome) => {
                Break(self.failed(ResultInformation::leg(outcome.clone()), stage, now))
            }
            ReferOutcome::Refused => {
                if let By::Refer(call) = self.by {
                    self.by = By::Bridge { hunt: stage.dial(*call, now) };
                }
                Continue(self)
            }
        }
    }

    fn accepted(self, stage: &mut Stage, now: Now) -> CallEvent {
        let Self { ticket, target, transferee, .. } = self;
        let kind = CallEventKind::CallTransferAccepted { target, transferee };
        stage.event(&ticket, kind, ResultInformation::of(Outcome::Completed), now)
    }

    fn failed(&self, result: ResultInformation, stage: &mut Stage, now: Now) -> CallEvent {
        stage.event(&self.ticket, CallEventKind::CallTransferFailed, result, now)
    }

    pub(crate) fn cancel(self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        match &self.by {
            By::Bridge { hunt } => stage.call_off(*hunt, now),
            By::Refer(_) => stage.sleep(Timer::Operation(self.ticket.id)),
        }
        self.failed(ResultInformation::of(outcome), stage, now)
    }
}

/// The number that the transferee's trunk calls by itself; none when that is not for it to do.
fn refer(destination: &Destination, by_refer: bool, transferee: LegId, stage: &Stage) -> Option<PhoneNumber> {
    let Destination::Trunk { trunk, number } = destination else { return None };
    let origin = &stage.legs.get(&transferee)?.origin;
    let is_there = matches!(origin, Origin::Trunk(name) if name == trunk);
    (by_refer && is_there).then(|| number.clone())
}

/// What is said of a transfer of somebody who is already being transferred.
pub(crate) fn conflicting(request: Transfer, stage: &mut Stage, now: Now) -> CallEvent {
    let result = Some(ResultInformation::of(Outcome::Canceled));
    let kind = CallEventKind::CallTransferFailed;
    stage.event_at(request.callback, request.operation_context, kind, result, now)
}
