//! What a tap of each purpose hears.

use media_engine::Hearing;
use media_plan::{Purpose, Tap};

/// Voices of which a stream to an application is made, where they are apart.
const MOST_STREAMED: usize = 4;
/// Voices that are recorded or written down, where they are apart.
const MOST_APART: usize = 16;
/// Voices that have room at the same time; more than so many seldom speak at once.
const MOST_SPEAKING: usize = 6;

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

/// Tracks whose samples have room for as long as notes have: those that may be heard now, and one more. Where more speak
/// at once, there is room for a shorter time.
pub(crate) fn most_speaking(tap: &Tap) -> usize {
    most_tracks(&tap.purpose).min((tap.voices.len() + 1).clamp(2, MOST_SPEAKING))
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

/// Whether who listens is to be woken for each frame: whoever answers a caller. Whoever writes loses nothing by hearing
/// five at once.
pub(crate) fn is_hurried(purpose: &Purpose) -> bool {
    match purpose {
        Purpose::Record(_) | Purpose::Transcribe(_) => false,
        Purpose::Stream(_) | Purpose::Recognize(_) => true,
    }
}

/// Whether who listens may speak as well.
pub(crate) fn speaks(tap: &Tap) -> bool {
    matches!(&tap.purpose, Purpose::Stream(streaming) if streaming.bidirectional)
}
