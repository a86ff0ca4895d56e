//! G.722 at 64 kbit/s: sound of 16 kHz, in two bands of adaptive differential codes (ITU-T G.722).
//!
//! The arithmetic follows the public-domain code of Steve Underwood (SpanDSP; libg722; ezk-g722), "based in part
//! on a single channel G.722 codec which is: Copyright (c) CMU 1993, Computer Science, Speech Group, Chengxiang Lu
//! and Alex Hauptmann. The Carnegie Mellon ADPCM program is Copyright (c) 1993 by Carnegie Mellon University. Use of
//! this program, for any research or commercial purpose, is completely unrestricted."
//!
//! A code stands for two samples. Encoder and decoder of a band are the same predictor: the state of the one can
//! go on in the other.

/// Samples per second.
pub const RATE_HZ: u32 = 16_000;
/// A code that adds next to nothing, for a hole in a stream.
pub const NEAR_SILENCE: u8 = 0xff;

/// Codes that are handled at one go.
const CHUNK: usize = 160;
/// Samples that a filter of the band split reaches back.
const REACH: usize = 22;

/// Half of the band-splitting filter; the other half is its mirror image.
const FILTER: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// Decision levels of the lower band, without the first and last.
const LEVELS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1_023, 1_121,
    1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
];
/// Codes of the lower band between those levels, for differences below zero …
const LOW_NEGATIVE: [u8; 30] = [
    63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7,
    6, 5, 4,
];
/// … and above.
const LOW_POSITIVE: [u8; 30] = [
    61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36,
    35, 34, 33, 32,
];
/// What a code of the lower band says, with all of its six bits …
const LOW_SIX: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192, -10_232,
    -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008, -3_576, -3_168, -2_776,
    -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280,
    11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000, 5_456, 4_944, 4_464, 4_008, 3_576, 3_168,
    2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432, 136, -432, -136,
];
/// … and with the four by which the predictor goes.
const LOW_FOUR: [i32; 16] = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288, 4_240, 2_584,
    1_200, 0,
];
/// What a code of the higher band says.
const HIGH: [i32; 4] = [-7_408, -1_616, 7_408, 1_616];
/// How a code of the lower band changes the scale.
const LOW_SCALE: [i32; 16] =
    [-60, 3_042, 1_198, 538, 334, 172, 58, -30, 3_042, 1_198, 538, 334, 172, 58, -30, -60];
/// How one of the higher band does.
const HIGH_SCALE: [i32; 4] = [798, -214, 798, -214];
/// Powers of two, for the scale.
const POWERS: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656, 2_714, 2_774,
    2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520, 3_597, 3_676, 3_756, 3_838,
    3_922, 4_008,
];

/// Makes codes; allocates nothing.
#[derive(Clone, Debug)]
pub struct Encoder {
    recent: [i32; REACH],
    low: Band,
    high: Band,
}

/// Makes samples; allocates nothing.
#[derive(Clone, Debug)]
pub struct Decoder {
    recent: [i32; REACH],
    low: Band,
    high: Band,
}

/// The predictor of one band.
#[derive(Clone, Debug)]
struct Band {
    /// What the next sample is expected to be.
    expected: i32,
    /// The part of it that comes from the zeros.
    from_zeros: i32,
    /// Rebuilt signals, newest first.
    rebuilt: [i32; 2],
    /// Signs of the partly rebuilt signals, newest first.
    signs: [i32; 2],
    poles: [i32; 2],
    differences: [i32; 6],
    zeros: [i32; 6],
    /// The logarithm of the scale, and the scale.
    logarithm: i32,
    scale: i32,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { recent: [0; REACH], low: Band::low(), high: Band::high() }
    }
}

impl Encoder {
    /// Encodes pairs of samples, as many as both slices hold.
    pub fn encode(&mut self, samples: &[i16], codes: &mut [u8]) {
        for (samples, codes) in samples.chunks(2 * CHUNK).zip(codes.chunks_mut(CHUNK)) {
            self.encode_chunk(samples, codes);
        }
    }

    /// Goes on where a decoder is: whoever heard what that one heard hears no seam.
    pub fn follow(&mut self, decoder: &Decoder) {
        (self.low, self.high) = (decoder.low.clone(), decoder.high.clone());
    }

