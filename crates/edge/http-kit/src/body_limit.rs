//! Reading a body, bounded in size and time.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::api_error::ApiError;

/// How much of a body is read, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// Bytes.
    pub size: usize,
    /// From the head of the request to the last byte.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { size: 1024 * 1024, time: Duration::from_secs(30) }
    }
}

/// The whole body, or why it is refused.
pub async fn read_body(headers: &HeaderMap, body: Body, limits: BodyLimits) -> Result<Bytes, ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > limits.size as u64) {
        return Err(too_large(limits));
    }
    let collected = tokio::time::timeout(limits.time, Limited::new(body, limits.size).collect()).await;
    let Ok(collected) = collected else {
        let message = format!("cannot read the body: it did not arrive within {:?}", limits.time);
        return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "8523", message));
    };
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(limits)),
        Err(_) => {
            let message = "cannot read the body: the connection broke";
            Err(ApiError::new(StatusCode::BAD_REQUEST, "8523", message))
        }
    }
}

fn too_large(limits: BodyLimits) -> ApiError {
    let message = format!("cannot read the body: it is larger than {} bytes", limits.size);
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "8523", message)
}
