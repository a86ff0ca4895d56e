//! How a call ends, and in which order that is told.

use clock::Now;
use identifier::{CallConnectionId, CommunicationIdentifier, LegId};

use super::{Call, Phase};
use crate::call_record::CallRecord;
use crate::connection::Connection;
use crate::event::CallEventKind;
use crate::leg::Role;
use crate::leg_port::{LegOutcome, RejectReason};
use crate::notice::NoticeKind;
use crate::operation::hold;
use crate::outbox::Timer;
use crate::outcome::{EndCause, Outcome, ResultInformation};

/// Who ends a call.
#[derive(Debug)]
enum EndedBy {
    Somebody(CommunicationIdentifier),
    Application,
    Platform,
}

/// Why a call ends, and what its application is told last.
#[derive(Debug)]
pub(crate) struct Ending {
    by: EndedBy,
    cause: EndCause,
    /// For operations that still run.
    outcome: Outcome,
    kind: CallEventKind,
    result: ResultInformation,
    reason: RejectReason,
}

impl Ending {
    /// A party left, and nobody to talk with remains.
    pub(crate) fn left(who: CommunicationIdentifier, outcome: &LegOutcome) -> Self {
        let result = if outcome.cause == EndCause::HungUp {
            // That they hung up is no failure, and what their network says of it is told all the same.
            let leg = outcome.q850.is_some().then(|| outcome.clone());
            ResultInformation { leg, ..ResultInformation::of(Outcome::CallEnded) }
        } else {
            ResultInformation::leg(outcome.clone())
        };
        Self {
            by: EndedBy::Somebody(who),
            cause: outcome.cause,
            outcome: Outcome::ParticipantGone,
            kind: CallEventKind::CallDisconnected,
            result,
            reason: reject_reason(outcome.cause),
        }
    }

    /// The application ended it.
    pub(crate) fn by_application() -> Self {
        Self {
            by: EndedBy::Application,
            cause: EndCause::HungUp,
            outcome: Outcome::Canceled,
            kind: CallEventKind::CallDisconnected,
            result: ResultInformation::of(Outcome::CallEnded),
            reason: RejectReason::Declined,
        }
    }

    /// The application gave up a call that was not connected yet.
    pub(crate) fn given_up() -> Self {
        let outcome = LegOutcome::local(EndCause::Canceled);
        Self { cause: EndCause::Canceled, result: ResultInformation::leg(outcome), ..Self::by_application() }
    }

    /// No callee of a new call answered; this one was the last.
    pub(crate) fn create_failed(who: CommunicationIdentifier, outcome: &LegOutcome) -> Self {
        Self {
            by: EndedBy::Somebody(who),
            cause: outcome.cause,
            kind: CallEventKind::CreateCallFailed,
            result: ResultInformation::leg(outcome.clone()),
            ..Self::by_application()
        }
    }

    /// The caller was gone before the answer reached them.
    pub(crate) fn answer_failed(who: CommunicationIdentifier, outcome: &LegOutcome) -> Self {
        Self { kind: CallEventKind::AnswerFailed, ..Self::create_failed(who, outcome) }
    }

    /// No application took the call in time.
    pub(crate) fn not_taken() -> Self {
        Self { by: EndedBy::Platform, ..Self::rejected(RejectReason::NoAnswer) }
    }

    /// The application refused it.
    pub(crate) fn rejected(reason: RejectReason) -> Self {
        Self { cause: reason.cause(), reason, ..Self::by_application() }
    }
}

/// What a caller hears of the way their callee's leg ended.
pub(crate) fn reject_reason(cause: EndCause) -> RejectReason {
    match cause {
        EndCause::Declined => RejectReason::Declined,
        EndCause::Busy => RejectReason::Busy,
        EndCause::Forbidden => RejectReason::Forbidden,
        EndCause::NotFound => RejectReason::NotFound,
        EndCause::HungUp | EndCause::NoAnswer | EndCause::Canceled | EndCause::Unavailable => {
            RejectReason::NoAnswer
        }
        EndCause::NotAcceptable | EndCause::Unreachable | EndCause::Overloaded | EndCause::MediaLost => {
            RejectReason::Overloaded
        }
    }
}

