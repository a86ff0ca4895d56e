//! One call: its state, and what becomes of what is observed.

mod early_tones;
mod ending;
mod help;
mod listening;
mod recital;
mod referral;
mod set_up;
mod verbs;

use std::collections::BTreeMap;
use std::ops::ControlFlow::{Break, Continue};

use clock::Now;
use identifier::{CallConnectionId, CommunicationIdentifier, LegId, OperationId};
use media_plan::MediaReport;

use crate::called::Called;
use crate::event::{CallEvent, CallEventKind};
use crate::hunt::HuntId;
use crate::leg::{Leg, LegState, Role};
use crate::leg_port::{CustomHeaders, LegOutcome, LegReport};
use crate::media_lane::MediaLane;
use crate::notice::NoticeKind;
use crate::operation::{Input, Operation, Recording, hold};
use crate::outbox::Timer;
use crate::outcome::{EndCause, Outcome, ResultInformation};
use crate::stage::{Handover, Stage};

pub use crate::operation::record::RecordingError;
pub use crate::operation::subscription::SubscriptionError;
use early_tones::EarlyTones;
pub(crate) use ending::Ending;
use help::Helping;
pub use help::{CallForHelp, DeskMember};
use listening::Awaiting;
use recital::Recital;
pub use verbs::{AddParticipantError, MediaError, ParticipantError, TransferError};

/// Everyone talking together, and the application that holds them.
#[derive(Debug)]
pub(crate) struct Call {
    pub stage: Stage,
    pub phase: Phase,
    pub began: Now,
    operations: BTreeMap<OperationId, Operation>,
    lane: MediaLane,
    /// Keys for somebody who has not answered yet.
    early_tones: Vec<EarlyTones>,
    /// Its sound is kept.
    recording: Option<Recording>,
    /// Applications that wait for the summary of what was said.
    awaiting: Vec<Awaiting>,
    /// Who left last, and how: the one who ends a call by leaving it.
    departed: Option<(CommunicationIdentifier, LegOutcome)>,
    /// Two legs that leave together for a call of their own.
    pub leaving: Option<Handover>,
    /// How often the call was redirected to another service number.
    pub redirections: u32,
    /// An application sent it to somebody.
    pub is_redirected: bool,
    /// Its end is remembered by the engine.
    pub is_remembered: bool,
    /// Who was called at first.
    called: Vec<CommunicationIdentifier>,
    /// What was dialled that an application answers for.
    pub dialled: Option<Called>,
    /// Of the caller's signaling.
    pub headers: CustomHeaders,
    /// What goes with a call for help.
    help: Option<Helping>,
    /// What the platform says by itself, when nobody else answers.
    recital: Option<Recital>,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Inbound: waits for an application.
    Offered,
    /// Inbound: an application answered; the caller has not acknowledged yet.
    Answering,
    /// Outbound: nobody has answered yet.
    Inviting,
    /// Without an application: `caller` waits for `callee`, for whom `answered` has answered.
    Bridging { caller: LegId, callee: HuntId, answered: Option<LegId> },
    /// The parties are connected.
    Established { since: Now },
    /// Over; the edges still end its legs.
    Over,
}

impl Call {
    fn new(stage: Stage, phase: Phase, called: Vec<CommunicationIdentifier>, now: Now) -> Self {
        Self {
            stage,
            phase,
            began: now,
            operations: BTreeMap::new(),
            lane: MediaLane::default(),
            early_tones: Vec::new(),
            recording: None,
            awaiting: Vec::new(),
            departed: None,
            leaving: None,
            redirections: 0,
            is_redirected: false,
            is_remembered: false,
            called,
            dialled: None,
            headers: CustomHeaders::default(),
            help: None,
            recital: None,
        }
    }

    /// Nothing of the call is left, not even a leg that is being ended.
    pub(crate) fn is_gone(&self) -> bool {
        self.phase == Phase::Over && self.stage.legs.is_empty() && self.awaiting.is_empty()
    }

    /// Whether an application took the call while it waited.
    pub(crate) fn was_taken(&self) -> bool {
        self.stage.held_by.is_some() || self.is_redirected
    }

