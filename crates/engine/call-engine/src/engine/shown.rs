//! Under which numbers the public network is called now.

use std::collections::HashMap;

use identifier::{LegId, PhoneNumber};

/// How many legs lead to the public network under each number, also those that still ring.
#[derive(Debug, Default)]
pub(super) struct ShownNumbers {
    by_leg: HashMap<LegId, PhoneNumber>,
    counts: HashMap<PhoneNumber, usize>,
}

impl ShownNumbers {
    /// A leg leads there, and may be known already.
    pub(super) fn add(&mut self, leg: LegId, number: &PhoneNumber) {
        if self.by_leg.insert(leg, number.clone()).is_none() {
            *self.counts.entry(number.clone()).or_default() += 1;
        }
    }

    /// A leg is over.
    pub(super) fn forget(&mut self, leg: LegId) {
        let Some(number) = self.by_leg.remove(&leg) else { return };
        if let Some(count) = self.counts.get_mut(&number) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&number);
            }
        }
    }

    pub(super) fn count(&self, number: &PhoneNumber) -> usize {
        self.counts.get(number).copied().unwrap_or_default()
    }
}
