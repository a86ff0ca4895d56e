//! Making a sound out of samples as they come.

use std::sync::Arc;
use std::time::Duration;

use codec::Resampler;
use media_plan::Unplayable;

use crate::frame::{RATE_HZ, WIDE_RATE_HZ};
use crate::growing_sound::{GrowingSound, PART_SAMPLES};
use crate::sound::Sound;

/// Writes a [`GrowingSound`]. One that is dropped leaves the sound broken off.
#[derive(Debug)]
pub struct SoundWriter {
    sound: Arc<GrowingSound>,
    rate_hz: u32,
    narrow: Stream,
    wide: Stream,
    parts: usize,
    /// Samples that came, and may come.
    taken: u64,
    most: u64,
}

/// What came, at one of the rates of the graphs.
#[derive(Debug)]
struct Stream {
    /// `None`: it comes at this rate.
    resampler: Option<Resampler>,
    /// Samples by which the resampler is late.
    late: usize,
    samples: Vec<i16>,
    made: u64,
}

/// More came than the sound may be long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("add to a sound that is as long as it may be")]
pub struct SoundTooLong;

impl SoundWriter {
    /// A sound that comes at this rate, in samples per second above 0, and may be so long.
    pub fn new(rate_hz: u32, longest: Duration) -> Self {
        let samples = |rate_hz: u32| longest.as_millis() as u64 * u64::from(rate_hz) / 1_000;
        let parts = (samples(RATE_HZ) as usize).div_ceil(PART_SAMPLES) + 1;
        Self {
            sound: Arc::new(GrowingSound::with_room(parts)),
            rate_hz,
            narrow: Stream::new(rate_hz, RATE_HZ),
            wide: Stream::new(rate_hz, WIDE_RATE_HZ),
            parts: 0,
            taken: 0,
            most: samples(rate_hz),
        }
    }

    /// The sound, to be heard from its beginning.
    pub fn sound(&self) -> Arc<GrowingSound> {
        Arc::clone(&self.sound)
    }

    /// What came. The last tenth of a second may wait for what follows it.
    pub fn write(&mut self, samples: &[i16]) -> Result<(), SoundTooLong> {
        self.taken += samples.len() as u64;
        if self.taken > self.most {
            return Err(SoundTooLong);
        }
        self.narrow.take(samples);
        self.wide.take(samples);
        self.add_parts(PART_SAMPLES)
    }

    /// That was all. Gives the sound as one that is wholly in memory.
    pub fn finish(mut self) -> Sound {
        let length = |rate_hz: u32| (self.taken * u64::from(rate_hz)).div_ceil(u64::from(self.rate_hz));
        let narrow = length(RATE_HZ);
        self.narrow.complete(narrow, self.rate_hz);
        self.wide.complete(2 * narrow, self.rate_hz);
        let rest = self.narrow.samples.len();
        let whole = self.add_parts(PART_SAMPLES).and_then(|()| self.add_parts(rest % PART_SAMPLES));
        // There is room for all that was taken.
        debug_assert!(whole.is_ok());
        self.sound.end(Ok(()));
        Sound::joined(self.sound.parts())
    }

    /// Nothing more will come.
    pub fn fail(self, why: Unplayable) {
        self.sound.end(Err(why));
    }

    fn add_parts(&mut self, length: usize) -> Result<(), SoundTooLong> {
        while length > 0 && self.narrow.samples.len() >= length && self.wide.samples.len() >= 2 * length {
            let samples = self.narrow.samples.drain(..length).collect();
            let wide = self.wide.samples.drain(..2 * length).collect();
            if !self.sound.add(self.parts, Sound::of_bands(samples, wide)) {
                return Err(SoundTooLong);
            }
            self.parts += 1;
        }
        Ok(())
    }
}

impl Drop for SoundWriter {
    fn drop(&mut self) {
        self.sound.end(Err(Unplayable::Speech));
    }
}

impl Stream {
    fn new(from_hz: u32, rate_hz: u32) -> Self {
        let resampler = (from_hz != rate_hz).then(|| Resampler::new(from_hz, rate_hz));
        let late = resampler.as_ref().map_or(0, Resampler::delay);
        Self { resampler, late, samples: Vec::new(), made: 0 }
    }

    fn take(&mut self, samples: &[i16]) {
        let before = self.samples.len();
        match &mut self.resampler {
            None => self.samples.extend_from_slice(samples),
            Some(resampler) => {
                let (late, made) = (&mut self.late, &mut self.samples);
                resampler.run(samples, |sample| match late.checked_sub(1) {
                    Some(left) => *late = left,
                    None => made.push(sample),
                });
            }
        }
        self.made += (self.samples.len() - before) as u64;
    }

    /// Gives what the resampler still holds, so that there are so many samples altogether.
    fn complete(&mut self, length: u64, from_hz: u32) {
        // A fiftieth of a second makes something at every rate.
        let silence = vec![0; (from_hz / 50).max(1) as usize];
        while self.made < length && self.resampler.is_some() {
            self.take(&silence);
        }
        let surplus = self.made.saturating_sub(length) as usize;
        self.samples.truncate(self.samples.len().saturating_sub(surplus));
        let missing = length.saturating_sub(self.made) as usize;
        self.samples.resize(self.samples.len() + missing, 0);
        self.made = length;
    }
}
