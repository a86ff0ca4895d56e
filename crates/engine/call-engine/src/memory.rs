//! What is remembered of calls that are over, for a bounded time and in a bounded number.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use clock::{Deadline, Now};

use crate::timing;

/// Facts about the departed, by id; the oldest are forgotten first.
#[derive(Debug)]
pub(crate) struct Memory<K, V> {
    facts: HashMap<K, (Deadline, V)>,
    order: VecDeque<K>,
    capacity: usize,
}

impl<K: Copy + Eq + Hash, V> Memory<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { facts: HashMap::new(), order: VecDeque::new(), capacity }
    }

    pub(crate) fn remember(&mut self, id: K, fact: V, now: Now) {
        self.forget_old(now);
        if self.facts.insert(id, (now.after(timing::MEMORY), fact)).is_none() {
            self.order.push_back(id);
        }
    }

    pub(crate) fn recall(&self, id: K, now: Now) -> Option<&V> {
        self.facts.get(&id).filter(|(until, _)| !until.is_due(now)).map(|(_, fact)| fact)
    }

    /// Whether the next one to be remembered may cost an older one its place.
    pub(crate) fn is_full(&self) -> bool {
        self.order.len() >= self.capacity
    }

    fn forget_old(&mut self, now: Now) {
        while let Some(oldest) = self.order.front() {
            let is_old = self.facts.get(oldest).is_none_or(|(until, _)| until.is_due(now));
            if !is_old && self.order.len() < self.capacity {
                return;
            }
            self.facts.remove(oldest);
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_oldest_are_forgotten_first() {
        let mut memory = Memory::new(2);
        let now = Now::new(0, 0);
        for id in 1..=3 {
            memory.remember(id, (), now);
        }
        assert_eq!([1, 2, 3].map(|id| memory.recall(id, now).is_some()), [false, true, true]);
        assert!(memory.recall(3, now.advanced(Duration::from_secs(3600))).is_none());
    }
}
