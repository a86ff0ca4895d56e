//! Which legs and connections of an exchange are alive, as the switchboard sees them pass by.
//!
//! The exchange does not need this table. It is what draining waits for, and how
//! the call behind a broken input is found and ended from outside.

use std::collections::HashMap;

use clock::Now;
use identifier::{CallConnectionId, CallId, LegId};

/// Legs and connections, and the calls they belong to.
#[derive(Debug, Default)]
pub(crate) struct Live {
    legs: HashMap<LegId, Option<CallId>>,
    /// How many legs each call has.
    calls: HashMap<CallId, usize>,
    connections: HashMap<CallConnectionId, CallId>,
    /// Since when an application waits for the answer that is being handled, for the statistics.
    pub(crate) answering: Option<Now>,
}

impl Live {
    /// A leg exists; its call is not known yet when the leg arrives from outside.
    pub(crate) fn leg_began(&mut self, leg: LegId, call: Option<CallId>) {
        if self.legs.insert(leg, None).is_none() {
            meter::LEGS.handle([]).increment(1.0);
        }
        if let Some(call) = call {
            self.leg_belongs(leg, call);
        }
    }

    /// A request names the call of a leg.
    pub(crate) fn leg_belongs(&mut self, leg: LegId, call: CallId) {
        let Some(known) = self.legs.get_mut(&leg).filter(|known| **known != Some(call)) else { return };
        let before = known.replace(call);
        *self.calls.entry(call).or_insert_with(|| {
            meter::CALLS.handle([]).increment(1.0);
            0
        }) += 1;
        self.leg_left(before);
    }

    pub(crate) fn leg_ended(&mut self, leg: LegId) {
        let Some(call) = self.legs.remove(&leg) else { return };
        meter::LEGS.handle([]).decrement(1.0);
        self.leg_left(call);
    }

    /// A call whose last leg has left is over.
    fn leg_left(&mut self, call: Option<CallId>) {
        let Some(call) = call else { return };
        let Some(legs) = self.calls.get_mut(&call) else { return };
        *legs -= 1;
        if *legs == 0 {
            self.calls.remove(&call);
            meter::CALLS.handle([]).decrement(1.0);
        }
    }

    pub(crate) fn opened(&mut self, connection: CallConnectionId, call: CallId) {
        self.connections.insert(connection, call);
    }

    pub(crate) fn closed(&mut self, connection: CallConnectionId) {
        self.connections.remove(&connection);
    }

    pub(crate) fn call_of_leg(&self, leg: LegId) -> Option<CallId> {
        self.legs.get(&leg).copied().flatten()
    }

    pub(crate) fn call_of_connection(&self, connection: CallConnectionId) -> Option<CallId> {
        self.connections.get(&connection).copied()
    }

    /// Legs of a call.
    pub(crate) fn legs_of(&self, call: CallId) -> Vec<LegId> {
        self.legs.iter().filter(|(_, owner)| **owner == Some(call)).map(|(leg, _)| *leg).collect()
    }

    /// All legs with the calls they belong to.
    pub(crate) fn legs(&self) -> Vec<(LegId, Option<CallId>)> {
        self.legs.iter().map(|(leg, call)| (*leg, *call)).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.legs.len()
    }
}
