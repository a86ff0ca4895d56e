//! What applications start and what ends in exactly one terminal event.

pub(crate) mod add_participant;
pub(crate) mod announcement;
pub(crate) mod hold;
pub(crate) mod listen_tones;
pub(crate) mod mute;
pub(crate) mod play;
pub(crate) mod recognize;
pub(crate) mod record;
pub(crate) mod remove_participant;
pub(crate) mod send_tones;
pub(crate) mod subscription;
pub(crate) mod transfer;

use std::ops::ControlFlow;

use clock::Now;
use identifier::{LegId, OperationId};
use media_plan::MediaReport;

use crate::event::CallEvent;
use crate::hunt::HuntId;
use crate::leg_port::{LegOutcome, ReferOutcome};
use crate::outcome::Outcome;
use crate::stage::{Stage, Ticket};

pub(crate) use add_participant::Adding;
pub(crate) use listen_tones::Listening;
pub(crate) use play::Playing;
pub(crate) use recognize::Recognizing;
pub(crate) use record::Recording;
pub(crate) use remove_participant::Removing;
pub(crate) use send_tones::Sending;
pub(crate) use subscription::Subscription;
pub(crate) use transfer::Transferring;

/// How an operation goes on: it keeps running, or it ends in its one terminal event.
pub(crate) type Step<T> = ControlFlow<CallEvent, T>;

/// An operation that runs.
#[derive(Debug)]
pub(crate) enum Operation {
    Adding(Adding),
    Removing(Removing),
    Transferring(Transferring),
    Playing(Playing),
    Recognizing(Box<Recognizing>),
    Sending(Sending),
    Listening(Listening),
}

/// What an operation may have to react to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input<'a> {
    /// Somebody answered for a callee, on this leg.
    Answered(HuntId, LegId),
    /// Nobody answered for a callee.
    Unanswered(HuntId, &'a LegOutcome),
    /// The participant on this leg has left the call.
    Left(LegId),
    /// A leg that we ended is over.
    Ended(LegId, &'a LegOutcome),
    /// The far end of this leg was asked to call somebody by itself.
    Referred(LegId, &'a ReferOutcome),
    /// Media saw something.
    Media(&'a MediaReport),
    /// The operation's timer.
    Timeout(OperationId),
}

impl Operation {
    /// The operation reacts, or looks on.
    pub(crate) fn on(self, input: Input<'_>, stage: &mut Stage, now: Now) -> Step<Self> {
        match self {
            Self::Adding(adding) => wrap(adding.on(input, stage, now), Self::Adding),
            Self::Removing(removing) => wrap(removing.on(input, stage, now), Self::Removing),
            Self::Transferring(transferring) => wrap(transferring.on(input, stage, now), Self::Transferring),
            Self::Playing(playing) => wrap(playing.on(input, stage, now), Self::Playing),
            Self::Recognizing(recognizing) => wrap((*recognizing).on(input, stage, now), recognizing_on),
            Self::Sending(sending) => wrap(sending.on(input, stage, now), Self::Sending),
            Self::Listening(listening) => wrap(listening.on(input, stage, now), Self::Listening),
        }
    }

    /// What it is called, and whose it is.
    pub(crate) fn ticket(&self) -> &Ticket {
        match self {
            Self::Adding(adding) => adding.ticket(),
            Self::Removing(removing) => removing.ticket(),
            Self::Transferring(transferring) => transferring.ticket(),
            Self::Playing(playing) => playing.ticket(),
            Self::Recognizing(recognizing) => recognizing.ticket(),
            Self::Sending(sending) => sending.ticket(),
            Self::Listening(listening) => listening.ticket(),
        }
    }

    /// The operation is over before its time, for this reason.
    pub(crate) fn cancel(self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        match self {
            Self::Adding(adding) => adding.cancel(outcome, stage, now),
            Self::Removing(removing) => removing.cancel(stage, now),
            Self::Transferring(transferring) => transferring.cancel(outcome, stage, now),
            Self::Playing(playing) => playing.cancel(outcome, stage, now),
            Self::Recognizing(recognizing) => recognizing.cancel(outcome, stage, now),
            Self::Sending(sending) => sending.cancel(outcome, stage, now),
            Self::Listening(listening) => listening.cancel(outcome, stage, now),
        }
    }
}

/// One that goes on listening.
pub(crate) fn recognizing_on(recognizing: Recognizing) -> Operation {
    Operation::Recognizing(Box::new(recognizing))
}

pub(crate) fn wrap<T, U>(step: Step<T>, into: impl FnOnce(T) -> U) -> Step<U> {
    match step {
        ControlFlow::Continue(running) => ControlFlow::Continue(into(running)),
        ControlFlow::Break(event) => ControlFlow::Break(event),
    }
}
