//! The one place where a refusal becomes an answer, in the envelope of Microsoft Graph.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_kit::ApiError;
use serde_json::{Value, json};
use store::StoreError;

/// A refusal: the status, Graph's word for it, and words for the developer of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GraphError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) retry_after: Option<Duration>,
}

impl GraphError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    /// 400: something in the request is not as it must be.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// 400: a property of the body is not as it must be.
    pub(crate) fn property(property: &str, reason: impl std::fmt::Display) -> Self {
        Self::invalid(format!("Cannot accept {property}: {reason}"))
    }

    /// 401: the client did not show who it is.
    pub(crate) fn unauthorized(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", reason)
    }

    /// 403: it may not do this.
    pub(crate) fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", reason)
    }

    /// 404: there is no such thing.
    pub(crate) fn not_found(what: impl std::fmt::Display) -> Self {
        let message = format!("Resource '{what}' does not exist.");
        Self::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
    }

    /// 429: asked too often.
    pub(crate) fn too_many_requests(wait: Duration) -> Self {
        let message = "Too many requests came in the last second; come back after Retry-After.";
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
        Self { retry_after: Some(wait), ..error }
    }

    /// 500: our own fault. Why belongs into the log.
    pub(crate) fn internal() -> Self {
        let message = "The server failed; its log names the request-id of this answer.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", message)
    }

    /// As the body shows it.
    pub(crate) fn body(&self, date: &str, request_id: &str, client_request_id: &str) -> Value {
        json!({ "error": {
            "code": self.code,
            "message": self.message,
            "innerError": { "date": date, "request-id": request_id, "client-request-id": client_request_id },
        } })
    }

    /// The answer; who asked for it and when stands in it.
    pub(crate) fn respond(&self, date: &str, request_id: &str, client_request_id: &str) -> Response {
        let mut response =
            (self.status, Json(self.body(date, request_id, client_request_id))).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<ApiError> for GraphError {
    fn from(error: ApiError) -> Self {
        let code = match error.status {
            StatusCode::PAYLOAD_TOO_LARGE => "RequestEntityTooLarge",
            StatusCode::REQUEST_TIMEOUT => "RequestTimeout",
            _ => "BadRequest",
        };
        Self { retry_after: error.retry_after, ..Self::new(error.status, code, error.message) }
    }
}

impl From<StoreError> for GraphError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a request could not be kept: cannot {error}");
        let message = "The result of the request cannot be kept: the server's store cannot be written.";
        let wait = Some(Duration::from_secs(5));
        Self {
            retry_after: wait,
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
        }
    }
}
