//! Starting, changing and stopping a transcription (contract §6.7).

use std::sync::Arc;

use serde::Deserialize;

/// `POST …:startTranscription`; `{}` is valid.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartTranscriptionRequest {
    /// The language that is spoken.
    pub locale: Option<String>,
    /// A model of the application's own.
    pub speech_model_endpoint_id: Option<String>,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// `POST …:updateTranscription`.
pub type UpdateTranscriptionRequest = StartTranscriptionRequest;

/// `POST …:stopTranscription`; `{}` is valid.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StopTranscriptionRequest {
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}
