//! The one place where a refusal becomes an answer.

use std::time::Duration;

use acs::error::ErrorBody;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A refusal: the status, the numeric code, and words for the developer of the client.
///
/// The message must be safe to show; whatever is not goes to the log instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The numeric code as text (contract: Call Automation §9).
    pub code: &'static str,
    /// What is wrong, and what would be right.
    pub message: String,
    /// The property or header it is about.
    pub target: Option<String>,
    /// When to come back.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// A refusal.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), target: None, retry_after: None }
    }

    /// 400/8523: a property or parameter is not as it must be.
    pub fn invalid(property: impl Into<String>, reason: impl AsRef<str>) -> Self {
        let property = property.into();
        let message = format!("cannot accept {property}: {}", reason.as_ref());
        Self::new(StatusCode::BAD_REQUEST, "8523", message).about(property)
    }

    /// 401/7509: the client did not show who it is.
    pub fn unauthorized(reason: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "7509", format!("cannot authenticate the request: {reason}"))
    }

    /// 405/8520: known, but not served here.
    pub fn not_supported(what: impl Into<String>) -> Self {
        let what = what.into();
        let message = format!("{what} is not supported by this server yet");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "8520", message).about(what)
    }

    /// 503/9998: too much to do; the client may come back.
    pub fn overloaded() -> Self {
        let message = "cannot take the request: the server has too much to do; try again";
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "9998", message);
        Self { retry_after: Some(Duration::from_secs(1)), ..error }
    }

    /// 429/9998: asked too often; `wait` is when there is room again.
    pub fn too_many_requests(wait: Duration) -> Self {
        let message =
            "cannot take the request: too many came in the last second; come back after Retry-After";
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "9998", message);
        Self { retry_after: Some(wait), ..error }
    }

    /// 500/9999: our own fault. Why belongs into the log.
    pub fn internal() -> Self {
        let message = "cannot finish the request: the server failed; the log of the server names the \
                       x-ms-request-id of this answer";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "9999", message)
    }

    /// The same, naming the property it is about.
    pub fn about(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = ErrorBody::new(self.code, self.message);
        body.error.target = self.target;
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("HMAC-SHA256"));
        }
        response
    }
}

/// The answer to a path that leads nowhere.
pub async fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "8520", "cannot find an operation at this method and path")
}
