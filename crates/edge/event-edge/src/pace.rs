//! How quickly receivers answer: a receiver who takes his time is late himself, and says nothing about us.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Who takes longer than this in the mean is not quick.
const QUICK: Duration = Duration::from_millis(250);
/// How much of the mean a new answer does not change.
const INERTIA: u32 = 8;
/// Receivers that are told apart; with more, all are forgotten and learned anew.
const MOST: usize = 4_096;

/// The mean time of answers, by receiver.
#[derive(Debug, Default)]
pub(crate) struct Paces(HashMap<Arc<str>, Duration>);

impl Paces {
    /// An attempt took so long.
    pub(crate) fn note(&mut self, receiver: &Arc<str>, took: Duration) {
        if let Some(mean) = self.0.get_mut(receiver) {
            *mean = (*mean * (INERTIA - 1) + took) / INERTIA;
            return;
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(Arc::clone(receiver), took);
    }

    /// Whether a delivery to this receiver waits for us, and not for the receiver. One of whom nothing is
    /// known yet counts as quick.
    pub(crate) fn is_quick(&self, receiver: &str) -> bool {
        self.0.get(receiver).is_none_or(|mean| *mean <= QUICK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_is_slow_when_it_takes_its_time_again_and_again() {
        let mut paces = Paces::default();
        let (slow, quick): (Arc<str>, Arc<str>) = ("slow:443".into(), "quick:443".into());
        assert!(paces.is_quick(&slow));
        paces.note(&slow, Duration::from_millis(20));
        paces.note(&slow, Duration::from_secs(1));
        assert!(paces.is_quick(&slow), "one answer that was late");
        (0..5).for_each(|_| paces.note(&slow, Duration::from_secs(1)));
        paces.note(&quick, Duration::from_millis(20));
        assert!(!paces.is_quick(&slow) && paces.is_quick(&quick));
        (0..20).for_each(|_| paces.note(&slow, Duration::from_millis(5)));
        assert!(paces.is_quick(&slow));
    }

    #[test]
    fn receivers_do_not_pile_up() {
        let mut paces = Paces::default();
        for number in 0..3 * MOST {
            paces.note(&format!("host-{number}:443").into(), QUICK);
        }
        assert!(paces.0.len() <= MOST);
    }
}
