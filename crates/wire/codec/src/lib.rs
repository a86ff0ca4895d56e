//! Sound as values: one face over the codec libraries.
//!
//! [`Pcm`] is mono sound in memory. [`decode_file`] reads it from a WAV or MP3
//! file, [`resample`] changes its rate; [`g711`], [`g722`] and [`opus`] put it on the
//! wire of a phone. As it flows, [`octave`] takes it between 8 and 16 kHz and [`Resampler`]
//! between any rates, [`conceal`]
//! fills what was lost of it, and [`noise`] what was not sent. [`tone`] makes test sounds
//! and [`goertzel`] finds them again; [`dtmf`] finds the keys that somebody presses.

mod codec;
pub mod conceal;
mod decode;
pub mod dtmf;
pub mod g711;
pub mod g722;
pub mod goertzel;
pub mod noise;
pub mod octave;
pub mod opus;
mod pcm;
mod resample;
mod resampler;
pub mod tone;
mod voice;
pub mod wav;

pub use codec::Codec;
pub use decode::{DecodeError, decode_file};
pub use g711::Law;
pub use pcm::Pcm;
pub use resample::resample;
pub use resampler::Resampler;
pub use voice::Voice;
