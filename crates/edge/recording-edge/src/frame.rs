//! Frames in: what a recording is made of, as plain values.

use std::collections::BTreeMap;

use identifier::{CommunicationIdentifier, LegId};

/// Samples per second of everything that is recorded.
pub const RATE_HZ: u32 = 16_000;
/// Samples of one voice in a frame.
pub const FRAME_SAMPLES: usize = 320;
/// How long a frame lasts, in milliseconds.
pub const FRAME_MS: u64 = 20;

/// Frames in a second.
pub(crate) const FRAMES_PER_SECOND: u64 = 1_000 / FRAME_MS;

/// 20 ms of a call.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Counts frames of 20 ms. One that is left out was lost, and becomes silence.
    pub number: u64,
    /// What was heard: one sound without a leg (all together), or the voices apart. Legs that are not
    /// named were silent.
    pub voices: &'a [Voice<'a>],
}

/// 20 ms of one voice, or of all.
#[derive(Clone, Copy, Debug)]
pub struct Voice<'a> {
    /// Who spoke; nobody in particular when absent.
    pub leg: Option<LegId>,
    /// 16 kHz.
    pub samples: &'a [i16; FRAME_SAMPLES],
}

/// Whether more will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// More may come.
    Open,
    /// Nobody puts anything in any more, and nothing is left.
    Ended,
}

/// Where frames come from: the reading end of a bounded ring. What the ring had no room for is missing
/// in the numbers.
pub trait FrameSource: Send {
    /// Hands over all frames that have come since, and never waits.
    fn drain(&mut self, each: &mut dyn FnMut(Frame<'_>)) -> Flow;
}

/// Who speaks on which leg.
pub type Voices = BTreeMap<LegId, CommunicationIdentifier>;
