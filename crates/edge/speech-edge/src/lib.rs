//! Turning words into sound: one face, and the voice that comes with the platform.

mod espeak;
mod ssml;
mod text_to_speech;
mod voice;

#[doc(hidden)]
pub mod fuzzing;

pub use espeak::{Espeak, EspeakLimits};
pub use text_to_speech::{Speaking, Speech, SpeechError, TextToSpeech, Words};