    fn encode_chunk(&mut self, samples: &[i16], codes: &mut [u8]) {
        let pairs = (samples.len() / 2).min(codes.len());
        let mut buffer = [0; REACH + 2 * CHUNK];
        buffer[..REACH].copy_from_slice(&self.recent);
        for (place, sample) in buffer[REACH..].iter_mut().zip(&samples[..2 * pairs]) {
            *place = i32::from(*sample);
        }
        for (pair, code) in codes[..pairs].iter_mut().enumerate() {
            let (one, other) = filtered(&buffer[2 * pair..]);
            let low = self.low.encode_low((other + one) >> 14);
            let high = self.high.encode_high((other - one) >> 14);
            *code = high << 6 | low;
        }
        self.recent.copy_from_slice(&buffer[2 * pairs..2 * pairs + REACH]);
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self { recent: [0; REACH], low: Band::low(), high: Band::high() }
    }
}

impl Decoder {
    /// Decodes to pairs of samples, as many as both slices hold. Every code means something.
    pub fn decode(&mut self, codes: &[u8], samples: &mut [i16]) {
        for (codes, samples) in codes.chunks(CHUNK).zip(samples.chunks_mut(2 * CHUNK)) {
            self.decode_chunk(codes, samples);
        }
    }

    /// Decodes the lower band only, which is the sound at 8 kHz; a stream is decoded in this way or the other.
    pub fn decode_narrow(&mut self, codes: &[u8], samples: &mut [i16]) {
        for (sample, code) in samples.iter_mut().zip(codes) {
            *sample = (self.low.decode_low(code & 0x3f) << 1) as i16;
        }
    }

    fn decode_chunk(&mut self, codes: &[u8], samples: &mut [i16]) {
        let pairs = (samples.len() / 2).min(codes.len());
        let mut buffer = [0; REACH + 2 * CHUNK];
        buffer[..REACH].copy_from_slice(&self.recent);
        for (place, code) in buffer[REACH..].as_chunks_mut::<2>().0.iter_mut().zip(&codes[..pairs]) {
            let low = self.low.decode_low(code & 0x3f);
            let high = self.high.decode_high(code >> 6);
            *place = [low + high, low - high];
        }
        for (pair, sample) in samples.as_chunks_mut::<2>().0.iter_mut().take(pairs).enumerate() {
            let (one, other) = filtered(&buffer[2 * pair..]);
            *sample = [saturated(other >> 11) as i16, saturated(one >> 11) as i16];
        }
        self.recent.copy_from_slice(&buffer[2 * pairs..2 * pairs + REACH]);
    }
}

/// Both outputs of the band split for the last pair of 24 samples.
fn filtered(samples: &[i32]) -> (i32, i32) {
    let (mut one, mut other) = (0, 0);
    for (tap, [even, odd]) in samples.as_chunks::<2>().0[..12].iter().enumerate() {
        one += even * FILTER[tap];
        other += odd * FILTER[11 - tap];
    }
    (one, other)
}

impl Band {
    const fn low() -> Self {
        Self::of(32)
    }

    const fn high() -> Self {
        Self::of(8)
    }

    const fn of(scale: i32) -> Self {
        Self {
            expected: 0,
            from_zeros: 0,
            rebuilt: [0; 2],
            signs: [0; 2],
            poles: [0; 2],
            differences: [0; 6],
            zeros: [0; 6],
            logarithm: 0,
            scale,
        }
    }

    fn encode_low(&mut self, sample: i32) -> u8 {
        let difference = saturated(sample - self.expected);
        let distance = if difference >= 0 { difference } else { -(difference + 1) };
        let level = LEVELS.partition_point(|level| (level * self.scale) >> 12 <= distance);
        let code = if difference < 0 { LOW_NEGATIVE[level] } else { LOW_POSITIVE[level] };
        self.advance_low(code);
        code
    }

    fn decode_low(&mut self, code: u8) -> i32 {
        let difference = (self.scale * LOW_SIX[usize::from(code)]) >> 15;
        let sample = (self.expected + difference).clamp(-16_384, 16_383);
        self.advance_low(code);
        sample
    }

