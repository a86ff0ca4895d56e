//! The table of moments at which a machine wants to be woken.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::now::{Deadline, Now};

/// Timers by name: setting a name again moves its timer.
///
/// All operations are logarithmic in the number of timers; timers that are due
/// at the same moment fire in the order of their names.
#[derive(Clone, Debug)]
pub struct Deadlines<K> {
    by_name: HashMap<K, Deadline>,
    by_time: BTreeSet<(Deadline, K)>,
}

impl<K> Default for Deadlines<K> {
    fn default() -> Self {
        Self { by_name: HashMap::new(), by_time: BTreeSet::new() }
    }
}

impl<K: Clone + Eq + Hash + Ord> Deadlines<K> {
    /// Starts or moves the timer `name`.
    pub fn set(&mut self, name: K, deadline: Deadline) {
        self.cancel(&name);
        self.by_time.insert((deadline, name.clone()));
        self.by_name.insert(name, deadline);
    }

    /// Stops the timer `name`, if it runs.
    pub fn cancel(&mut self, name: &K) {
        if let Some(deadline) = self.by_name.remove(name) {
            self.by_time.remove(&(deadline, name.clone()));
        }
    }

    /// The next moment and its timer's name.
    pub fn next(&self) -> Option<(Deadline, &K)> {
        self.by_time.first().map(|(deadline, name)| (*deadline, name))
    }

    /// The names of all timers that are due, the earliest first.
    pub fn due(&self, now: Now) -> impl Iterator<Item = &K> {
        self.by_time.iter().take_while(move |(deadline, _)| deadline.is_due(now)).map(|(_, name)| name)
    }

    /// Takes the earliest timer that is due.
    pub fn pop_due(&mut self, now: Now) -> Option<K> {
        self.by_time.first().filter(|(deadline, _)| deadline.is_due(now))?;
        let (_, name) = self.by_time.pop_first()?;
        self.by_name.remove(&name);
        Some(name)
    }

    /// How many timers run.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether no timer runs.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_timer_that_is_set_again_fires_once_and_later() {
        let start = Now::new(0, 0);
        let mut deadlines = Deadlines::default();
        deadlines.set("ring", start.after(Duration::from_secs(1)));
        deadlines.set("ring", start.after(Duration::from_secs(2)));

        assert_eq!(deadlines.pop_due(start.advanced(Duration::from_secs(1))), None);
        assert_eq!(deadlines.pop_due(start.advanced(Duration::from_secs(2))), Some("ring"));
        assert!(deadlines.is_empty());
    }
}
