//! A sound that is wholly in memory.

use std::sync::OnceLock;
use std::time::Duration;

use codec::{Law, Pcm, resample};

use crate::frame::RATE_HZ;

/// Immutable; shared by all who hear it.
///
/// Each companding is made once, when the first listener needs it, and then
/// shared by all listeners of that codec.
#[derive(Debug, Default)]
pub struct Sound {
    samples: Box<[i16]>,
    mu: OnceLock<Box<[u8]>>,
    a: OnceLock<Box<[u8]>>,
}

impl Sound {
    /// The sound, at the rate of the graphs.
    ///
    /// Both compandings are made here, because a media thread that meets a long sound first has
    /// no time to make them.
    pub fn new(pcm: &Pcm) -> Self {
        let samples =
            if pcm.rate_hz == RATE_HZ { pcm.samples.clone() } else { resample(pcm, RATE_HZ).samples };
        let sound = Self { samples: samples.into(), ..Self::default() };
        sound.codes(Law::Mu);
        sound.codes(Law::A);
        sound
    }

    /// The linear samples, at [`RATE_HZ`].
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// The companded samples.
    pub fn codes(&self, law: Law) -> &[u8] {
        let cell = match law {
            Law::Mu => &self.mu,
            Law::A => &self.a,
        };
        cell.get_or_init(|| {
            let mut codes = vec![0; self.samples.len()];
            law.encode(&self.samples, &mut codes);
            codes.into()
        })
    }

    /// How long it sounds.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.samples.len() as u64 * 1_000_000 / u64::from(RATE_HZ))
    }

    /// The memory it occupies, for caches.
    pub fn size_bytes(&self) -> usize {
        self.samples.len() * 4
    }
}

impl PartialEq for Sound {
    fn eq(&self, other: &Self) -> bool {
        self.samples == other.samples
    }
}

impl Eq for Sound {}
