//! Between 8 and 16 kHz, as sound flows (a half-band filter).
//!
//! Both ways take 1.5 ms. What lies above the telephone band is 60 dB down from 4.7 kHz on.

use std::f64::consts::PI;
use std::sync::LazyLock;

/// Samples that the longer phase of the filter looks at; the other phase is one sample.
const TAPS: usize = 24;
/// Where that one sample is, before the newest.
const CENTER: usize = 11;
/// Samples of 8 kHz that are handled at one go.
const CHUNK: usize = 160;
/// Of these, so many are filtered side by side.
const LANES: usize = 8;
/// The Kaiser window's parameter.
const BETA: f64 = 5.65;

/// From 8 to 16 kHz; allocates nothing.
#[derive(Clone, Debug)]
pub struct Doubler([f32; TAPS]);

/// From 16 to 8 kHz; allocates nothing.
#[derive(Clone, Debug)]
pub struct Halver {
    even: [f32; TAPS],
    odd: [f32; TAPS],
}

impl Default for Doubler {
    fn default() -> Self {
        Self([0.0; TAPS])
    }
}

impl Doubler {
    /// Makes two samples of each, as many as both slices hold.
    pub fn run(&mut self, narrow: &[i16], wide: &mut [i16]) {
        for (narrow, wide) in narrow.chunks(CHUNK).zip(wide.chunks_mut(2 * CHUNK)) {
            let length = narrow.len().min(wide.len() / 2);
            let mut buffer = [0.0; TAPS + CHUNK];
            load(&self.0, narrow[..length].iter(), &mut buffer);
            let between = filtered(&buffer).map(|sample| rounded(2.0 * sample));
            let pairs = wide.as_chunks_mut::<2>().0[..length].iter_mut();
            for ((pair, between), sample) in pairs.zip(between).zip(&buffer[TAPS - CENTER..]) {
                *pair = [between, *sample as i16];
            }
            self.0.copy_from_slice(&buffer[length..length + TAPS]);
        }
    }
}

impl Default for Halver {
    fn default() -> Self {
        Self { even: [0.0; TAPS], odd: [0.0; TAPS] }
    }
}

impl Halver {
    /// Makes one sample of each two, as many as both slices hold.
    pub fn run(&mut self, wide: &[i16], narrow: &mut [i16]) {
        for (wide, narrow) in wide.chunks(2 * CHUNK).zip(narrow.chunks_mut(CHUNK)) {
            let length = narrow.len().min(wide.len() / 2);
            let pairs = &wide.as_chunks::<2>().0[..length];
            let (mut even, mut odd) = ([0.0; TAPS + CHUNK], [0.0; TAPS + CHUNK]);
            load(&self.even, pairs.iter().map(|pair| &pair[0]), &mut even);
            load(&self.odd, pairs.iter().map(|pair| &pair[1]), &mut odd);
            let center = &even[TAPS - CENTER..];
            for ((sample, center), odd) in narrow[..length].iter_mut().zip(center).zip(filtered(&odd)) {
                *sample = rounded(0.5 * center + odd);
            }
            self.even.copy_from_slice(&even[length..length + TAPS]);
            self.odd.copy_from_slice(&odd[length..length + TAPS]);
        }
    }
}

fn load<'a>(before: &[f32; TAPS], new: impl Iterator<Item = &'a i16>, buffer: &mut [f32; TAPS + CHUNK]) {
    buffer[..TAPS].copy_from_slice(before);
    for (place, sample) in buffer[TAPS..].iter_mut().zip(new) {
        *place = f32::from(*sample);
    }
}