    fn encode_high(&mut self, sample: i32) -> u8 {
        let difference = saturated(sample - self.expected);
        let distance = if difference >= 0 { difference } else { -(difference + 1) };
        let is_far = distance >= (564 * self.scale) >> 12;
        let code = match (difference < 0, is_far) {
            (true, true) => 0,
            (true, false) => 1,
            (false, true) => 2,
            (false, false) => 3,
        };
        self.advance_high(code);
        code
    }

    fn decode_high(&mut self, code: u8) -> i32 {
        let difference = (self.scale * HIGH[usize::from(code)]) >> 15;
        let sample = (self.expected + difference).clamp(-16_384, 16_383);
        self.advance_high(code);
        sample
    }

    fn advance_low(&mut self, code: u8) {
        let code = usize::from(code >> 2);
        let difference = (self.scale * LOW_FOUR[code]) >> 15;
        self.rescale(LOW_SCALE[code], 18_432, 8);
        self.predict(difference);
    }

    fn advance_high(&mut self, code: u8) {
        let difference = (self.scale * HIGH[usize::from(code)]) >> 15;
        self.rescale(HIGH_SCALE[usize::from(code)], 22_528, 10);
        self.predict(difference);
    }

    /// The scale follows the codes, and leaks, so that two that differ come together (§3.5).
    fn rescale(&mut self, change: i32, most: i32, shift: i32) {
        self.logarithm = (((self.logarithm * 127) >> 7) + change).clamp(0, most);
        let power = POWERS[(self.logarithm >> 6 & 31) as usize];
        let shift = shift - (self.logarithm >> 11);
        self.scale = if shift < 0 { power << -shift } else { power >> shift } << 2;
    }

    /// Adapts poles and zeros to a difference, and says what is expected next (§3.6).
    fn predict(&mut self, difference: i32) {
        let rebuilt = saturated(self.expected + difference);
        let partial = saturated(self.from_zeros + difference);
        let sign = partial >> 15;

        // The second pole, then the first, which it bounds.
        let turned = saturated(self.poles[0] << 2);
        let turned = if sign == self.signs[0] { -turned } else { turned };
        let step = if sign == self.signs[1] { 128 } else { -128 };
        let second =
            ((turned.min(32_767) >> 7) + step + ((self.poles[1] * 32_512) >> 15)).clamp(-12_288, 12_288);
        let step = if sign == self.signs[0] { 192 } else { -192 };
        let bound = saturated(15_360 - second);
        let first = saturated(step + ((self.poles[0] * 32_640) >> 15)).clamp(-bound, bound);

        let step = if difference == 0 { 0 } else { 128 };
        let sign_of_difference = difference >> 15;
        for (zero, past) in self.zeros.iter_mut().zip(&self.differences) {
            let step = if past >> 15 == sign_of_difference { step } else { -step };
            *zero = saturated(step + ((*zero * 32_640) >> 15));
        }

        self.differences.copy_within(..5, 1);
        self.differences[0] = difference;
        self.rebuilt = [rebuilt, self.rebuilt[0]];
        self.signs = [sign, self.signs[0]];
        self.poles = [first, second];

        let from_poles: i32 = self
            .poles
            .iter()
            .zip(&self.rebuilt)
            .map(|(pole, past)| (pole * saturated(past + past)) >> 15)
            .sum();
        let from_zeros: i32 = self
            .zeros
            .iter()
            .zip(&self.differences)
            .map(|(zero, past)| (zero * saturated(past + past)) >> 15)
            .sum();
        self.from_zeros = saturated(from_zeros);
        self.expected = saturated(saturated(from_poles) + self.from_zeros);
    }
}

