//! Synthesized sounds: sines, telephone keys, silence.

use std::f64::consts::TAU;
use std::time::Duration;

use crate::pcm::Pcm;

/// Of each of the two frequencies of a key: -13 dBm0, where a full sine is +3.14 dBm0.
const DTMF_AMPLITUDE: f64 = 5_110.0;

/// A pure tone; `amplitude` is 0.0 to 1.0 of full scale.
pub fn sine(rate_hz: u32, frequency_hz: f64, duration: Duration, amplitude: f64) -> Pcm {
    chord(rate_hz, &[frequency_hz], duration, amplitude)
}

/// Several tones at once, each at an equal part of `amplitude`.
pub fn chord(rate_hz: u32, frequencies_hz: &[f64], duration: Duration, amplitude: f64) -> Pcm {
    let each = amplitude.clamp(0.0, 1.0) * 32_767.0 / frequencies_hz.len().max(1) as f64;
    let sample = |index: usize| {
        let time = index as f64 / f64::from(rate_hz);
        let sum: f64 = frequencies_hz.iter().map(|frequency| (TAU * frequency * time).sin()).sum();
        (sum * each) as i16
    };
    Pcm { rate_hz, samples: (0..count(rate_hz, duration)).map(sample).collect() }
}

/// The two frequencies of a telephone key (ITU-T Q.23): `0`–`9`, `*`, `#`, `A`–`D`.
pub fn dtmf_frequencies(key: char) -> Option<[f64; 2]> {
    const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
    let position = "123A456B789C*0#D".find(key.to_ascii_uppercase())?;
    Some([ROWS[position / 4], COLUMNS[position % 4]])
}

/// The sound of a telephone key, half as loud as can be.
pub fn dtmf(rate_hz: u32, key: char, duration: Duration) -> Option<Pcm> {
    Some(chord(rate_hz, &dtmf_frequencies(key)?, duration, 0.5))
}

/// Writes a piece of the sound of a telephone key, -10 dBm0 as phones do, beginning `from` samples after
/// the key went down. Keys are RFC 4733 event codes; nothing is written for those that are none.
pub fn write_dtmf(rate_hz: u32, event: u8, from: usize, samples: &mut [i16]) {
    let key = b"0123456789*#ABCD".get(usize::from(event));
    let Some(frequencies) = key.and_then(|key| dtmf_frequencies(char::from(*key))) else { return };
    for (index, sample) in samples.iter_mut().enumerate() {
        let time = (from + index) as f64 / f64::from(rate_hz);
        let sum: f64 = frequencies.iter().map(|frequency| (TAU * frequency * time).sin()).sum();
        *sample = (sum * DTMF_AMPLITUDE) as i16;
    }
}

/// Nothing, for a while.
pub fn silence(rate_hz: u32, duration: Duration) -> Pcm {
    Pcm { rate_hz, samples: vec![0; count(rate_hz, duration)] }
}

fn count(rate_hz: u32, duration: Duration) -> usize {
    (duration.as_micros() * u128::from(rate_hz) / 1_000_000) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goertzel;

    #[test]
    fn a_key_sounds_at_its_two_frequencies() {
        let sound = dtmf(8_000, '5', Duration::from_millis(100)).unwrap();
        assert_eq!(sound.duration(), Duration::from_millis(100));
        for frequency in [770.0, 1_336.0] {
            let share = goertzel::share(&sound.samples, 8_000, frequency);
            assert!((0.45..0.55).contains(&share), "{share}");
        }
        let mut written = [0; 800];
        let (first, second) = written.split_at_mut(160);
        write_dtmf(8_000, 5, 0, first);
        write_dtmf(8_000, 5, 160, second);
        assert!((0.45..0.55).contains(&goertzel::share(&written, 8_000, 770.0)), "written in pieces");
        assert_eq!(dtmf_frequencies('#'), Some([941.0, 1_477.0]));
        assert_eq!(dtmf(8_000, 'x', Duration::ZERO), None);
    }
}
