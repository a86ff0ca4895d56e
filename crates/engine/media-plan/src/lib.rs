//! The words in which a call asks for media, and in which media reports back.
//!
//! What lasts is a wish: a [`MediaPlan`] says who should hear whom, whole and
//! afresh each time. What happens once has an id: a [`Playback`], a
//! [`ToneSequence`]. The media side finds the way from what is.

mod plan;
mod playback;
mod report;
mod request;
mod tone;

pub use plan::MediaPlan;
pub use playback::{PlaySource, Playback, VoiceKind};
pub use report::{MediaReport, Unplayable};
pub use request::{MediaRequest, ToneSequence};
pub use tone::Tone;