/// What the longer phase makes of each sample: several side by side, and each weight for both of its places.
fn filtered(buffer: &[f32; TAPS + CHUNK]) -> [f32; CHUNK] {
    let (mut all, filter) = ([0.0; CHUNK], &*FILTER);
    for (block, sums) in all.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let samples = &buffer[block * LANES + 1..][..TAPS + LANES - 1];
        for (tap, weight) in filter[..TAPS / 2].iter().enumerate() {
            let (early, late) = (&samples[tap..][..LANES], &samples[TAPS - 1 - tap..][..LANES]);
            for lane in 0..LANES {
                sums[lane] += (early[lane] + late[lane]) * weight;
            }
        }
    }
    all
}

fn rounded(sample: f32) -> i16 {
    /// A float of this size has no room for fractions, and its last bits are the number.
    const WHOLE: f32 = 12_582_912.0;
    (sample.clamp(i16::MIN.into(), i16::MAX.into()) + WHOLE).to_bits() as i16
}

/// The longer phase of the filter, which is its own mirror image.
static FILTER: LazyLock<[f32; TAPS]> = LazyLock::new(|| {
    let taps: [f64; TAPS] = std::array::from_fn(|tap| {
        let at = 2.0 * tap as f64 - (TAPS as f64 - 1.0);
        let inside = 1.0 - (at / TAPS as f64).powi(2);
        (PI * at / 2.0).sin() / (PI * at) * crate::resample::bessel(BETA * inside.sqrt())
    });
    // Either phase passes a constant unchanged.
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| (tap / sum / 2.0) as f32)
});

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{goertzel, tone};

    fn doubled(frequency_hz: f64) -> Vec<i16> {
        let sound = tone::sine(8_000, frequency_hz, Duration::from_secs(1), 0.5).samples;
        let mut wide = vec![0; 2 * sound.len()];
        Doubler::default().run(&sound, &mut wide);
        wide
    }

    fn halved(frequency_hz: f64) -> Vec<i16> {
        let sound = tone::sine(16_000, frequency_hz, Duration::from_secs(1), 0.5).samples;
        let mut narrow = vec![0; sound.len() / 2];
        Halver::default().run(&sound, &mut narrow);
        narrow
    }

    #[test]
    fn the_telephone_band_passes_both_ways() {
        for frequency_hz in [100.0, 1_000.0, 3_300.0] {
            for (rate_hz, heard) in [(16_000, doubled(frequency_hz)), (8_000, halved(frequency_hz))] {
                let heard = &heard[1_000..7_000];
                assert!(goertzel::share(heard, rate_hz, frequency_hz) > 0.999, "{frequency_hz} at {rate_hz}");
                let change = goertzel::rms(heard) / (0.5 * 32_767.0 / 2_f64.sqrt());
                assert!((0.98..1.02).contains(&change), "{frequency_hz} at {rate_hz}: {change}");
            }
        }
    }

    #[test]
    fn what_8_khz_cannot_carry_is_gone_and_no_mirror_image_appears() {
        for frequency_hz in [4_800.0, 5_000.0, 7_500.0] {
            assert!(goertzel::rms(&halved(frequency_hz)[1_000..]) < 20.0, "{frequency_hz}");
        }
        assert!(goertzel::share(&doubled(1_000.0)[1_000..], 16_000, 7_000.0) < 1e-5);
    }

    #[test]
    fn sound_in_pieces_is_the_same_sound() {
        let sound = tone::sine(16_000, 700.0, Duration::from_millis(300), 0.5).samples;
        let mut whole = vec![0; sound.len() / 2];
        Halver::default().run(&sound, &mut whole);
        let (mut halver, mut parts) = (Halver::default(), Vec::new());
        for part in sound.chunks(110) {
            let mut narrow = vec![0; part.len() / 2];
            halver.run(part, &mut narrow);
            parts.extend(narrow);
        }
        assert_eq!(whole, parts);
    }

    #[test]
    fn the_loudest_sound_does_not_wrap() {
        let mut wide = vec![0; 3_200];
        Doubler::default().run(&[i16::MIN; 1_600], &mut wide);
        assert!(wide[100..].iter().all(|sample| *sample < -32_000));
    }
}
