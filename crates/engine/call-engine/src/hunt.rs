//! Ringing for one callee until somebody answers: several at once, and others after them
//! (RFC 3261 §16.1: parallel and sequential search; contract: Teams Phone §1.19).

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use clock::{Deadline, Now};
use identifier::{CommunicationIdentifier, LegId};

use crate::diversion::Diversion;
use crate::leg::Role;
use crate::leg_port::{Caller, CustomHeaders, LegOutcome};
use crate::outcome::EndCause;
use crate::request::{MOST_RINGS, MOST_STAGES, Ring, RingStage};
use crate::stage::{Call, Ringing, Stage};
use crate::timing;

/// A hunt for somebody who answers, named after its first leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HuntId(LegId);

/// A callee for whom somebody rings.
#[derive(Debug)]
pub(crate) struct Hunt {
    /// Who is called.
    pub identifier: CommunicationIdentifier,
    caller: Caller,
    headers: CustomHeaders,
    diversions: Vec<Diversion>,
    pub role: Role,
    /// How long a stage rings that nobody set a time for.
    rings_for: Duration,
    /// When all of it is over.
    until: Deadline,
    /// Those who ring now.
    legs: BTreeSet<LegId>,
    then: VecDeque<RingStage>,
    /// What says most of those who did not answer.
    outcome: Option<LegOutcome>,
}

/// A callee whom nobody has answered for.
#[derive(Debug)]
pub(crate) struct Missed {
    pub identifier: CommunicationIdentifier,
    pub outcome: LegOutcome,
}

impl Stage {
    /// Calls somebody: rings whoever rings for them, until one answers or nobody is left.
    pub(crate) fn dial(&mut self, call: Call, now: Now) -> HuntId {
        let Call { invitee, caller, headers, diversions, ring_for, limit, role } = call;
        let identifier = invitee.identifier.clone();
        let (first, then) = invitee.into_stages();
        let whole = if then.is_empty() { ring_for } else { ring_for.max(timing::LONGEST_HUNT) };
        let whole = limit.map_or(whole, |limit| limit.min(whole));
        let mut hunt = Hunt {
            identifier,
            caller,
            headers,
            diversions,
            role,
            rings_for: ring_for,
            until: now.after(whole),
            legs: BTreeSet::new(),
            then: then.into_iter().take(MOST_STAGES).collect(),
            outcome: None,
        };
        let first_leg = self.leg_id();
        let id = HuntId(first_leg);
        self.ring(id, &mut hunt, first, Some(first_leg), now);
        self.hunts.insert(id, hunt);
        id
    }

    fn ring(&mut self, id: HuntId, hunt: &mut Hunt, stage: RingStage, first: Option<LegId>, now: Now) {
        let lasts = stage.lasts.unwrap_or(hunt.rings_for).min(hunt.until.wait(now));
        let mut named = first;
        for ring in stage.rings.into_iter().take(MOST_RINGS) {
            let leg = named.take().unwrap_or_else(|| self.leg_id());
            hunt.legs.insert(leg);
            let Ring { identifier, destination, caller, diversion } = ring;
            let dial = Ringing {
                hunt: id,
                identifier: identifier.unwrap_or_else(|| hunt.identifier.clone()),
                destination,
                caller: caller.unwrap_or_else(|| hunt.caller.clone()),
                headers: hunt.headers.clone(),
                diversions: match diversion {
                    Some(diversion) => diversion.after(&hunt.diversions),
                    None => hunt.diversions.clone(),
                },
                ring_for: lasts,
                role: hunt.role,
            };
            self.dial_leg(leg, dial, now);
        }
    }

    /// Whether this leg rings alone: then what it lets hear before the answer is heard.
    pub(crate) fn rings_alone(&self, leg: LegId) -> bool {
        let hunt = self.hunt_of(leg).and_then(|hunt| self.hunts.get(&hunt));
        hunt.is_some_and(|hunt| hunt.legs.len() == 1)
    }

    /// For whom a leg rings, or rang until it answered.
    pub(crate) fn hunt_of(&self, leg: LegId) -> Option<HuntId> {
        self.legs.get(&leg)?.hunt
    }

    /// The first answer wins: all who ring besides are left alone.
    pub(crate) fn settle_hunt(&mut self, leg: LegId, now: Now) -> Option<HuntId> {
        let id = self.hunt_of(leg)?;
        let hunt = self.hunts.remove(&id)?;
        for other in hunt.legs.into_iter().filter(|other| *other != leg) {
            self.hang_up(other, now);
        }
        self.forget_early_but(leg);
        Some(id)
    }

    /// A leg ended before it was answered: others ring on, or next; or the callee is missed.
    pub(crate) fn miss(&mut self, id: HuntId, leg: LegId, outcome: &LegOutcome, now: Now) -> Option<Missed> {
        let mut hunt = self.hunts.remove(&id)?;
        hunt.legs.remove(&leg);
        self.forget_early_of(leg);
        if hunt.outcome.as_ref().is_none_or(|known| rank(outcome) < rank(known)) {
            hunt.outcome = Some(outcome.clone());
        }
        while hunt.legs.is_empty() {
            let next = if hunt.until.is_due(now) { None } else { hunt.then.pop_front() };
            let Some(next) = next else {
                let outcome = hunt.outcome.unwrap_or_else(|| outcome.clone());
                return Some(Missed { identifier: hunt.identifier, outcome });
            };
            self.ring(id, &mut hunt, next, None, now);
        }
        self.hunts.insert(id, hunt);
        None
    }

    /// Nobody is looked for any more.
    pub(crate) fn call_off(&mut self, id: HuntId, now: Now) {
        let Some(hunt) = self.hunts.remove(&id) else { return };
        for leg in hunt.legs {
            self.forget_early_of(leg);
            self.hang_up(leg, now);
        }
    }

    /// The hunts of one role.
    pub(crate) fn hunts(&self, of: impl Fn(Role) -> bool) -> Vec<HuntId> {
        self.hunts.iter().filter(|(_, hunt)| of(hunt.role)).map(|(id, _)| *id).collect()
    }
}

/// Which ending says most of a callee for whom several rang; less is better.
fn rank(outcome: &LegOutcome) -> u8 {
    match outcome.cause {
        EndCause::NoAnswer => 0,
        EndCause::Declined => 1,
        EndCause::Busy => 2,
        EndCause::Unavailable | EndCause::HungUp | EndCause::Canceled => 3,
        EndCause::NotAcceptable => 4,
        EndCause::Forbidden => 5,
        EndCause::NotFound => 6,
        EndCause::Overloaded | EndCause::MediaLost => 7,
        EndCause::Unreachable => 8,
    }
}
