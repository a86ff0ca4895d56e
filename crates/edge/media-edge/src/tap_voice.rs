//! What an application says to a call, on its way to the media thread.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use media_engine::WIDE_FRAME_SAMPLES;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::tap_sound::TapSamples;

/// Frames that wait for the media thread at most: 320 ms.
const FRAMES: usize = 16;
/// Where sound breaks off or begins again in its middle, it does so in 5 ms.
const RAMP: usize = WIDE_FRAME_SAMPLES / 4;

/// The end that speaks. The media thread takes a frame every 20 ms, and where there is none the call hears silence.
pub struct TapVoice {
    frames: Producer<Spoken>,
    generation: Arc<AtomicU32>,
}

/// The end on the media thread.
pub(crate) struct SpokenVoice {
    frames: Consumer<Spoken>,
    generation: Arc<AtomicU32>,
    /// The sample that was heard last; 0 in silence.
    last: i16,
    is_speaking: bool,
}

struct Spoken {
    generation: u32,
    samples: TapSamples,
}

/// Both ends.
pub(crate) fn open() -> (TapVoice, SpokenVoice) {
    let (frames, spoken) = RingBuffer::new(FRAMES);
    let generation = Arc::new(AtomicU32::new(0));
    let voice = TapVoice { frames, generation: generation.clone() };
    (voice, SpokenVoice { frames: spoken, generation, last: 0, is_speaking: false })
}

impl TapVoice {
    /// Says 20 ms at 16 kHz after what was said before; `false`: there is no room now.
    pub fn say(&mut self, samples: &TapSamples) -> bool {
        let generation = self.generation.load(Ordering::Relaxed);
        self.frames.push(Spoken { generation, samples: *samples }).is_ok()
    }

    /// Frames that are said and not heard yet.
    pub fn waiting(&self) -> usize {
        FRAMES - self.frames.slots()
    }

    /// Silence from the next frame on: what waits is forgotten.
    pub fn stop(&mut self) {
        self.generation.fetch_add(1, Ordering::Release);
    }
}

impl SpokenVoice {
    /// Hands over what is heard in this frame, if anything is.
    pub(crate) fn take(&mut self, hear: impl FnOnce(&TapSamples)) {
        let generation = self.generation.load(Ordering::Acquire);
        while let Ok(chunk) = self.frames.read_chunk(1) {
            let spoken = chunk.as_slices().0.first().filter(|spoken| spoken.generation == generation);
            if let Some(spoken) = spoken {
                self.last = spoken.samples[WIDE_FRAME_SAMPLES - 1];
                match std::mem::replace(&mut self.is_speaking, true) {
                    true => hear(&spoken.samples),
                    false => hear(&risen(spoken.samples)),
                }
                chunk.commit_all();
                return;
            }
            chunk.commit_all();
        }
        self.is_speaking = false;
        let last = std::mem::take(&mut self.last);
        if last != 0 {
            hear(&faded(last));
        }
    }
}

/// From silence, without a click.
fn risen(mut samples: TapSamples) -> TapSamples {
    for (at, sample) in samples.iter_mut().take(RAMP).enumerate() {
        *sample = (i32::from(*sample) * at as i32 / RAMP as i32) as i16;
    }
    samples
}

/// Into silence, without a click.
fn faded(last: i16) -> TapSamples {
    std::array::from_fn(|at| (i32::from(last) * RAMP.saturating_sub(at + 1) as i32 / RAMP as i32) as i16)
}

impl fmt::Debug for TapVoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TapVoice").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}
