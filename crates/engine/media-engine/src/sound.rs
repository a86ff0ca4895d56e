//! A sound that is wholly in memory.

use std::time::Duration;

use codec::{Law, Pcm, resample};

use crate::frame::RATE_HZ;

/// Immutable; shared by all who hear it.
///
/// It is companded once for each law, not once for each listener; and when it
/// is made, because a media thread has no time for a long sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sound {
    samples: Box<[i16]>,
    mu: Box<[u8]>,
    a: Box<[u8]>,
}

impl Sound {
    /// The sound, at the rate of the graphs.
    pub fn new(pcm: &Pcm) -> Self {
        let samples: Box<[i16]> = match pcm.rate_hz {
            RATE_HZ => pcm.samples.as_slice().into(),
            _ => resample(pcm, RATE_HZ).samples.into(),
        };
        Self { mu: companded(Law::Mu, &samples), a: companded(Law::A, &samples), samples }
    }

    /// The linear samples, at [`RATE_HZ`].
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// The companded samples.
    pub fn codes(&self, law: Law) -> &[u8] {
        match law {
            Law::Mu => &self.mu,
            Law::A => &self.a,
        }
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

fn companded(law: Law, samples: &[i16]) -> Box<[u8]> {
    let mut codes = vec![0; samples.len()];
    law.encode(samples, &mut codes);
    codes.into()
}
