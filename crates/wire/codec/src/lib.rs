//! Sound as values: one face over the codec libraries.
//!
//! [`Pcm`] is mono sound in memory. [`decode_file`] reads it from a WAV or MP3
//! file, [`resample`] changes its rate, [`g711`] puts it on the wire of a
//! phone. [`tone`] makes test sounds and [`goertzel`] finds them again; [`dtmf`]
//! finds the keys that somebody presses.

mod decode;
pub mod dtmf;
pub mod g711;
pub mod goertzel;
mod pcm;
mod resample;
pub mod tone;
pub mod wav;

pub use decode::{DecodeError, decode_file};
pub use g711::Law;
pub use pcm::Pcm;
pub use resample::resample;
