//! Legs and media: no leg without a call, no request for a leg that is over,
//! no plan for a leg that is dead, no word to media about a call that was released.

use std::collections::{BTreeMap, BTreeSet};

use call_engine::{LegReport, LegRequest};
use identifier::{CallId, LegId, PlaybackId, TapId};
use media_plan::{MediaPlan, MediaRequest, TapReport};

use super::{Verdict, rule};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Arriving,
    Answering,
    Dialing,
    Connected,
    Ending,
}

#[derive(Debug)]
struct Leg {
    state: State,
    /// Sound may flow before the answer: from a callee who sends it, to a caller who was let hear it.
    is_early: bool,
    call: Option<CallId>,
}

/// The account of legs and plans, as far as the exchange can know.
#[derive(Debug, Default)]
pub(crate) struct Floor {
    legs: BTreeMap<LegId, Leg>,
    plans: BTreeMap<CallId, BTreeSet<LegId>>,
    released: BTreeSet<CallId>,
    playing: BTreeMap<PlaybackId, CallId>,
    /// Whom each tap hears.
    tapping: BTreeMap<TapId, (CallId, BTreeSet<LegId>)>,
    /// Between these, people moved: a leg that is away is in no plan, and nobody says where it is.
    mixed: BTreeSet<CallId>,
}

impl Floor {
    pub(crate) fn on_invitation(&mut self, leg: LegId) {
        self.legs.insert(leg, Leg { state: State::Arriving, is_early: false, call: None });
    }

