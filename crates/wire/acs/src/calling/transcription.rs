//! Starting, changing and stopping a transcription (contract §6.7).

use std::sync::Arc;

use serde::Deserialize;

use crate::calling::streaming_options::{PiiRedactionOptions, SummarizationOptions};

/// `POST …:startTranscription`; `{}` is valid.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartTranscriptionRequest {
    /// The language that is spoken.
    pub locale: Option<String>,
    /// A model of the application's own.
    pub speech_model_endpoint_id: Option<String>,
    /// The languages among which the one that is spoken is found out (preview).
    pub locales: Option<Vec<String>>,
    /// The mood is told (preview).
    pub enable_sentiment_analysis: Option<bool>,
    /// Numbers, names and addresses are masked (preview).
    pub pii_redaction_options: Option<PiiRedactionOptions>,
    /// The call is summed up (preview).
    pub summarization_options: Option<SummarizationOptions>,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// `POST …:updateTranscription`.
pub type UpdateTranscriptionRequest = StartTranscriptionRequest;

/// `POST …:summarizeCall` (preview); `{}` is valid.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SummarizeCallRequest {
    /// How.
    pub summarization_options: Option<SummarizationOptions>,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// `POST …:stopTranscription`; `{}` is valid.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StopTranscriptionRequest {
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}
