//! Who is in which call: what the platform itself knows about people.

use std::collections::{BTreeMap, HashMap, HashSet};

use identifier::{CallId, ObjectId};

use crate::session::SessionState;

/// Calls of one person that are counted; whoever is in more is as busy as can be.
const MOST_CALLS: usize = 32;

/// How many talk in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallSize {
    /// Two.
    TwoParty,
    /// More.
    Group,
}

/// The calls that people are in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls {
    of_person: HashMap<ObjectId, BTreeMap<CallId, CallSize>>,
    in_call: HashMap<CallId, HashSet<ObjectId>>,
}

impl Calls {
    /// Somebody is in a call, of which this is now the size.
    pub(crate) fn join(&mut self, person: ObjectId, call: CallId, size: CallSize) {
        let calls = self.of_person.entry(person).or_default();
        if calls.len() < MOST_CALLS || calls.contains_key(&call) {
            calls.insert(call, size);
            self.in_call.entry(call).or_default().insert(person);
        }
    }

    /// A call has another size. Says whom it concerns.
    pub(crate) fn resize(&mut self, call: CallId, size: CallSize) -> Vec<ObjectId> {
        let people: Vec<ObjectId> = self.in_call.get(&call).into_iter().flatten().copied().collect();
        for person in &people {
            if let Some(known) = self.of_person.get_mut(person).and_then(|calls| calls.get_mut(&call)) {
                *known = size;
            }
        }
        people
    }

    /// Somebody has left a call.
    pub(crate) fn leave(&mut self, person: ObjectId, call: CallId) {
        if let Some(calls) = self.of_person.get_mut(&person) {
            calls.remove(&call);
            if calls.is_empty() {
                self.of_person.remove(&person);
            }
        }
        if let Some(people) = self.in_call.get_mut(&call) {
            people.remove(&person);
            if people.is_empty() {
                self.in_call.remove(&call);
            }
        }
    }

    /// A call is over. Says whom it concerns.
    pub(crate) fn end(&mut self, call: CallId) -> Vec<ObjectId> {
        let people: Vec<ObjectId> = self.in_call.get(&call).into_iter().flatten().copied().collect();
        people.iter().for_each(|person| self.leave(*person, call));
        people
    }

    /// How busy the calls make somebody who is in one.
    pub(crate) fn state(&self, person: ObjectId) -> Option<SessionState> {
        let largest = self.of_person.get(&person)?.values().max()?;
        Some(match largest {
            CallSize::TwoParty => SessionState::InACall,
            CallSize::Group => SessionState::InAConferenceCall,
        })
    }
}
