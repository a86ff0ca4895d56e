//! Mono sound in memory.

use std::time::Duration;

/// Linear 16-bit mono samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pcm {
    /// Samples per second.
    pub rate_hz: u32,
    /// The samples.
    pub samples: Vec<i16>,
}

impl Pcm {
    /// How long it sounds; zero for a rate of zero.
    pub fn duration(&self) -> Duration {
        if self.rate_hz == 0 {
            return Duration::ZERO;
        }
        Duration::from_micros(self.samples.len() as u64 * 1_000_000 / u64::from(self.rate_hz))
    }

    /// The part that begins after `skip` and lasts at most `length`.
    pub fn cut(&self, skip: Duration, length: Duration) -> Self {
        let at = |moment: Duration| {
            let samples = moment.as_micros() * u128::from(self.rate_hz) / 1_000_000;
            usize::try_from(samples).unwrap_or(usize::MAX).min(self.samples.len())
        };
        let (from, to) = (at(skip), at(skip.saturating_add(length)));
        Self { rate_hz: self.rate_hz, samples: self.samples[from..to].to_vec() }
    }
}
