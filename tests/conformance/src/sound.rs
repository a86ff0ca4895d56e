//! Listening: tones by Goertzel's method, speech by how its loudness moves.
//!
//! Written apart from the platform's own codec, so that an error there is not mirrored here.

use std::f64::consts::TAU;
use std::path::Path;

/// The rate of a phone line.
pub const RATE: u32 = 8000;

/// 20 ms at 8 kHz.
pub const FRAME: usize = 160;

/// A piece of sound at [`RATE`].
#[derive(Clone, Debug, Default)]
pub struct Sound {
    /// Mono samples.
    pub samples: Vec<i16>,
}

impl Sound {
    /// A sine at half of full scale.
    pub fn tone(hertz: f64, seconds: f64) -> Self {
        Self { samples: sine(hertz, seconds, RATE) }
    }

    /// A WAV file; other rates are thinned to [`RATE`], which is enough to find tones.
    pub fn read(path: &Path) -> Self {
        let mut reader = hound::WavReader::open(path)
            .unwrap_or_else(|error| panic!("{} is a WAV file: {error}", path.display()));
        let spec = reader.spec();
        let all: Vec<i16> = reader.samples::<i16>().map_while(Result::ok).collect();
        let mono = all.chunks(usize::from(spec.channels)).map(|frame| frame[0]);
        let step = (spec.sample_rate / RATE).max(1) as usize;
        Self { samples: mono.step_by(step).collect() }
    }

    /// A WAV file of 16-bit samples at [`RATE`] whose writer has not finished: its header lies about its length.
    pub fn read_unfinished(path: &Path) -> Option<Self> {
        const HEADER: usize = 44;
        let bytes = std::fs::read(path).ok()?;
        let samples = bytes.get(HEADER..)?.chunks_exact(2);
        Some(Self { samples: samples.map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect() })
    }

    /// Writes a WAV file of one's own rate.
    pub fn write(&self, path: &Path) {
        std::fs::write(path, wav(&self.samples, RATE)).expect("the folder can be written");
    }

    /// Seconds.
    pub fn duration(&self) -> f64 {
        self.samples.len() as f64 / f64::from(RATE)
    }

    /// The last seconds.
    pub fn last(&self, seconds: f64) -> Self {
        let count = (seconds * f64::from(RATE)) as usize;
        Self { samples: self.samples[self.samples.len().saturating_sub(count)..].to_vec() }
    }

    /// Everything after these many samples.
    pub fn after(&self, samples: usize) -> Self {
        Self { samples: self.samples.get(samples..).unwrap_or_default().to_vec() }
    }

    /// For how many seconds a tone sounds that is most of what is heard.
    pub fn seconds_of_tone(&self, hertz: f64) -> f64 {
        let frames = self.samples.chunks_exact(FRAME).filter(|frame| is_tone(frame, hertz)).count();
        (frames * FRAME) as f64 / f64::from(RATE)
    }

    /// For how many seconds a tone is part of what is heard, also when others sound with it.
    pub fn seconds_with_tone(&self, hertz: f64) -> f64 {
        let frames = self.samples.chunks_exact(FRAME).filter(|frame| has_tone(frame, hertz)).count();
        (frames * FRAME) as f64 / f64::from(RATE)
    }

    /// For how many seconds somebody speaks (or music plays): loud frames that are no steady tone.
    pub fn seconds_of_speech(&self) -> f64 {
        let levels: Vec<f64> = self.samples.chunks_exact(FRAME).map(level).collect();
        let moving = levels.windows(2).filter(|pair| {
            let (before, now) = (pair[0], pair[1]);
            now > 200.0 && (now / before.max(1.0) > 1.04 || before / now > 1.04)
        });
        (moving.count() * FRAME) as f64 / f64::from(RATE)
    }

    /// For how many seconds there is any sound.
    pub fn seconds_of_sound(&self) -> f64 {
        let frames = self.samples.chunks_exact(FRAME).filter(|frame| level(frame) > 100.0).count();
        (frames * FRAME) as f64 / f64::from(RATE)
    }
}

/// A WAV file in memory.
pub fn wav(samples: &[i16], rate: u32) -> Vec<u8> {
    wav_of(samples, 1, rate)
}