    /// An edge saw something on a leg of this call.
    pub(crate) fn on_leg(&mut self, id: LegId, report: LegReport, now: Now) {
        if let LegReport::Ended(outcome) = report {
            return self.on_leg_ended(id, &outcome, now);
        }
        let Some(leg) = self.stage.legs.get_mut(&id) else { return };
        // A report that does not fit has crossed a request of ours.
        let Some(state) = leg.state.after(&report) else { return };
        leg.state = state;
        match report {
            LegReport::Ringing => {
                if let Some(caller) = self.caller_waiting_for(id) {
                    self.stage.alert(caller);
                }
            }
            LegReport::EarlyMedia => {
                if let Some(caller) = self.caller_waiting_for(id) {
                    // Of several who ring none is heard before one answers.
                    if self.stage.rings_alone(id) {
                        self.stage.hear_early(caller, id);
                    } else {
                        self.stage.alert(caller);
                    }
                }
            }
            LegReport::Answered => self.on_answered(id, now),
            // Nobody who called for help puts those on hold who help.
            LegReport::Held if self.is_for_help() && self.caller() == Some(id) => {}
            LegReport::Held => self.set_away(id, true),
            LegReport::Resumed => self.set_away(id, false),
            LegReport::Tone(tone) => {
                self.on_media(&MediaReport::ToneStarted(id, tone), now);
                self.on_media(&MediaReport::ToneEnded(id, tone), now);
            }
            // Without a word from the dial plan nobody is called.
            LegReport::TransferRequested { .. } => self.refuse_referral(id, EndCause::Forbidden),
            LegReport::Moved { .. } => self.give_up(id, EndCause::Unavailable, now),
            LegReport::Referred(outcome) => self.feed(Input::Referred(id, &outcome), now),
            LegReport::Ended(_) => {}
        }
    }

    /// The one for whom this leg is called, if somebody waits for that.
    fn caller_waiting_for(&self, leg: LegId) -> Option<LegId> {
        match self.phase {
            Phase::Bridging { caller, callee, .. } if self.stage.hunt_of(leg) == Some(callee) => Some(caller),
            Phase::Bridging { .. }
            | Phase::Offered
            | Phase::Answering
            | Phase::Inviting
            | Phase::Established { .. }
            | Phase::Over => None,
        }
    }

    fn set_away(&mut self, leg: LegId, is_away: bool) {
        if let Some(participant) = self.stage.participant_mut(|one| one.leg == leg) {
            participant.is_away = is_away;
        }
    }

    fn on_answered(&mut self, id: LegId, now: Now) {
        self.stage.sleep(Timer::Ring(id));
        let Some(role) = self.stage.legs.get(&id).map(|leg| leg.role) else { return };
        let hunt = self.stage.settle_hunt(id, now);
        match (self.phase, role) {
            (Phase::Answering | Phase::Inviting, Role::Caller | Role::Target) => self.establish(&[id], now),
            (Phase::Bridging { caller, callee, .. }, Role::Target) if hunt == Some(callee) => {
                self.phase = Phase::Bridging { caller, callee, answered: Some(id) };
                self.stage.answer(caller, now);
            }
            (Phase::Bridging { caller, answered: Some(answered), .. }, Role::Caller) => {
                self.establish(&[caller, answered], now);
            }
            (Phase::Established { .. }, Role::Target) => self.stage.join(id, now),
            (Phase::Established { .. }, Role::Invited) => {
                if let Some(hunt) = hunt {
                    self.feed(Input::Answered(hunt, id), now);
                }
            }
            (Phase::Established { .. }, Role::Referred { transferor }) => {
                self.complete_referral(id, transferor, now);
            }
            (Phase::Established { .. }, Role::Replacing { place }) => self.replace(id, place, now),
            (Phase::Established { .. }, Role::Desk) => self.seat(id, hunt, now),
            (Phase::Established { .. }, Role::Caller)
            | (Phase::Bridging { .. }, Role::Caller | Role::Target)
            | (
                Phase::Answering | Phase::Inviting | Phase::Bridging { .. },
                Role::Invited | Role::Referred { .. } | Role::Replacing { .. } | Role::Desk,
            )
            | (
                Phase::Offered | Phase::Over,
                Role::Caller
                | Role::Target
                | Role::Invited
                | Role::Referred { .. }
                | Role::Replacing { .. }
                | Role::Desk,
            ) => self.stage.hang_up(id, now),
        }
    }

    /// The first parties are connected.
    fn establish(&mut self, legs: &[LegId], now: Now) {
        self.phase = Phase::Established { since: now };
        let holders: Vec<CallConnectionId> = self.stage.connections.iter().map(|one| one.id).collect();
        for holder in &holders {
            self.tell_connected(*holder, now);
        }
        let started_by = self.stage.started_by.clone();
        let is_two_party = !self.stage.is_group;
        self.stage.notify(NoticeKind::CallStarted { started_by, is_two_party }, now);
        for leg in legs {
            self.stage.join(*leg, now);
        }
        for holder in holders {
            self.begin_sockets(holder, now);
        }
        self.begin_recital();
        self.call_desk_in(now);
    }

