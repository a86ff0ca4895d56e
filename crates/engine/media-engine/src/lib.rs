//! 20 ms graphs: mix, play, detect tones, send tones.

mod frame;
mod sound;

pub use frame::{Codes, FRAME_MS, FRAME_SAMPLES, RATE_HZ, Samples};
pub use sound::Sound;