fn saturated(value: i32) -> i32 {
    value.clamp(i16::MIN.into(), i16::MAX.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::{goertzel, tone};

    fn round_trip(frequency_hz: f64) -> (Vec<i16>, Vec<i16>) {
        let sound = tone::sine(RATE_HZ, frequency_hz, Duration::from_secs(1), 0.3).samples;
        let (mut codes, mut heard) = (vec![0; sound.len() / 2], vec![0; sound.len()]);
        Encoder::default().encode(&sound, &mut codes);
        Decoder::default().decode(&codes, &mut heard);
        (sound, heard)
    }

    #[test]
    fn tones_of_both_bands_come_back_clean_and_as_loud() {
        for (frequency_hz, least_db) in
            [(300.0, 30.0), (1_000.0, 30.0), (3_000.0, 25.0), (5_000.0, 10.0), (6_500.0, 8.0)]
        {
            let (sound, heard) = round_trip(frequency_hz);
            // The two filters reach back eleven samples each.
            let pairs = sound[..15_000].iter().zip(&heard[22..]).skip(1_000);
            let (mut signal, mut noise) = (0.0, 0.0);
            for (said, heard) in pairs {
                signal += f64::from(*said).powi(2);
                noise += (f64::from(*said) - f64::from(*heard)).powi(2);
            }
            let ratio_db = 10.0 * (signal / noise).log10();
            assert!(ratio_db > least_db, "{frequency_hz} Hz: {ratio_db} dB");
            let change = goertzel::rms(&heard[1_000..]) / goertzel::rms(&sound);
            assert!((0.93..1.07).contains(&change), "{frequency_hz} Hz: {change}");
        }
    }

    #[test]
    fn the_lower_band_alone_is_the_sound_at_8_khz() {
        let sound = tone::sine(RATE_HZ, 1_000.0, Duration::from_millis(500), 0.3).samples;
        let (mut codes, mut heard) = (vec![0; sound.len() / 2], vec![0; sound.len() / 2]);
        Encoder::default().encode(&sound, &mut codes);
        Decoder::default().decode_narrow(&codes, &mut heard);
        assert!(goertzel::share(&heard[500..], 8_000, 1_000.0) > 0.98);
        let change = goertzel::rms(&heard[500..]) / goertzel::rms(&sound);
        assert!((0.9..1.1).contains(&change), "{change}");
    }

    #[test]
    fn frames_of_any_length_make_the_same_stream() {
        let sound = tone::chord(RATE_HZ, &[440.0, 5_100.0], Duration::from_millis(200), 0.5).samples;
        let (mut whole, mut parts) = (vec![0; sound.len() / 2], Vec::new());
        Encoder::default().encode(&sound, &mut whole);
        let mut encoder = Encoder::default();
        for part in sound.chunks(74) {
            let mut codes = vec![0; part.len() / 2];
            encoder.encode(part, &mut codes);
            parts.extend(codes);
        }
        assert_eq!(whole, parts);
    }

    #[test]
    fn an_encoder_that_follows_a_decoder_makes_no_click() {
        let sound = tone::sine(RATE_HZ, 700.0, Duration::from_secs(1), 0.3).samples;
        let mut codes = vec![0; sound.len() / 2];
        Encoder::default().encode(&sound[..8_000], &mut codes[..4_000]);
        let mut ear = Decoder::default();
        let mut heard = vec![0; sound.len()];
        ear.decode(&codes[..4_000], &mut heard[..8_000]);
        let mut second = Encoder::default();
        second.follow(&ear);
        second.encode(&sound[8_000..], &mut codes[4_000..]);
        ear.decode(&codes[4_000..], &mut heard[8_000..]);
        let loudest = heard.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!(loudest < 11_500, "{loudest} of {}", 0.3 * 32_767.0);
    }

    #[test]
    fn silence_stays_silent() {
        let mut codes = [0; 1_600];
        Encoder::default().encode(&[0; 3_200], &mut codes);
        let mut heard = [0; 3_200];
        Decoder::default().decode(&codes, &mut heard);
        assert!(goertzel::rms(&heard) < 10.0);
        Decoder::default().decode(&[NEAR_SILENCE; 1_600], &mut heard);
        assert!(goertzel::rms(&heard) < 40.0, "{}", goertzel::rms(&heard));
    }

    proptest! {
        #[test]
        fn any_codes_and_any_samples_are_taken(
            codes in proptest::collection::vec(any::<u8>(), 0..2_000),
            samples in proptest::collection::vec(any::<i16>(), 0..2_000),
        ) {
            let mut heard = vec![0; 2 * codes.len()];
            Decoder::default().decode(&codes, &mut heard);
            Decoder::default().decode_narrow(&codes, &mut heard);
            let mut codes = vec![0; samples.len()];
            Encoder::default().encode(&samples, &mut codes);
        }
    }
}