    fn tell_connected(&mut self, holder: CallConnectionId, now: Now) {
        if let Some(connection) = self.stage.connection_mut(holder) {
            connection.is_connected = true;
        }
        let result = ResultInformation::of(Outcome::Completed);
        let event = self.stage.connection_event(holder, CallEventKind::CallConnected, result, now);
        self.stage.publish(event);
    }

    fn on_leg_ended(&mut self, id: LegId, outcome: &LegOutcome, now: Now) {
        let Some(leg) = self.stage.forget_leg(id) else { return };
        match leg.state {
            // It ended because we asked for it, and was dealt with then.
            LegState::Ending => self.feed(Input::Ended(leg.id, outcome), now),
            LegState::Connected => self.on_left(&leg, outcome, now),
            LegState::Arriving | LegState::Answering | LegState::Dialing | LegState::Ringing => {
                self.on_unanswered(&leg, outcome, now);
            }
        }
    }

    /// Somebody who was connected is gone.
    fn on_left(&mut self, leg: &Leg, outcome: &LegOutcome, now: Now) {
        if self.leaves_desk(leg.id) {
            self.stage.leave(leg.id, now);
        } else if let Some(participant) = self.stage.leave(leg.id, now) {
            self.departed = Some((participant.identifier, outcome.clone()));
            self.feed(Input::Left(leg.id), now);
        } else if let Phase::Bridging { .. } = self.phase {
            // The callee answered and left before the caller had acknowledged.
            self.end(Ending::left(leg.identifier.clone(), outcome), now);
        }
    }

    /// A leg ended before it was answered.
    fn on_unanswered(&mut self, leg: &Leg, outcome: &LegOutcome, now: Now) {
        let Some(hunt) = leg.hunt else { return self.on_not_reached(leg, None, outcome, now) };
        if let Some(missed) = self.stage.miss(hunt, leg.id, outcome, now) {
            let leg = Leg { identifier: missed.identifier, ..leg.clone() };
            self.on_not_reached(&leg, Some(hunt), &missed.outcome, now);
        }
    }

    /// A caller gave up, or nobody answered for a callee.
    fn on_not_reached(&mut self, leg: &Leg, hunt: Option<HuntId>, outcome: &LegOutcome, now: Now) {
        match (leg.role, self.phase) {
            (Role::Caller, Phase::Offered | Phase::Bridging { .. }) => {
                self.end(Ending::left(leg.identifier.clone(), outcome), now);
            }
            (Role::Caller, Phase::Answering) => {
                self.end(Ending::answer_failed(leg.identifier.clone(), outcome), now);
            }
            (Role::Target, Phase::Bridging { caller, .. }) => {
                self.stage.reject(caller, ending::reject_reason(outcome.cause), now);
                self.end(Ending::left(leg.identifier.clone(), outcome), now);
            }
            (Role::Target, Phase::Inviting) => {
                if self.stage.hunts(|role| role == Role::Target).is_empty() {
                    self.end(Ending::create_failed(leg.identifier.clone(), outcome), now);
                }
            }
            (Role::Invited, Phase::Established { .. }) => {
                if let Some(hunt) = hunt {
                    self.feed(Input::Unanswered(hunt, outcome), now);
                }
            }
            (Role::Referred { transferor }, Phase::Established { .. }) => {
                self.refuse_referral(transferor, outcome.cause);
            }
            // The place it wanted to take stays taken; a group goes on without who did not answer, and a call for
            // help without who only listens.
            (Role::Desk, _)
            | (Role::Replacing { .. } | Role::Target | Role::Caller, Phase::Established { .. })
            | (Role::Caller, Phase::Inviting | Phase::Over)
            | (Role::Target, Phase::Offered | Phase::Answering | Phase::Over)
            | (
                Role::Invited | Role::Referred { .. } | Role::Replacing { .. },
                Phase::Offered | Phase::Answering | Phase::Inviting | Phase::Bridging { .. } | Phase::Over,
            ) => {}
        }
    }

