//! The platform's own hold music: composed here, so that nobody's rights are in it.

use std::f64::consts::TAU;
use std::time::Duration;

use codec::Pcm;

/// Wideband, for those who can hear it.
const RATE_HZ: u32 = 16_000;
/// One chord lasts this long; four make the loop.
const BAR_SECONDS: f64 = 4.0;
/// Notes plucked in each bar.
const PLUCKS: usize = 8;
/// The loudest sample: soft, about -14 dB.
const PEAK: f64 = 6_500.0;

/// C major seventh, A minor seventh, D minor seventh, G seventh; the root first, as MIDI notes.
const CHORDS: [[u8; 4]; 4] = [[48, 64, 67, 71], [45, 64, 67, 72], [50, 65, 69, 72], [43, 65, 67, 71]];
/// Which notes of the chord are plucked, and which an octave higher.
const PATTERN: [(usize, bool); PLUCKS] =
    [(1, false), (2, false), (3, false), (1, true), (3, false), (2, true), (3, false), (2, false)];

/// A loop of sixteen seconds whose end flows into its beginning.
pub fn hold_music() -> Pcm {
    let length = (BAR_SECONDS * CHORDS.len() as f64 * f64::from(RATE_HZ)) as usize;
    let mut mix = vec![0.0; length];
    for (bar, chord) in CHORDS.iter().enumerate() {
        let start = bar as f64 * BAR_SECONDS;
        for (position, note) in chord.iter().enumerate() {
            let loudness = if position == 0 { 0.30 } else { 0.11 };
            add(&mut mix, start, BAR_SECONDS + 1.0, |seconds| loudness * pad(*note, seconds));
        }
        for (step, (position, octave)) in PATTERN.iter().enumerate() {
            let note = chord[*position] + if *octave { 12 } else { 0 };
            let begin = start + step as f64 * BAR_SECONDS / PLUCKS as f64;
            add(&mut mix, begin, 2.0, |seconds| 0.28 * pluck(note, seconds));
        }
    }
    let loudest = mix.iter().fold(1e-9_f64, |loudest, sample| loudest.max(sample.abs()));
    Pcm { rate_hz: RATE_HZ, samples: mix.iter().map(|sample| (sample / loudest * PEAK) as i16).collect() }
}

/// Adds a note; what rings beyond the end of the loop is heard at its beginning, which hides the seam.
fn add(mix: &mut [f64], start_seconds: f64, seconds: f64, note: impl Fn(f64) -> f64) {
    let rate = f64::from(RATE_HZ);
    let start = (start_seconds * rate) as usize;
    let length = Duration::from_secs_f64(seconds).as_secs_f64() * rate;
    for index in 0..length as usize {
        let place = (start + index) % mix.len();
        mix[place] += note(index as f64 / rate);
    }
}

/// A soft chord tone that swells for a second, stays, and fades for a second.
fn pad(note: u8, seconds: f64) -> f64 {
    let swell = seconds.min(1.0).min((BAR_SECONDS + 1.0 - seconds).max(0.0));
    let envelope = (swell * TAU / 4.0).sin().powi(2);
    let phase = TAU * frequency_hz(note) * seconds;
    envelope * (phase.sin() + 0.25 * (2.0 * phase).sin())
}

/// A note that begins at once and dies away.
fn pluck(note: u8, seconds: f64) -> f64 {
    let envelope = (seconds / 0.008).min(1.0) * (-3.0 * seconds).exp() * (2.0 - seconds).clamp(0.0, 1.0);
    let phase = TAU * frequency_hz(note) * seconds;
    envelope * (phase.sin() + 0.3 * (2.0 * phase).sin() + 0.08 * (3.0 * phase).sin())
}

fn frequency_hz(note: u8) -> f64 {
    440.0 * ((f64::from(note) - 69.0) / 12.0).exp2()
}

#[cfg(test)]
mod tests {
    use codec::goertzel::rms;

    use super::*;

    #[test]
    fn the_loop_is_soft_and_never_silent() {
        let music = hold_music();
        assert_eq!(music.duration(), Duration::from_secs(16));
        for (index, second) in music.samples.chunks(RATE_HZ as usize / 2).enumerate() {
            assert!((300.0..4_000.0).contains(&rms(second)), "half second {index}: {}", rms(second));
        }
    }

    #[test]
    fn the_seam_is_no_louder_than_any_other_step() {
        let samples = hold_music().samples;
        let step = |one: i16, other: i16| (i32::from(one) - i32::from(other)).abs();
        let largest = samples.windows(2).map(|pair| step(pair[0], pair[1])).max().unwrap();
        assert!(step(samples[0], samples[samples.len() - 1]) <= largest);
    }
}
