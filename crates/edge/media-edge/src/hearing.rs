//! What a tap of each purpose hears.

use media_engine::Hearing;
use media_plan::{Purpose, Tap};

/// Voices of which a stream to an application is made, where they are apart.
const MOST_STREAMED: usize = 4;
/// Voices that are recorded or written down, where they are apart.
const MOST_APART: usize = 16;

/// What this tap hears; `None` while it is paused.
pub(crate) fn of(tap: &Tap) -> Option<Hearing> {
    let hearing = |apart, played, live| Hearing { apart, played, live };
    match &tap.purpose {
        Purpose::Record(recording) if recording.paused => None,
        Purpose::Record(recording) => Some(hearing(recording.unmixed.then_some(MOST_APART), true, None)),
        Purpose::Stream(streaming) => {
            let apart = streaming.unmixed.then_some(MOST_STREAMED);
            Some(hearing(apart, false, streaming.loopback.then_some(tap.id)))
        }
        Purpose::Transcribe(transcription) if transcription.paused => None,
        Purpose::Transcribe(_) => Some(hearing(Some(MOST_APART), false, None)),
        Purpose::Recognize(_) => Some(hearing(None, false, None)),
    }
}

/// The tracks of a frame at most.
pub(crate) fn most_tracks(purpose: &Purpose) -> usize {
    match purpose {
        Purpose::Record(recording) if recording.unmixed => MOST_APART + 1,
        Purpose::Stream(streaming) if streaming.unmixed => MOST_STREAMED + 1,
        Purpose::Transcribe(_) => MOST_APART,
        Purpose::Record(_) | Purpose::Stream(_) | Purpose::Recognize(_) => 1,
    }
}

/// After so many frames a tap of this purpose is woken. Whoever writes loses nothing by hearing 100 ms at once; who
/// answers a caller does.
pub(crate) fn frames_together(purpose: &Purpose) -> u64 {
    match purpose {
        Purpose::Record(_) | Purpose::Transcribe(_) => 5,
        Purpose::Stream(_) | Purpose::Recognize(_) => 1,
    }
}

/// Whether who listens may speak as well.
pub(crate) fn speaks(tap: &Tap) -> bool {
    matches!(&tap.purpose, Purpose::Stream(streaming) if streaming.bidirectional)
}