    pub(crate) fn on_report(&mut self, id: LegId, report: &LegReport) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match (report, leg.state) {
            (LegReport::Answered, State::Dialing | State::Answering) => leg.state = State::Connected,
            (LegReport::EarlyMedia, State::Dialing) => leg.is_early = true,
            (LegReport::Ended(_), _) => {
                self.legs.remove(&id);
            }
            _ => {}
        }
    }

    pub(crate) fn on_request(&mut self, call: CallId, id: LegId, request: &LegRequest) -> Verdict {
        if let LegRequest::Dial(_) = request {
            rule!(!self.legs.contains_key(&id), "a leg is dialled twice");
            self.legs.insert(id, Leg { state: State::Dialing, is_early: false, call: Some(call) });
            return Ok(());
        }
        let leg = self.legs.get_mut(&id);
        rule!(leg.is_some(), "{request:?} is asked of a leg that is over or never was");
        let leg = leg.expect("was checked");
        leg.call = Some(call);
        let state = leg.state;
        match request {
            LegRequest::Dial(_) => {}
            LegRequest::Ring => {
                rule!(state == State::Arriving, "Ring is asked of a leg that is {state:?}");
                rule!(!leg.is_early, "Ring is asked of a leg that hears the other end already");
            }
            LegRequest::Progress => {
                rule!(state == State::Arriving, "Progress is asked of a leg that is {state:?}");
                rule!(!std::mem::replace(&mut leg.is_early, true), "Progress is asked of a leg twice");
            }
            LegRequest::Answer => {
                rule!(state == State::Arriving, "Answer is asked of a leg that is {state:?}");
                leg.state = State::Answering;
            }
            LegRequest::Reject(_) => {
                rule!(state == State::Arriving, "Reject is asked of a leg that is {state:?}");
                leg.state = State::Ending;
            }
            LegRequest::Hangup => {
                rule!(state != State::Ending, "Hangup is asked of a leg twice");
                leg.state = State::Ending;
            }
            LegRequest::Dismiss => {
                rule!(state == State::Connected, "Dismiss is asked of a leg that is {state:?}");
                leg.state = State::Ending;
            }
            LegRequest::Tell(_) => {}
            LegRequest::Divert(_) => {
                rule!(state == State::Dialing, "Divert is asked of a leg that is {state:?}");
            }
            LegRequest::Refer(_) => {
                rule!(state == State::Connected, "Refer is asked of a leg that is {state:?}");
            }
            LegRequest::TransferProgress(_) => {
                rule!(state == State::Connected, "TransferProgress is told to a leg that is {state:?}");
            }
        }
        Ok(())
    }

    /// A tap has ended by itself.
    pub(crate) fn on_tapped(&mut self, tap: TapId, report: &TapReport) {
        if let TapReport::Ended(_) | TapReport::Understood(_) = report {
            self.tapping.remove(&tap);
        }
    }

    pub(crate) fn on_media(&mut self, call: CallId, request: &MediaRequest) -> Verdict {
        rule!(!self.released.contains(&call), "media is asked for {request:?} after Release");
        match request {
            MediaRequest::Connect(plan) => {
                let mut named = BTreeSet::new();
                for listener in plan.legs() {
                    named.insert(listener);
                    named.extend(plan.heard_by(listener));
                }
                // Nobody is named who is not there.
                named.extend(&plan.speaking);
                named.extend(plan.hears.values().flatten());
                for leg in &named {
                    self.check_sounds(*leg)?;
                    let elsewhere =
                        self.plans.iter().any(|(other, legs)| *other != call && legs.contains(leg));
                    rule!(!elsewhere, "a leg is in the plans of two calls");
                }
                for leg in &named {
                    if let Some(leg) = self.legs.get_mut(leg) {
                        leg.call = Some(call);
                    }
                }
                // Whoever was heard before an answer rings no more, and somebody else may.
                for (id, leg) in &mut self.legs {
                    let is_waiting = leg.call == Some(call) && leg.state == State::Arriving;
                    if is_waiting && !named.contains(id) {
                        leg.is_early = false;
                    }
                }
                self.check_listeners(plan)?;
                self.plans.insert(call, named);
            }
            MediaRequest::Play(playback) => {
                rule!(!playback.audience.is_empty(), "something is played to nobody");
                for leg in &playback.audience {
                    self.check_connected(*leg)?;
                }
                self.playing.insert(playback.id, call);
            }
            MediaRequest::StopPlayback(id) => {
                rule!(self.playing.contains_key(id), "a playback is stopped that never was");
            }
            MediaRequest::SendTones(sequence) => self.check_connected(sequence.leg)?,
            MediaRequest::Listen(tap) => {
                for leg in tap.voices.keys() {
                    self.check_connected(*leg)?;
                }
                self.tapping.insert(tap.id, (call, tap.voices.keys().copied().collect()));
            }
            MediaRequest::StopListening(id) => {
                rule!(self.tapping.remove(id).is_some(), "a tap is stopped that never was, or is over");
            }
            MediaRequest::Release => {
                let left = self.tapping.values().filter(|(owner, _)| *owner == call).count();
                rule!(left == 0, "{left} taps outlive their call");
                self.released.insert(call);
                self.plans.remove(&call);
            }
        }
        Ok(())
    }

    fn check_connected(&self, leg: LegId) -> Verdict {
        let state = self.legs.get(&leg).map(|leg| leg.state);
        rule!(state == Some(State::Connected), "media is asked for a leg that is {state:?}");
        Ok(())
    }

    fn check_sounds(&self, id: LegId) -> Verdict {
        match self.legs.get(&id) {
            Some(Leg {
                state: State::Arriving | State::Answering | State::Dialing, is_early: true, ..
            }) => Ok(()),
            _ => self.check_connected(id),
        }
    }

    /// Nobody is heard by somebody who has not answered, unless they wait for an answer themselves.
    fn check_listeners(&self, plan: &MediaPlan) -> Verdict {
        for listener in plan.legs() {
            let speakers = plan.heard_by(listener);
            let is_called = self.legs.get(&listener).is_some_and(|leg| leg.state == State::Dialing);
            rule!(!is_called || speakers.is_empty(), "a callee hears somebody before it has answered");
        }
        Ok(())
    }

    /// After every step: a plan never names a leg that is known to be dead.
    pub(crate) fn check(&self) -> Verdict {
        for legs in self.plans.values() {
            for leg in legs {
                self.check_sounds(*leg)?;
            }
        }
        for (_, legs) in self.tapping.values() {
            for leg in legs {
                self.check_connected(*leg)?;
            }
        }
        Ok(())
    }

    /// Somebody moved into or out of this call.
    pub(crate) fn on_move(&mut self, call: CallId) {
        self.mixed.insert(call);
    }

    /// Everybody who is connected is a participant: nobody is on the line unseen.
    pub(crate) fn check_seen(&self, call: CallId, participants: usize) -> Verdict {
        if self.mixed.contains(&call) {
            return Ok(());
        }
        let is_connected = |leg: &&Leg| leg.call == Some(call) && leg.state == State::Connected;
        let connected = self.legs.values().filter(is_connected).count();
        rule!(connected == participants, "{connected} legs are connected, for {participants} participants");
        Ok(())
    }

    /// In the end nothing is left.
    pub(crate) fn check_empty(&self) -> Verdict {
        rule!(self.legs.is_empty(), "{} legs are left", self.legs.len());
        rule!(self.plans.is_empty(), "{} plans are left", self.plans.len());
        rule!(self.tapping.is_empty(), "{} taps are left", self.tapping.len());
        Ok(())
    }

    pub(crate) fn call_of(&self, leg: LegId) -> Option<CallId> {
        self.legs.get(&leg).and_then(|leg| leg.call)
    }
}
