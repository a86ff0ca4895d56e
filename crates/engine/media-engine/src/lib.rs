//! 20 ms graphs: mix, play, detect tones, send tones.

mod sound;

pub use sound::Sound;
