//! Words into sound and sound into words: a face for voices, a face for ears, and those who lend them.

mod activity;
mod answer;
mod azure;
mod choices;
mod decoder_pool;
mod ear;
mod embedded_ear;
mod espeak;
mod lexicon;
mod mind;
mod neural_voice;
mod null_ear;
mod onnx;
mod openai;
mod piper;
mod pronunciation;
mod recognizer;
mod redaction;
mod sentiment;
mod services;
mod sounds;
mod sphinx;
mod spoken;
mod ssml;
mod summary;
mod text_to_speech;
mod voice;
mod wave;

#[doc(hidden)]
pub mod fuzzing;

pub use activity::{SpeechChange, VoiceActivity};
pub use azure::{AzureAddress, AzureSpeech};
pub use choices::choice_of;
pub use ear::{
    EAR_FRAME, EAR_RATE_HZ, Ear, EarError, FRAME_TICKS, Heard, Hearing, Opening, Phrase, Span, SpeechToText,
    Word,
};
pub use embedded_ear::{EmbeddedEar, EmbeddedEarLimits, LEAST_SCORE};
pub use espeak::{Espeak, EspeakLimits};
pub use mind::Mind;
pub use neural_voice::NeuralVoice;
#[doc(hidden)]
pub use null_ear::NullEar;
pub use onnx::ModelError;
pub use openai::{OpenAiSettings, OpenAiSpeech};
pub use recognizer::{RecognizerLimits, Recognizers};
pub use redaction::redacted;
pub use sentiment::sentiment;
pub use services::{Provider, SpeechServices};
pub use spoken::Spoken;
pub use summary::{Utterance, summary};
pub use text_to_speech::{Speaking, Speech, SpeechError, TextToSpeech, Words};
