//! What a refusal of the platform is called on the wire (contract: Call Automation §6, §9).

use std::time::Duration;

use acs::version::ApiVersion;
use axum::http::StatusCode;
use exchange::CommandError;
use http_kit::ApiError;
use switchboard::BoardError;

/// The refusal of a command that got no answer.
pub(crate) fn of_board(error: BoardError) -> ApiError {
    match error {
        BoardError::Refused(refused) => of_command(refused),
        BoardError::Overloaded | BoardError::Stopping => ApiError::overloaded(),
        error @ BoardError::NotDurable => {
            tracing::error!(%error, "a command failed");
            // It is told apart: the call may go on, and whoever runs the server can do something.
            let message = "cannot keep the result of the request: the server's store cannot be written; \
                           what was asked may have happened";
            ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "9999", message)
        }
        error @ BoardError::Broken => {
            tracing::error!(%error, "a command failed");
            ApiError::internal()
        }
    }
}

/// 404/8522.
pub(crate) fn call_not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "8522", sentence(&CommandError::CallNotFound))
}

/// 404/8522: calls of a kind that the platform does not have.
pub(crate) fn no_such_calls(property: &str, kind: &str) -> ApiError {
    let message =
        format!("cannot find the call: this platform has no {kind} yet; name the call by its serverCallId");
    ApiError::new(StatusCode::NOT_FOUND, "8522", message).about(property)
}

/// 404/8520: the client of this version has no such operation.
pub(crate) fn unknown_to(version: ApiVersion) -> ApiError {
    let message = format!("cannot find this operation in api-version {}", version.as_str());
    ApiError::new(StatusCode::NOT_FOUND, "8520", message)
}

/// 404/8522.
pub(crate) fn participant_not_found() -> ApiError {
    let message = "cannot find the participant: nobody with this identifier is in the call";
    ApiError::new(StatusCode::NOT_FOUND, "8522", message)
}

/// 400/8587.
pub(crate) fn no_longer_ringing() -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "8587", sentence(&CommandError::NoLongerRinging))
}

/// 404/8522.
pub(crate) fn recording_not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "8522", sentence(&CommandError::RecordingNotFound))
}

fn sentence(error: &CommandError) -> String {
    format!("cannot {error}")
}

fn of_command(error: CommandError) -> ApiError {
    let message = sentence(&error);
    let refusal = |status, code| ApiError::new(status, code, message);
    match error {
        CommandError::CallNotFound => call_not_found(),
        CommandError::ParticipantNotFound(_) => participant_not_found(),
        CommandError::NotEstablished => refusal(StatusCode::BAD_REQUEST, "8501"),
        // Applications look for these words.
        CommandError::AlreadyTerminated => {
            ApiError::new(StatusCode::BAD_REQUEST, "8528", "Action is invalid, call already terminated.")
        }
        CommandError::InvalidArgument { property, reason } => ApiError::invalid(property, reason),
        CommandError::AlreadyTaken | CommandError::AlreadyInCall => refusal(StatusCode::CONFLICT, "8519"),
        CommandError::NoLongerRinging => no_longer_ringing(),
        CommandError::IncompatibleMediaOperation => refusal(StatusCode::PRECONDITION_FAILED, "8583"),
        CommandError::NotConfigured => refusal(StatusCode::METHOD_NOT_ALLOWED, "8522"),
        CommandError::Conflict(_) => refusal(StatusCode::CONFLICT, "8519"),
        CommandError::AlreadyRecording => refusal(StatusCode::BAD_REQUEST, "8553"),
        CommandError::RecordingNotFound => recording_not_found(),
        CommandError::RecordingEnded => refusal(StatusCode::CONFLICT, "8571"),
        CommandError::RecordingUnchanged => refusal(StatusCode::BAD_REQUEST, "8573"),
        CommandError::Refused(_) => refusal(StatusCode::FORBIDDEN, "7504"),
        CommandError::Overloaded { .. } => ApiError {
            retry_after: Some(Duration::from_secs(1)),
            ..refusal(StatusCode::TOO_MANY_REQUESTS, "9998")
        },
    }
}
