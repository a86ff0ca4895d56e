//! Words into sound and sound into words: a face for voices, a face for ears, and those who lend them.

mod ear;
mod espeak;
mod ssml;
mod text_to_speech;
mod voice;

#[doc(hidden)]
pub mod fuzzing;

pub use ear::{
    EAR_FRAME, EAR_RATE_HZ, Ear, EarError, FRAME_TICKS, Heard, Hearing, Opening, Phrase, Span, SpeechToText,
    Word,
};
pub use espeak::{Espeak, EspeakLimits};
pub use text_to_speech::{Speaking, Speech, SpeechError, TextToSpeech, Words};
