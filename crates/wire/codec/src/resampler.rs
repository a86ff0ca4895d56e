//! Changing the sample rate of sound as it flows.

use crate::resample::{Filter, greatest_common_divisor};

/// From one rate to another, block by block; each block of a whole number of periods gives as much as it lasts.
///
/// The sound is late by some 20 samples of the slower rate. In the steady state nothing is allocated.
#[derive(Clone, Debug)]
pub struct Resampler {
    filter: Filter,
    /// Samples after which positions of both rates meet again.
    period: (usize, u64),
    delay: usize,
    input: Vec<i16>,
    /// The output sample that comes next; sample 0 lies at the beginning of `input`.
    next: u64,
}

impl Resampler {
    /// Both rates in samples per second, above 0.
    pub fn new(from_hz: u32, to_hz: u32) -> Self {
        let (from_hz, to_hz) = (from_hz.max(1), to_hz.max(1));
        let common = greatest_common_divisor(from_hz, to_hz);
        let filter = Filter::new(from_hz, to_hz);
        let input = vec![0; filter.reach()];
        let delay = (filter.reach() as u64 * u64::from(to_hz) + u64::from(from_hz / 2)) / u64::from(from_hz);
        let period = ((from_hz / common) as usize, u64::from(to_hz / common));
        Self { filter, period, delay: delay as usize, input, next: 0 }
    }

    /// So many samples of what it gives come before the first of what it took.
    pub fn delay(&self) -> usize {
        self.delay
    }

    /// Takes a block, and gives the samples that it makes, one after the other.
    pub fn run(&mut self, block: &[i16], mut give: impl FnMut(i16)) {
        self.input.extend_from_slice(block);
        while self.filter.center(self.next) + self.filter.reach() < self.input.len() {
            give(self.filter.sample(&self.input, self.next));
            self.next += 1;
        }
        let unheard = self.filter.center(self.next).saturating_sub(self.filter.reach());
        let periods = unheard / self.period.0;
        self.input.drain(..periods * self.period.0);
        self.next -= periods as u64 * self.period.1;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{goertzel, tone};

    #[test]
    fn blocks_of_20_ms_stay_blocks_of_20_ms_and_the_same_tone() {
        for (from_hz, to_hz) in [(16_000, 24_000), (24_000, 16_000)] {
            let sound = tone::sine(from_hz, 1_000.0, Duration::from_secs(1), 0.5).samples;
            let mut resampler = Resampler::new(from_hz, to_hz);
            let mut flowed = Vec::new();
            for block in sound.chunks(from_hz as usize / 50) {
                let before = flowed.len();
                resampler.run(block, |sample| flowed.push(sample));
                assert_eq!(flowed.len() - before, to_hz as usize / 50);
            }
            assert!(resampler.input.len() < 1_000, "what was heard is forgotten");
            assert!(goertzel::share(&flowed[500..], to_hz, 1_000.0) > 0.999);
            let change = goertzel::rms(&flowed[500..]) / (0.5 * 32_767.0 / 2_f64.sqrt());
            assert!((0.99..1.01).contains(&change), "{change}");
        }
    }

    #[test]
    fn what_the_slower_rate_cannot_carry_is_gone() {
        let sound = tone::sine(24_000, 9_500.0, Duration::from_secs(1), 0.5).samples;
        let mut flowed = Vec::new();
        Resampler::new(24_000, 16_000).run(&sound, |sample| flowed.push(sample));
        assert!(goertzel::rms(&flowed[500..]) < 20.0, "{}", goertzel::rms(&flowed[500..]));
    }

    #[test]
    fn odd_blocks_make_the_same_sound() {
        let sound = tone::sine(24_000, 700.0, Duration::from_millis(200), 0.5).samples;
        let (mut whole, mut pieces) = (Vec::new(), Vec::new());
        Resampler::new(24_000, 16_000).run(&sound, |sample| whole.push(sample));
        let mut resampler = Resampler::new(24_000, 16_000);
        for block in sound.chunks(137) {
            resampler.run(block, |sample| pieces.push(sample));
        }
        assert_eq!(pieces, whole);
    }
}
