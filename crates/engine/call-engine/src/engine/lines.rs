//! Which legs the phones of a user are on.

use std::collections::{BTreeSet, HashMap};

use identifier::{LegId, UserId};

use super::CallEngine;
use crate::leg::LegState;
use crate::leg_port::Origin;

/// The legs of users, in both directions: as many as there are legs.
#[derive(Debug, Default)]
pub(super) struct Lines {
    user_of: HashMap<LegId, UserId>,
    legs_of: HashMap<UserId, BTreeSet<LegId>>,
}

impl Lines {
    /// A leg is with these phones from now on, or with none.
    pub(super) fn set(&mut self, leg: LegId, origin: &Origin) {
        self.forget(leg);
        if let Origin::Phone(user) = origin {
            self.user_of.insert(leg, *user);
            self.legs_of.entry(*user).or_default().insert(leg);
        }
    }

    pub(super) fn forget(&mut self, leg: LegId) {
        let Some(user) = self.user_of.remove(&leg) else { return };
        let Some(legs) = self.legs_of.get_mut(&user) else { return };
        legs.remove(&leg);
        if legs.is_empty() {
            self.legs_of.remove(&user);
        }
    }
}

impl CallEngine {
    /// Whether a phone of this user is in a call here that has been answered.
    pub fn is_in_a_call(&self, user: UserId) -> bool {
        let legs = self.lines.legs_of.get(&user).into_iter().flatten();
        legs.into_iter().any(|id| {
            let call = self.legs.get(id).and_then(|call| self.look(*call));
            let leg = call.and_then(|call| call.stage.legs.get(id));
            leg.is_some_and(|leg| matches!(leg.state, LegState::Answering | LegState::Connected))
        })
    }
}
