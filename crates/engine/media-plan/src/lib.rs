//! The words in which a call asks for media, and in which media reports back.
//!
//! What lasts is a wish: a [`MediaPlan`] says who should hear whom, whole and
//! afresh each time; a [`Tap`] says who listens without being a leg. What
//! happens once has an id: a [`Playback`], a [`ToneSequence`]. The media side
//! finds the way from what is.

mod hearing;
mod plan;
mod playback;
mod recording;
mod report;
mod request;
mod streaming;
mod tap;
mod tone;

pub use hearing::{Grammar, Listening, Recognition, Transcription};
pub use plan::MediaPlan;
pub use playback::{PlaySource, Playback, SpeechService, VoiceKind};
pub use recording::{Recording, RecordingFormat};
pub use report::{MediaReport, Unplayable};
pub use request::{MediaRequest, ToneSequence};
pub use streaming::{ApplicationSocket, Streaming};
pub use tap::{Purpose, Sentiment, Tap, TapEnd, TapReport, Understood};
pub use tone::Tone;
