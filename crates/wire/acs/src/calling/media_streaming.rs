//! Starting and stopping an audio stream (contract §6.7).

use std::sync::Arc;

use serde::Deserialize;

/// `POST …:startMediaStreaming`; `{}` is valid.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartMediaStreamingRequest {
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
}

/// `POST …:stopMediaStreaming`; `{}` is valid.
pub type StopMediaStreamingRequest = StartMediaStreamingRequest;
