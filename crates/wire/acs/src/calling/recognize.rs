//! Collecting what one participant presses or says (contract §6.4).

use std::sync::Arc;

use serde::Deserialize;

use crate::calling::dtmf::Tone;
use crate::calling::play::PlaySource;
use crate::identifier_model::Identifier;
use crate::spelling::spelled;

/// `POST …:recognize`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecognizeRequest {
    /// What counts as input.
    pub recognize_input_type: RecognizeInputType,
    /// How it is read.
    pub recognize_options: RecognizeOptions,
    /// Played first.
    pub play_prompt: Option<PlaySource>,
    /// Played first, one after another.
    pub play_prompts: Option<Vec<PlaySource>>,
    /// Cancels what plays or listens now.
    pub interrupt_call_media_operation: Option<bool>,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// How input is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecognizeOptions {
    /// Whose input counts.
    pub target_participant: Identifier,
    /// Input stops the prompt.
    pub interrupt_prompt: Option<bool>,
    /// 0 to 300.
    pub initial_silence_timeout_in_seconds: Option<i64>,
    /// The language that is spoken.
    pub speech_language: Option<String>,
    /// The languages among which the one that is spoken is found out (preview).
    pub speech_languages: Option<Vec<String>>,
    /// The mood is told (preview).
    pub enable_sentiment_analysis: Option<bool>,
    /// A model of the application's own.
    pub speech_recognition_model_endpoint_id: Option<String>,
    /// How keys are read.
    pub dtmf_options: Option<DtmfOptions>,
    /// The choices.
    pub choices: Option<Vec<Choice>>,
    /// How speech is read.
    pub speech_options: Option<SpeechOptions>,
}

/// How keys are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DtmfOptions {
    /// 1 to 60.
    pub inter_tone_timeout_in_seconds: Option<i64>,
    /// Ends it after this many.
    pub max_tones_to_collect: Option<i64>,
    /// Any of these ends it.
    pub stop_tones: Option<Vec<Tone>>,
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// The application's name for it.
    pub label: Arc<str>,
    /// Saying any of these means it.
    pub phrases: Option<Vec<String>>,
    /// Pressing this means it.
    pub tone: Option<Tone>,
}

/// How speech is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpeechOptions {
    /// The pause that ends it.
    pub end_silence_timeout_in_ms: Option<i64>,
}

spelled! {
    /// What counts as input.
    pub enum RecognizeInputType {
        /// Keys.
        Dtmf = "dtmf",
        /// Words.
        Speech = "speech",
        /// Words or keys.
        SpeechOrDtmf = "speechOrDtmf",
        /// One of a list.
        Choices = "choices",
    }
}
