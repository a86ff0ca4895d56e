//! The order in which deliveries are made durable.

use std::sync::atomic::{AtomicI64, Ordering};

/// Gives out numbers that only grow, also from one run of the process to the next: they follow the clock.
#[derive(Debug, Default)]
pub(crate) struct Sequence(AtomicI64);

impl Sequence {
    /// Continues behind `last`.
    pub(crate) fn after(last: i64) -> Self {
        Self(AtomicI64::new(last))
    }

    pub(crate) fn next(&self, unix_us: i64) -> i64 {
        let grow = |last: i64| Some(unix_us.max(last + 1));
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grow) {
            Ok(last) | Err(last) => unix_us.max(last + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_even_when_the_clock_does_not() {
        let sequence = Sequence::after(100);
        assert_eq!(
            [sequence.next(50), sequence.next(50), sequence.next(500), sequence.next(500)],
            [101, 102, 500, 501]
        );
    }
}
