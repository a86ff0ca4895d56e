//! A sound that is wholly in memory.

use std::sync::OnceLock;
use std::time::Duration;

use codec::{Codec, Law, Pcm, g722, opus, resample};

use crate::frame::{FRAME_SAMPLES, RATE_HZ, WIDE_FRAME_SAMPLES, WIDE_RATE_HZ};

/// Immutable; shared by all who hear it.
///
/// It is companded once for each law, not once for each listener; and when it
/// is made, because a media thread has no time for a long sound. For the codecs
/// that cost more, somebody who has the time [prepares](Self::prepare) it.
#[derive(Clone, Debug, Default)]
pub struct Sound {
    samples: Box<[i16]>,
    /// Two for each of `samples`.
    wide: Box<[i16]>,
    mu: Box<[u8]>,
    a: Box<[u8]>,
    g722: OnceLock<Box<[u8]>>,
    opus: OnceLock<Packets>,
    asked_for: OnceLock<()>,
}

/// Packets of 20 ms.
#[derive(Clone, Debug, Default)]
struct Packets {
    bytes: Box<[u8]>,
    ends: Box<[usize]>,
}

impl Sound {
    /// The sound, at the rates of the graphs.
    pub fn new(pcm: &Pcm) -> Self {
        let at = |rate_hz| {
            if pcm.rate_hz == rate_hz { pcm.samples.clone() } else { resample(pcm, rate_hz).samples }
        };
        let samples = at(RATE_HZ);
        let mut wide = at(WIDE_RATE_HZ);
        wide.resize(2 * samples.len(), 0);
        Self::of_bands(samples, wide)
    }

    /// The sound in both bands, two samples of `wide` for each of the others.
    pub(crate) fn of_bands(samples: Vec<i16>, wide: Vec<i16>) -> Self {
        debug_assert_eq!(wide.len(), 2 * samples.len());
        Self {
            mu: companded(Law::Mu, &samples),
            a: companded(Law::A, &samples),
            samples: samples.into(),
            wide: wide.into(),
            ..Self::default()
        }
    }

    /// One after the other.
    pub(crate) fn joined<'a>(parts: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let length = parts.clone().map(|part| part.samples.len()).sum();
        let (mut samples, mut wide) = (Vec::with_capacity(length), Vec::with_capacity(2 * length));
        for part in parts {
            samples.extend_from_slice(&part.samples);
            wide.extend_from_slice(&part.wide);
        }
        Self::of_bands(samples, wide)
    }

    /// The linear samples, at [`RATE_HZ`].
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// The linear samples, at [`WIDE_RATE_HZ`]: two for each of [`samples`](Self::samples).
    pub fn wide_samples(&self) -> &[i16] {
        &self.wide
    }

    /// The companded samples.
    pub fn codes(&self, law: Law) -> &[u8] {
        match law {
            Law::Mu => &self.mu,
            Law::A => &self.a,
        }
    }

    /// Encodes it for all who will hear it in this codec, if that was not done. It takes about a hundredth of
    /// the time that it sounds, and is not for a media thread.
    pub fn prepare(&self, codec: Codec) {
        match codec {
            Codec::Pcmu | Codec::Pcma => {}
            Codec::G722 => {
                self.g722.get_or_init(|| {
                    let mut codes = vec![0; self.samples.len()];
                    g722::Encoder::default().encode(&self.wide, &mut codes);
                    codes.into()
                });
            }
            Codec::Opus => {
                self.opus.get_or_init(|| Packets::of(&self.wide));
            }
        }
    }

    /// Whether the 20 ms at a sample have been encoded for all, and may be taken by [`coded`](Self::coded).
    pub fn is_prepared(&self, codec: Codec) -> bool {
        match codec {
            Codec::Pcmu | Codec::Pcma => true,
            Codec::G722 => self.g722.get().is_some(),
            Codec::Opus => self.opus.get().is_some(),
        }
    }

    /// The 20 ms that begin with a sample of [`samples`](Self::samples), as they were encoded for all.
    pub fn coded(&self, codec: Codec, at: usize) -> Option<&[u8]> {
        match codec {
            Codec::Pcmu => self.mu.get(at..at + FRAME_SAMPLES),
            Codec::Pcma => self.a.get(at..at + FRAME_SAMPLES),
            Codec::G722 => self.g722.get()?.get(at..at + FRAME_SAMPLES),
            Codec::Opus if at.is_multiple_of(FRAME_SAMPLES) => self.opus.get()?.packet(at / FRAME_SAMPLES),
            Codec::Opus => None,
        }
    }

    /// Whether somebody has asked for it before: what is heard again is worth [preparing](Self::prepare).
    pub fn is_asked_for_again(&self) -> bool {
        self.asked_for.set(()).is_err()
    }

    /// How long it sounds.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.samples.len() as u64 * 1_000_000 / u64::from(RATE_HZ))
    }

    /// The memory it occupies at most, for caches: both bands, and every codec.
    pub fn size_bytes(&self) -> usize {
        // Samples of 2 and 4 bytes, codes of three kinds, and Opus, which is a tenth of that.
        self.samples.len() * 10
    }
}

impl Packets {
    fn of(wide: &[i16]) -> Self {
        let mut encoder = opus::Encoder::new();
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        let mut packet = [0; opus::MOST_BYTES];
        for frame in wide.as_chunks::<WIDE_FRAME_SAMPLES>().0 {
            let length = encoder.encode(frame, &mut packet);
            bytes.extend_from_slice(&packet[..length]);
            ends.push(bytes.len());
        }
        Self { bytes: bytes.into(), ends: ends.into() }
    }

    fn packet(&self, number: usize) -> Option<&[u8]> {
        let begin = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.bytes.get(begin..*self.ends.get(number)?)
    }
}

fn companded(law: Law, samples: &[i16]) -> Box<[u8]> {
    let mut codes = vec![0; samples.len()];
    law.encode(samples, &mut codes);
    codes.into()
}
