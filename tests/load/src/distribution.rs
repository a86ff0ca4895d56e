//! Many measurements of one kind.

use std::time::Duration;

/// Milliseconds, in the order in which they were measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Distribution(Vec<f64>);

impl Distribution {
    pub(crate) fn add(&mut self, duration: Duration) {
        self.0.push(duration.as_secs_f64() * 1_000.0);
    }

    pub(crate) fn add_ms(&mut self, ms: f64) {
        self.0.push(ms);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// So many in a hundred are not above it; nothing when nothing was measured.
    pub(crate) fn percentile(&self, percent: f64) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)? as f64;
        sorted.get((last * percent / 100.0).round() as usize).copied()
    }
}

impl FromIterator<f64> for Distribution {
    fn from_iter<T: IntoIterator<Item = f64>>(milliseconds: T) -> Self {
        Self(milliseconds.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_do_not_depend_on_the_order_of_measurement() {
        let measured: Distribution = (0..=100).rev().map(f64::from).collect();
        assert_eq!((measured.percentile(50.0), measured.percentile(99.0)), (Some(50.0), Some(99.0)));
        assert_eq!(Distribution::default().percentile(99.0), None);
    }
}
