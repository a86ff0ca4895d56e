//! What a recording is made of: frames of 20 ms.

use std::collections::BTreeMap;

use identifier::{CommunicationIdentifier, LegId};

/// Samples per second of everything that is recorded.
pub(crate) const RATE_HZ: u32 = 16_000;
/// Samples of one voice in a frame.
pub(crate) const FRAME_SAMPLES: usize = 320;
/// How long a frame lasts, in milliseconds.
pub(crate) const FRAME_MS: u64 = 20;
/// Frames in a second.
pub(crate) const FRAMES_PER_SECOND: u64 = 1_000 / FRAME_MS;

/// Who speaks on which leg.
pub(crate) type Voices = BTreeMap<LegId, CommunicationIdentifier>;
