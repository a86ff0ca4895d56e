//! How many calls may wait for an answer.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts calls that arrived and are not answered yet, in total and by source.
#[derive(Debug)]
pub(crate) struct Admission {
    total: usize,
    per_source: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    total: usize,
    by_source: HashMap<IpAddr, usize>,
}

/// One call's place among those that wait; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    source: IpAddr,
}

impl Admission {
    pub fn new(total: usize, per_source: usize) -> Self {
        Self { total, per_source, waiting: Mutex::default() }
    }

    /// A place for a call from `source`; `None` when it has to be refused.
    pub fn admit(self: &Arc<Self>, source: IpAddr) -> Option<Permit> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let from_source = waiting.by_source.get(&source).copied().unwrap_or(0);
        if waiting.total >= self.total || from_source >= self.per_source {
            return None;
        }
        waiting.total += 1;
        waiting.by_source.insert(source, from_source + 1);
        Some(Permit { admission: Arc::clone(self), source })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut waiting = self.admission.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.total -= 1;
        if let Some(count) = waiting.by_source.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                waiting.by_source.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_given_back() {
        let admission = Arc::new(Admission::new(3, 2));
        let (one, two) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let first = admission.admit(one).unwrap();
        let _second = admission.admit(one).unwrap();
        assert!(admission.admit(one).is_none(), "per source");
        let _third = admission.admit(two).unwrap();
        assert!(admission.admit(two).is_none(), "in total");
        drop(first);
        assert!(admission.admit(one).is_some());
    }
}
