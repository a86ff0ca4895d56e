//! Streaming options of a call's set-up: not served yet, and never silently ignored.

use acs::calling::{CallIntelligenceOptions, MediaStreamingOptions, TranscriptionOptions};
use http_kit::ApiError;

/// Refuses streams that would not come.
pub(crate) fn refuse(
    media: Option<&MediaStreamingOptions>,
    transcription: Option<&TranscriptionOptions>,
) -> Result<(), ApiError> {
    if media.is_some() {
        return Err(ApiError::not_supported("mediaStreamingOptions"));
    }
    if transcription.is_some() {
        return Err(ApiError::not_supported("transcriptionOptions"));
    }
    Ok(())
}

/// Whether the application named a speech service. Which one does not matter: the platform speaks itself.
pub(crate) fn may_speak(options: Option<&CallIntelligenceOptions>) -> bool {
    let endpoint = options.and_then(|options| options.cognitive_services_endpoint.as_deref());
    endpoint.is_some_and(|endpoint| !endpoint.is_empty())
}
