//! Speech for tests: made with voices that nothing was tuned on, sent over a telephone line.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use codec::{Law, Pcm, resample};
use speech_edge::EAR_FRAME;

/// The samples of a frame.
pub type Frame = [i16; EAR_FRAME];

static FILES: AtomicU32 = AtomicU32::new(0);

/// Words in the voice `slt`, `awb`, `rms` or `kal16` of flite, at 16 kHz.
pub fn flite(voice: &str, words: &str) -> Pcm {
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("ringdown-flite-{}-{number}.wav", std::process::id()));
    let spoken = Command::new("flite").args(["-voice", voice, "-t", words, "-o"]).arg(&path).status();
    let spoken = spoken.expect("flite is installed: apt-get install flite");
    assert!(spoken.success(), "flite says {words:?}");
    read(&path)
}

/// Words in a voice of espeak-ng, such as `en-gb+f4`.
pub fn espeak(voice: &str, words: &str) -> Pcm {
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("ringdown-espeak-{}-{number}.wav", std::process::id()));
    let spoken =
        Command::new("espeak-ng").args(["-v", voice, "-s", "150", "-w"]).arg(&path).arg(words).status();
    let spoken = spoken.expect("espeak-ng is installed: apt-get install espeak-ng");
    assert!(spoken.success(), "espeak-ng says {words:?}");
    read(&path)
}

fn read(path: &Path) -> Pcm {
    let bytes = std::fs::read(path).expect("the voice has written a file");
    let _ = std::fs::remove_file(path);
    codec::decode_file(&bytes, Duration::from_secs(60)).expect("a sound")
}

/// As it comes from a phone: 8 kHz, µ-law, about 20 dB below full scale, with so much noise (root of the mean
/// square), with silence before and after, in frames.
pub fn over_the_phone(sound: &Pcm, noise: f64, before_ms: usize, after_ms: usize) -> Vec<Frame> {
    let narrow = resample(sound, 8_000).samples;
    let level = codec::goertzel::rms(&narrow).max(1.0);
    let gain = 3_000.0 / level;
    let mut hiss = Hiss(1);
    let silence = |ms: usize| std::iter::repeat_n(0.0, ms * 8);
    let speech = narrow.iter().map(|sample| f64::from(*sample) * gain);
    let line: Vec<i16> = silence(before_ms)
        .chain(speech)
        .chain(silence(after_ms))
        .map(|sample| (sample + noise * hiss.next()).clamp(-32_000.0, 32_000.0) as i16)
        .map(|sample| Law::Mu.decode_sample(Law::Mu.encode_sample(sample)))
        .collect();
    frames(&resample(&Pcm { rate_hz: 8_000, samples: line }, 16_000).samples)
}

/// Whole frames; what is left is filled up.
pub fn frames(samples: &[i16]) -> Vec<Frame> {
    let frame = |chunk: &[i16]| {
        let mut frame = [0; EAR_FRAME];
        frame[..chunk.len()].copy_from_slice(chunk);
        frame
    };
    samples.chunks(EAR_FRAME).map(frame).collect()
}

/// White noise of loudness 1.
pub struct Hiss(pub u32);

impl Hiss {
    /// The next sample.
    pub fn next(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(self.0 >> 8) / f64::from(1 << 24) * 2.0 - 1.0
        };
        // Three of them have the loudness 1 and come close to a bell.
        uniform() + uniform() + uniform()
    }
}
