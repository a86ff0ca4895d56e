//! Changing the sample rate of a whole sound (windowed sinc, polyphase).

use std::f64::consts::PI;

use crate::pcm::Pcm;

/// Zero crossings of the sinc on each side of the output sample.
const CROSSINGS: f64 = 16.0;
/// The Kaiser window's parameter: about 80 dB down in the stop band.
const BETA: f64 = 8.0;
/// The share of the narrower band that passes; the rest is the filter's slope.
const ROLL_OFF: f64 = 0.94;
/// Ratios with more phases than this use the nearest phase; the usual audio rates need at most 640.
const MOST_PHASES: u64 = 1_024;

/// The same sound at another rate. The length is kept to a sample.
///
/// A rate of zero on either side gives an empty sound.
pub fn resample(sound: &Pcm, to_hz: u32) -> Pcm {
    if sound.rate_hz == to_hz {
        return sound.clone();
    }
    if sound.rate_hz == 0 || to_hz == 0 {
        return Pcm { rate_hz: to_hz, samples: Vec::new() };
    }
    let filter = Filter::new(sound.rate_hz, to_hz);
    let length = (sound.samples.len() as u64 * u64::from(to_hz)).div_ceil(u64::from(sound.rate_hz));
    Pcm { rate_hz: to_hz, samples: (0..length).map(|index| filter.sample(&sound.samples, index)).collect() }
}

/// The impulse response, cut into one short filter per position between two input samples.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    from_hz: u64,
    to_hz: u64,
    phases: u64,
    reach: i64,
    taps: Vec<f32>,
}

impl Filter {
    pub(crate) fn new(from_hz: u32, to_hz: u32) -> Self {
        let common = greatest_common_divisor(from_hz, to_hz);
        let phases = u64::from(to_hz / common).min(MOST_PHASES);
        let band = (f64::from(to_hz) / f64::from(from_hz)).min(1.0) * ROLL_OFF;
        let reach = (CROSSINGS / band).ceil() as i64;
        let mut taps = Vec::with_capacity((phases * (2 * reach as u64 + 1)) as usize);
        for phase in 0..phases {
            let offset = phase as f64 / phases as f64;
            let row: Vec<f64> =
                (-reach..=reach).map(|tap| kernel(tap as f64 - offset, band, reach as f64 + 1.0)).collect();
            // Each phase passes a constant unchanged, so that no phase is louder than another.
            let sum: f64 = row.iter().sum();
            taps.extend(row.iter().map(|tap| (tap / sum) as f32));
        }
        Self { from_hz: from_hz.into(), to_hz: to_hz.into(), phases, reach, taps }
    }

    /// Input samples that each output sample looks at before and after its own place.
    pub(crate) fn reach(&self) -> usize {
        self.reach as usize
    }

    /// The place of an output sample in the input.
    pub(crate) fn center(&self, index: u64) -> usize {
        (index * self.from_hz / self.to_hz) as usize
    }

    pub(crate) fn sample(&self, input: &[i16], index: u64) -> i16 {
        let position = index * self.from_hz;
        let (mut center, rest) = ((position / self.to_hz) as i64, position % self.to_hz);
        let mut phase = (rest * self.phases + self.to_hz / 2) / self.to_hz;
        if phase == self.phases {
            (center, phase) = (center + 1, 0);
        }
        let width = (2 * self.reach + 1) as usize;
        let row = &self.taps[phase as usize * width..][..width];
        let first = center - self.reach;
        let skip = (-first).clamp(0, width as i64) as usize;
        let start = first.max(0) as usize;
        let heard = input.get(start..).unwrap_or_default();
        let sum: f32 = row[skip..].iter().zip(heard).map(|(tap, sample)| tap * f32::from(*sample)).sum();
        sum.round() as i16
    }
}

/// A sinc of bandwidth `band` under a Kaiser window that ends at `end`.
fn kernel(at: f64, band: f64, end: f64) -> f64 {
    let inside = 1.0 - (at / end).powi(2);
    if inside <= 0.0 {
        return 0.0;
    }
    let angle = PI * at * band;
    let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
    sinc * bessel(BETA * inside.sqrt()) / bessel(BETA)
}

/// The modified Bessel function of the first kind, order zero.
pub(crate) fn bessel(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..40 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

pub(crate) fn greatest_common_divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{goertzel, tone};

    /// A second of a tone of the middle of the telephone band keeps its pitch and loudness.
    fn check(from_hz: u32, to_hz: u32) {
        let sound = tone::sine(from_hz, 1_000.0, Duration::from_secs(1), 0.5);
        let changed = resample(&sound, to_hz);
        assert_eq!(changed.samples.len(), to_hz as usize, "{from_hz} -> {to_hz}");
        let middle = &changed.samples[to_hz as usize / 10..to_hz as usize * 9 / 10];
        assert!(goertzel::share(middle, to_hz, 1_000.0) > 0.999, "{from_hz} -> {to_hz}");
        let change = goertzel::rms(middle) / goertzel::rms(&sound.samples);
        assert!((0.99..1.01).contains(&change), "{from_hz} -> {to_hz}: {change}");
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_loudness() {
        for from_hz in [8_000, 11_025, 16_000, 22_050, 22_257, 24_000, 44_100, 48_000] {
            check(from_hz, 8_000);
        }
        check(8_000, 16_000);
        check(8_000, 48_000);
    }

    #[test]
    fn what_the_new_rate_cannot_carry_is_gone() {
        let sound = tone::sine(48_000, 6_000.0, Duration::from_millis(500), 0.8);
        let changed = resample(&sound, 8_000);
        assert!(goertzel::rms(&changed.samples[400..3_600]) < 10.0);
    }

    #[test]
    fn odd_rates_and_empty_sounds_are_taken() {
        assert!(resample(&Pcm::default(), 8_000).samples.is_empty());
        assert!(resample(&Pcm { rate_hz: 0, samples: vec![1] }, 8_000).samples.is_empty());
        assert!(resample(&Pcm { rate_hz: 8_000, samples: vec![1] }, 0).samples.is_empty());
        assert_eq!(
            resample(&Pcm { rate_hz: 191_999, samples: vec![9; 191_999] }, 8_000).samples.len(),
            8_000
        );
    }
}
