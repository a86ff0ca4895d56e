//! Finding a tone in sound (the Goertzel algorithm).

use std::f64::consts::TAU;

/// How much of the energy of `samples` lies at `frequency_hz`: 1.0 for a pure
/// tone of that frequency, near 0.0 for silence, noise and other tones.
///
/// The longer the slice, the finer the comb: 800 samples at 8 kHz tell tones
/// 20 Hz apart.
pub fn share(samples: &[i16], rate_hz: u32, frequency_hz: f64) -> f64 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    if energy == 0.0 || rate_hz == 0 {
        return 0.0;
    }
    (power(samples, rate_hz, frequency_hz) * 2.0 / (samples.len() as f64 * energy)).min(1.0)
}

/// The loudness of `samples` as root of the mean square, 0 to 32768.
pub fn rms(samples: &[i16]) -> f64 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (energy / samples.len().max(1) as f64).sqrt()
}

fn power(samples: &[i16], rate_hz: u32, frequency_hz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * frequency_hz / f64::from(rate_hz)).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        (last, before) = (f64::from(*sample) + coefficient * last - before, last);
    }
    last * last + before * before - coefficient * last * before
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tone;

    #[test]
    fn a_tone_is_found_at_its_frequency_and_nowhere_else() {
        let sound = tone::sine(8_000, 440.0, Duration::from_millis(200), 0.5);
        assert!(share(&sound.samples, 8_000, 440.0) > 0.99);
        assert!(share(&sound.samples, 8_000, 1_000.0) < 0.01);
        assert!((rms(&sound.samples) - 0.5 * 32_767.0 / 2_f64.sqrt()).abs() < 50.0);
    }

    #[test]
    fn silence_holds_no_tone() {
        assert_eq!(share(&[0; 160], 8_000, 440.0), 0.0);
        assert_eq!(share(&[], 8_000, 440.0), 0.0);
        assert_eq!(rms(&[]), 0.0);
    }
}