/// The same of several channels, whose samples take turns.
pub fn wav_of(samples: &[i16], channels: u16, rate: u32) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("memory can be written");
    for sample in samples {
        writer.write_sample(*sample).expect("memory can be written");
    }
    writer.finalize().expect("memory can be written");
    bytes.into_inner()
}

/// A sine at half of full scale.
pub fn sine(hertz: f64, seconds: f64, rate: u32) -> Vec<i16> {
    let count = (seconds * f64::from(rate)) as usize;
    (0..count).map(|n| (16000.0 * (TAU * hertz * n as f64 / f64::from(rate)).sin()) as i16).collect()
}

/// G.711 µ-law (ITU-T G.711), one sample.
pub fn mu_law(sample: i16) -> u8 {
    let magnitude = i32::from(sample).abs().min(32635) + 132;
    let exponent = (31 - (magnitude as u32).leading_zeros()) as i32 - 7;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !((sign | (exponent << 4) | mantissa) as u8)
}

/// The sample that a µ-law byte stands for.
pub fn from_mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let magnitude = ((i32::from(byte & 0x0f) << 3) + 132) << ((byte >> 4) & 0x07);
    let magnitude = (magnitude - 132) as i16;
    if byte & 0x80 != 0 { -magnitude } else { magnitude }
}

/// The sample that an A-law byte stands for.
pub fn from_a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (exponent, mantissa) = ((byte >> 4) & 0x07, i32::from(byte & 0x0f));
    let magnitude = match exponent {
        0 => (mantissa << 4) + 8,
        exponent => ((mantissa << 4) + 0x108) << (exponent - 1),
    };
    if byte & 0x80 != 0 { magnitude as i16 } else { -(magnitude as i16) }
}

fn level(frame: &[i16]) -> f64 {
    (frame.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / frame.len() as f64).sqrt()
}

fn is_tone(frame: &[i16], hertz: f64) -> bool {
    let level = level(frame);
    level > 200.0 && amplitude(frame, hertz) / (level * 2f64.sqrt()) > 0.8
}

fn has_tone(frame: &[i16], hertz: f64) -> bool {
    let level = level(frame);
    level > 200.0 && amplitude(frame, hertz) / (level * 2f64.sqrt()) > 0.4
}

fn amplitude(frame: &[i16], hertz: f64) -> f64 {
    amplitude_at(frame, RATE, hertz)
}

/// Whether a tone is part of what is heard, at any rate.
pub fn sounds_in(samples: &[i16], rate: u32, hertz: f64) -> bool {
    let level = level(samples);
    level > 200.0 && amplitude_at(samples, rate, hertz) / (level * 2f64.sqrt()) > 0.4
}

fn amplitude_at(frame: &[i16], rate: u32, hertz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hertz / f64::from(rate)).cos();
    let (mut previous, mut before) = (0.0, 0.0);
    for sample in frame {
        let now = f64::from(*sample) + coefficient * previous - before;
        (previous, before) = (now, previous);
    }
    let power = previous.powi(2) + before.powi(2) - coefficient * previous * before;
    2.0 * power.max(0.0).sqrt() / frame.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_found_and_another_is_not() {
        let sound = Sound::tone(440.0, 1.0);
        assert!(sound.seconds_of_tone(440.0) > 0.95);
        assert!(sound.seconds_of_tone(700.0) < 0.05);
        assert!(sound.seconds_of_speech() < 0.1);
    }

    #[test]
    fn two_tones_at_once_are_both_found() {
        let (low, high) = (Sound::tone(400.0, 1.0), Sound::tone(1000.0, 1.0));
        let both = low.samples.iter().zip(&high.samples).map(|(a, b)| a / 2 + b / 2).collect();
        let both = Sound { samples: both };
        assert!(both.seconds_with_tone(400.0) > 0.95 && both.seconds_with_tone(1000.0) > 0.95);
        assert!(both.seconds_with_tone(700.0) < 0.05);
    }

    #[test]
    fn the_telephone_code_keeps_a_tone() {
        let sound = Sound::tone(1000.0, 0.5);
        let samples = sound.samples.iter().map(|sample| from_mu_law(mu_law(*sample))).collect();
        assert!(Sound { samples }.seconds_of_tone(1000.0) > 0.45);
        assert_eq!((from_mu_law(0xff), from_mu_law(0x00), from_a_law(0xd5)), (0, -32124, 8));
    }
}
