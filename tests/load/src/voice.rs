//! What callers say: words in the voice of espeak-ng, as a telephone sends them.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use codec::{Law, decode_file, goertzel, resample};

/// Samples of 20 ms at 8 kHz.
pub(crate) const SAMPLES: usize = 160;
const RATE_HZ: u32 = 8_000;
const LONGEST: Duration = Duration::from_secs(60);
/// About 20 dB below full scale, as people speak.
const LOUDNESS: f64 = 3_000.0;

/// 20 ms in µ-law.
pub(crate) type Codes = [u8; SAMPLES];

/// Words, in frames.
pub(crate) fn say(words: &str) -> anyhow::Result<Vec<Codes>> {
    let spoken = Command::new("espeak-ng")
        .args(["--stdout", "-v", "en-us+m3", "-s", "150", "--", words])
        .output()
        .context("cannot run espeak-ng; `make bench` installs it")?;
    if !spoken.status.success() {
        bail!("espeak-ng says: {}", String::from_utf8_lossy(&spoken.stderr));
    }
    let sound = decode_file(&spoken.stdout, LONGEST).context("espeak-ng gives no sound")?;
    let mut samples = resample(&sound, RATE_HZ).samples;
    let gain = LOUDNESS / goertzel::rms(&samples).max(1.0);
    samples.iter_mut().for_each(|sample| {
        *sample = (f64::from(*sample) * gain).clamp(-32_000.0, 32_000.0) as i16;
    });
    samples.resize(samples.len().next_multiple_of(SAMPLES), 0);
    let frame = |samples: &[i16; SAMPLES]| {
        let mut codes = silence();
        Law::Mu.encode(samples, &mut codes);
        codes
    };
    Ok(samples.as_chunks().0.iter().map(frame).collect())
}

/// Nobody says anything.
pub(crate) fn silence() -> Codes {
    [Law::Mu.encode_sample(0); SAMPLES]
}

/// Whether there is something to be heard in a packet of µ-law.
pub(crate) fn is_loud(codes: &[u8]) -> bool {
    codes.iter().any(|code| Law::Mu.decode_sample(*code).unsigned_abs() > 1_500)
}
