//! Reading JSON bodies.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use http_kit::ApiError;

/// The value in the body, or why it is refused.
pub(crate) fn json<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, ApiError> {
    match body {
        Ok(Json(value)) => Ok(value),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "8523", "cannot read the body: it is too large"))
        }
        Err(rejection) => Err(ApiError::invalid("body", rejection.body_text())),
    }
}
