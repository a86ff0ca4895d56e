//! The same rules told slowly: everything that was ever said is kept, and the present is found by reading all of it.

use std::collections::BTreeMap;
use std::time::Duration;

use identifier::{CallId, ObjectId};
use presence::{Activity, Availability, CallSize, PreferredState, SessionState};

#[derive(Clone, Debug)]
pub enum Said {
    Presence { application: String, state: SessionState, lives: Duration },
    Cleared { application: String },
    Preferred { state: PreferredState, lives: Duration },
    PreferredCleared,
    Joined { call: CallId, size: CallSize },
    Left { call: CallId },
    Sized { call: CallId, size: CallSize },
    Ended { call: CallId },
}

#[derive(Default)]
pub struct SlowModel {
    said: Vec<(Duration, Option<ObjectId>, Said)>,
}

type Words = (Availability, Activity);

impl SlowModel {
    /// Somebody said it; about everybody in the call when `person` is absent.
    pub fn say(&mut self, at: Duration, person: Option<ObjectId>, said: Said) {
        self.said.push((at, person, said));
    }

    pub fn words(&self, of: ObjectId, now: Duration) -> Words {
        let mut sessions: BTreeMap<String, (usize, Duration, SessionState, Duration)> = BTreeMap::new();
        let mut preferred: Option<(Duration, PreferredState, Duration)> = None;
        let mut calls: BTreeMap<CallId, CallSize> = BTreeMap::new();
        // When the calls last made somebody differently busy.
        let mut busy: Option<(usize, Duration, SessionState)> = None;
        for (order, (at, person, said)) in self.said.iter().enumerate() {
            if person.is_some_and(|person| person != of) {
                continue;
            }
            match said.clone() {
                Said::Presence { application, state, lives } => {
                    sessions.insert(application, (order, *at, state, lives));
                }
                Said::Cleared { application } => drop(sessions.remove(&application)),
                Said::Preferred { state, lives } => preferred = Some((*at, state, lives)),
                Said::PreferredCleared => preferred = None,
                Said::Joined { call, size } => drop(calls.insert(call, size)),
                Said::Left { call } | Said::Ended { call } => drop(calls.remove(&call)),
                Said::Sized { call, size } => {
                    calls.entry(call).and_modify(|known| *known = size);
                }
            }
            let is = match calls.values().max() {
                Some(CallSize::Group) => Some(SessionState::InAConferenceCall),
                Some(CallSize::TwoParty) => Some(SessionState::InACall),
                None => None,
            };
            if is != busy.map(|(_, _, state)| state) {
                busy = is.map(|state| (order, *at, state));
            }
        }
        let mut said: Vec<(u8, Duration, String, Words)> = Vec::new();
        for (application, (_, at, state, lives)) in sessions {
            let age = now - at;
            if age < lives {
                let words = faded(state, age);
                said.push((rank(words), at, application, words));
            }
        }
        if let Some((_, at, state)) = busy {
            said.push((rank(state.words()), at, String::new(), state.words()));
        }
        said.sort();
        let Some((_, _, _, words)) = said.pop() else { return (Availability::Offline, Activity::Offline) };
        match preferred {
            Some((at, state, lives)) if now - at < lives => state.words(),
            _ => words,
        }
    }
}

fn faded(state: SessionState, age: Duration) -> Words {
    let minutes = age.as_secs() / 60;
    match (state, minutes) {
        (SessionState::Available, 10..) => (Availability::Away, Activity::Away),
        (SessionState::Available, 5..) => (Availability::Available, Activity::AvailableInactive),
        _ => state.words(),
    }
}

fn rank(words: Words) -> u8 {
    let order = [
        (Availability::Away, Activity::Away),
        (Availability::Available, Activity::AvailableInactive),
        (Availability::Available, Activity::Available),
        (Availability::Busy, Activity::InACall),
        (Availability::DoNotDisturb, Activity::Presenting),
    ];
    let words = match words {
        (Availability::Busy, _) => (Availability::Busy, Activity::InACall),
        other => other,
    };
    order.iter().position(|known| *known == words).expect("sessions say no more than this") as u8
}
