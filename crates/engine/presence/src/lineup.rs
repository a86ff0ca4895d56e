//! People who wait for their turn, each once.

use std::collections::{HashSet, VecDeque};

use identifier::ObjectId;

/// First come, first served; whoever stands in it already does not stand in it twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lineup {
    order: VecDeque<ObjectId>,
    waiting: HashSet<ObjectId>,
}

impl Lineup {
    pub(crate) fn push(&mut self, person: ObjectId) {
        if self.waiting.insert(person) {
            self.order.push_back(person);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<ObjectId> {
        let person = self.order.pop_front()?;
        self.waiting.remove(&person);
        Some(person)
    }
}
