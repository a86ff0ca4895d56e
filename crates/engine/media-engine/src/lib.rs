//! The media of one call as a value: 20 ms graphs that mix and play.
//!
//! A [`Graph`] belongs to one call. Each frame, its owner hands in what every
//! leg said, lets the graph [`advance`](Graph::advance), and takes what every
//! leg hears, each in its own codec, and what every tap hears. In between
//! nothing is allocated.

mod graph;

mod band;
mod listener;
mod live_voice;
mod mixer;
mod player;
mod speaker;
mod tap;
mod wide_ear;

mod frame;
mod growing_sound;
mod playable;
mod seam;
mod sound;
mod sound_writer;

pub use frame::{FRAME_MS, FRAME_SAMPLES, RATE_HZ, WIDE_FRAME_SAMPLES, WIDE_RATE_HZ};
pub use graph::{Graph, Seat};
pub use growing_sound::GrowingSound;
pub use playable::Playable;
pub use sound::Sound;
pub use sound_writer::{SoundTooLong, SoundWriter};
pub use tap::{Hearing, Track};