    /// We give a leg up that has not been answered.
    fn give_up(&mut self, id: LegId, cause: EndCause, now: Now) {
        let Some(leg) = self.stage.legs.get(&id).filter(|leg| leg.state.is_pending()).cloned() else {
            return;
        };
        self.stage.hang_up(id, now);
        self.on_unanswered(&leg, &LegOutcome::local(cause), now);
    }

    /// Media saw something.
    pub(crate) fn on_media(&mut self, report: &MediaReport, now: Now) {
        if let MediaReport::Tapped(tap, report) = report {
            self.on_tap(*tap, report, now);
        }
        if self.phase == Phase::Over {
            return;
        }
        if self.on_recital_media(report, now).is_break() {
            return;
        }
        self.on_desk_media(report);
        hold::on_media(report, &mut self.stage, now);
        self.on_announcement(report, now);
        if let MediaReport::Silent(leg) = report {
            return self.on_silent(*leg, now);
        }
        self.feed(Input::Media(report), now);
    }

    fn on_silent(&mut self, id: LegId, now: Now) {
        let Some(leg) = self.stage.legs.get(&id).filter(|leg| leg.state == LegState::Connected).cloned()
        else {
            return;
        };
        self.stage.hang_up(id, now);
        self.on_left(&leg, &LegOutcome::local(EndCause::MediaLost), now);
    }

    /// A timer of this call is due.
    pub(crate) fn on_timeout(&mut self, timer: Timer, now: Now) {
        match timer {
            Timer::Offer => {
                if self.phase == Phase::Offered {
                    self.end(Ending::not_taken(), now);
                }
            }
            Timer::Ring(leg) => {
                let is_ours = self.stage.legs.get(&leg).is_some_and(|leg| leg.state == LegState::Answering);
                let cause = if is_ours { EndCause::Unreachable } else { EndCause::NoAnswer };
                self.give_up(leg, cause, now);
            }
            Timer::Gone(leg) => {
                if let Some(leg) = self.stage.forget_leg(leg) {
                    let outcome = LegOutcome::local(EndCause::Unreachable);
                    self.feed(Input::Ended(leg.id, &outcome), now);
                }
            }
            Timer::Operation(id) => {
                self.on_listening_timeout(id, now);
                self.feed(Input::Timeout(id), now);
            }
            Timer::Summary(connection) => self.on_summary_timeout(connection, now),
        }
    }

    // Operations.

    /// Every running operation hears of it.
    fn feed(&mut self, input: Input<'_>, now: Now) {
        let running: Vec<OperationId> = self.operations.keys().copied().collect();
        for id in running {
            let Some(operation) = self.operations.remove(&id) else { continue };
            match operation.on(input, &mut self.stage, now) {
                Continue(operation) => {
                    self.operations.insert(id, operation);
                }
                Break(event) => self.on_operation_end(id, event, now),
            }
        }
    }

    fn on_operation_end(&mut self, id: OperationId, event: CallEvent, now: Now) {
        self.lane.on_end(id);
        match (self.stage.handover.take(), self.stage.referred_away.take()) {
            (Some(handover), _) => self.hand_over(handover, event, now),
            (None, Some(leg)) => self.see_off(leg, event, now),
            (None, None) => self.stage.publish(event),
        }
        self.start_next(now);
    }

    /// Starts those in line until one runs.
    fn start_next(&mut self, now: Now) {
        while let Some(next) = self.lane.next() {
            let id = next.ticket.id;
            match next.start(&mut self.stage, now) {
                Continue(operation) => {
                    self.operations.insert(id, operation);
                }
                Break(event) => {
                    self.lane.on_end(id);
                    self.stage.publish(event);
                }
            }
        }
    }

    /// Ends everything that runs or waits in the media lane and may be cut short.
    fn interrupt(&mut self, outcome: Outcome, now: Now) {
        let waiting = self.lane.take_interruptible();
        if let Some(id) = self.lane.interruptible()
            && let Some(operation) = self.operations.remove(&id)
        {
            let event = operation.cancel(outcome, &mut self.stage, now);
            self.lane.on_end(id);
            self.stage.publish(event);
        }
        for waiting in waiting {
            let event = waiting.cancel(outcome, &mut self.stage, now);
            self.stage.publish(event);
        }
    }