impl Call {
    /// The call is over. What runs ends first, then the application's
    /// connection, then the call itself; the edges end its legs.
    pub(crate) fn end(&mut self, ending: Ending, now: Now) {
        let connected = match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Over => return,
            Phase::Established { since } => Some(since),
            Phase::Offered | Phase::Answering | Phase::Inviting | Phase::Bridging { .. } => None,
        };
        let ended_by = match ending.by {
            EndedBy::Somebody(who) => Some(who),
            EndedBy::Application => self.application(),
            EndedBy::Platform => None,
        };
        self.stage.sleep(Timer::Offer);
        self.cancel_operations(ending.outcome, now);
        if let Some(recording) = self.recording.take() {
            recording.end(&mut self.stage, now);
        }
        let told: Vec<(CallConnectionId, CallEventKind)> = self
            .stage
            .connections
            .iter()
            .map(|one| (one.id, if one.has_joined { ended_for_guest(one) } else { ending.kind.clone() }))
            .collect();
        for (connection, kind) in told {
            self.close_connection(connection, kind, ending.result.clone(), now);
        }
        self.stage.hunts.clear();
        let legs: Vec<LegId> = self.stage.legs.keys().copied().collect();
        for leg in legs {
            self.stage.leave(leg, now);
            self.stage.reject(leg, ending.reason, now);
        }
        if self.awaiting.is_empty() {
            self.stage.release_media();
        } else {
            // What was said is still being summed up.
            self.stage.rearrange();
        }
        if let Some(since) = connected {
            let ended = NoticeKind::CallEnded {
                started_by: self.stage.started_by.clone(),
                ended_by: ended_by.clone(),
                cause: ending.cause,
                lasted: now.since(since),
                is_two_party: !self.stage.is_group,
            };
            self.stage.notify(ended, now);
        }
        self.stage.outbox.record(CallRecord {
            call: self.stage.id,
            correlation: self.stage.correlation,
            resource: Some(self.stage.resource),
            connection: self.stage.held_by,
            started_by: self.stage.started_by.clone(),
            called: std::mem::take(&mut self.called),
            rung: std::mem::take(&mut self.stage.rung),
            participants: std::mem::take(&mut self.stage.history),
            stays: std::mem::take(&mut self.stage.stays),
            is_two_party: !self.stage.is_group,
            began: self.began,
            connected,
            ended: now,
            cause: ending.cause,
            ended_by,
        });
    }

    /// The application as others may know it: by the identity it gave itself, else by the number
    /// under which it was called or calls; who is called on behalf of somebody is called under theirs.
    fn application(&self) -> Option<CommunicationIdentifier> {
        let called = self.dialled.as_ref().map(|called| match &called.on_behalf_of {
            Some(on_behalf_of) => on_behalf_of.identity(),
            None => called.identity(),
        });
        let Some(connection) = self.stage.asker() else {
            // Nobody but an application takes a part in a call that waits for one.
            return called.filter(|_| !self.is_redirected);
        };
        let calls = || connection.caller_number.clone().map(CommunicationIdentifier::phone);
        // The source of a call that was answered is its caller.
        let own = match (connection.has_joined, &called) {
            (true, _) => &None,
            (false, Some(_)) => &connection.answered_by,
            (false, None) => &connection.source,
        };
        own.clone().or(called).or_else(calls)
    }

    /// No application has a further part in the call; who is left talks on.
    pub(crate) fn release_applications(&mut self, now: Now) {
        let holders: Vec<CallConnectionId> = self.stage.connections.iter().map(|one| one.id).collect();
        for holder in holders {
            self.release_application(holder, now);
        }
    }

    /// An application has no further part in the call; who is left talks on.
    pub(crate) fn release_application(&mut self, holder: CallConnectionId, now: Now) {
        if self.stage.connections.len() == 1 {
            for hunt in self.stage.hunts(|role| role == Role::Target) {
                self.stage.call_off(hunt, now);
            }
            hold::unhold_all(&mut self.stage);
        }
        let result = ResultInformation::of(Outcome::CallEnded);
        self.close_connection(holder, CallEventKind::CallDisconnected, result, now);
    }
}

/// What an application is told of the end of a call that it had connected to.
fn ended_for_guest(connection: &Connection) -> CallEventKind {
    if connection.is_connected { CallEventKind::CallDisconnected } else { CallEventKind::ConnectFailed }
}
