//! Which legs and connections of an exchange are alive, as the switchboard sees them pass by.
//!
//! The exchange does not need this table. It is what draining waits for, and how
//! the call behind a broken input is found and ended from outside.

use std::collections::HashMap;

use identifier::{CallConnectionId, CallId, LegId};

/// Legs and connections, and the calls they belong to.
#[derive(Debug, Default)]
pub(crate) struct Live {
    legs: HashMap<LegId, Option<CallId>>,
    connections: HashMap<CallConnectionId, CallId>,
}

impl Live {
    /// A leg exists; its call is not known yet when the leg arrives from outside.
    pub(crate) fn leg_began(&mut self, leg: LegId, call: Option<CallId>) {
        self.legs.insert(leg, call);
    }

    /// A request names the call of a leg.
    pub(crate) fn leg_belongs(&mut self, leg: LegId, call: CallId) {
        if let Some(known) = self.legs.get_mut(&leg) {
            *known = Some(call);
        }
    }

    pub(crate) fn leg_ended(&mut self, leg: LegId) {
        self.legs.remove(&leg);
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