    /// Ends every operation of one application.
    fn cancel_operations_of(&mut self, connection: CallConnectionId, now: Now) {
        let is_theirs = |operation: &Operation| operation.ticket().connection == connection;
        let running: Vec<OperationId> =
            self.operations.iter().filter(|(_, operation)| is_theirs(operation)).map(|(id, _)| *id).collect();
        for id in running {
            let Some(operation) = self.operations.remove(&id) else { continue };
            let event = operation.cancel(Outcome::Canceled, &mut self.stage, now);
            self.lane.on_end(id);
            self.stage.publish(event);
        }
        for waiting in self.lane.take_of(connection) {
            let event = waiting.cancel(Outcome::Canceled, &mut self.stage, now);
            self.stage.publish(event);
        }
        self.drop_early_tones(|tones| tones.ticket.connection == connection, Outcome::Canceled, now);
        self.start_next(now);
    }

    /// Ends every operation.
    fn cancel_operations(&mut self, outcome: Outcome, now: Now) {
        for (id, operation) in std::mem::take(&mut self.operations) {
            let event = operation.cancel(outcome, &mut self.stage, now);
            self.lane.on_end(id);
            self.stage.publish(event);
        }
        for waiting in self.lane.take_all() {
            let event = waiting.cancel(outcome, &mut self.stage, now);
            self.stage.publish(event);
        }
        self.drop_early_tones(|_| true, outcome, now);
    }

    /// A transfer's target has answered: the transferee is theirs now.
    fn hand_over(&mut self, handover: Handover, accepted: CallEvent, now: Now) {
        let others = self.stage.participants.iter().any(|one| one.leg != handover.transferee);
        if others {
            self.stage.publish(accepted);
            self.stage.leave(handover.transferee, now);
            self.leaving = Some(handover);
            self.feed(Input::Left(handover.transferee), now);
        } else {
            self.cancel_operations(Outcome::Canceled, now);
            self.stage.publish(accepted);
            self.stage.join(handover.target, now);
            self.release_applications(now);
        }
    }

    /// The far end of a leg has called the target of a transfer by itself: it is not needed here.
    fn see_off(&mut self, transferee: LegId, accepted: CallEvent, now: Now) {
        let others = self.stage.participants.iter().any(|one| one.leg != transferee);
        if !others {
            self.cancel_operations(Outcome::Canceled, now);
            self.stage.publish(accepted);
            return self.end(Ending::by_application(), now);
        }
        self.stage.publish(accepted);
        self.stage.leave(transferee, now);
        self.stage.hang_up(transferee, now);
        self.feed(Input::Left(transferee), now);
    }

    /// What follows from all that has just happened: the last step after every input.
    pub(crate) fn settle(&mut self, now: Now) {
        if self.phase == Phase::Over {
            return;
        }
        self.release_early_tones(now);
        if let Phase::Established { .. } = self.phase
            && !self.is_alive()
        {
            let ending = match self.departed.take() {
                Some((who, outcome)) => Ending::left(who, &outcome),
                None => Ending::by_application(),
            };
            return self.end(ending, now);
        }
        if std::mem::take(&mut self.stage.is_roster_changed) {
            self.tell_roster(now);
        }
        self.announce_recording(now);
        self.stage.rearrange();
    }

    /// Whether somebody is left to talk with somebody, or with an application.
    fn is_alive(&self) -> bool {
        if let Some(is_alive) = self.is_help_alive() {
            return is_alive;
        }
        let expected = self.stage.hunts(|role| matches!(role, Role::Referred { .. })).len();
        let present = self.stage.participants.len() + expected;
        let is_talked_to = self.recital.is_some() || !self.stage.connections.is_empty();
        if is_talked_to { present > 0 } else { present > 1 && present > expected }
    }

    fn tell_roster(&mut self, now: Now) {
        let holders: Vec<CallConnectionId> = self.stage.connections.iter().map(|one| one.id).collect();
        for holder in holders {
            self.tell_roster_to(holder, now);
        }
    }

    fn tell_roster_to(&mut self, holder: CallConnectionId, now: Now) {
        let participants = self.stage.participants.iter().map(|one| one.view()).collect();
        let Some(connection) = self.stage.connection_mut(holder) else { return };
        connection.sequence += 1;
        let kind = CallEventKind::ParticipantsUpdated { sequence: connection.sequence, participants };
        let event = self.stage.connection_event(holder, kind, None, now);
        self.stage.publish(event);
    }

    /// An application holds the call as well; one that nobody has answered yet is told when it is.
    pub(crate) fn join_application(&mut self, id: CallConnectionId, now: Now) {
        if let Phase::Established { .. } = self.phase {
            self.tell_connected(id, now);
            self.tell_roster_to(id, now);
            self.begin_sockets(id, now);
        }
    }
}
