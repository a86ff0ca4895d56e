//! How late the steps of a media thread are, for those who decide whether there is time for more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How much of the mean a new step does not change: it follows within half a dozen steps, 30 ms.
const INERTIA: u64 = 8;

/// The running mean of one thread. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Punctuality(Arc<AtomicU64>);

impl Punctuality {
    /// A step began so late. To be said by one thread only.
    pub fn note(&self, late: Duration) {
        let mean_us = self.0.load(Ordering::Relaxed);
        let late_us = u64::try_from(late.as_micros()).unwrap_or(u64::MAX / INERTIA);
        self.0.store((mean_us * (INERTIA - 1)).saturating_add(late_us) / INERTIA, Ordering::Relaxed);
    }

    /// There is nothing to be late for.
    pub fn rest(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// How late steps are in the mean.
    pub fn mean(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_follows_and_a_pause_ends_it() {
        let punctuality = Punctuality::default();
        punctuality.note(Duration::from_millis(8));
        assert_eq!(punctuality.mean(), Duration::from_millis(1));
        (0..50).for_each(|_| punctuality.note(Duration::from_millis(40)));
        assert!(punctuality.mean() > Duration::from_millis(39), "{:?}", punctuality.mean());
        punctuality.rest();
        assert_eq!(punctuality.mean(), Duration::ZERO);
    }
}
