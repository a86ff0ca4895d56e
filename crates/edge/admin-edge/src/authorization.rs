//! Only the administrator comes in, and what they see stays with them.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_kit::ApiError;

use crate::state::AdminState;

/// Refuses whoever does not show the admin token, before anything else of the request is looked at.
pub(crate) async fn require_token(State(state): State<AdminState>, request: Request, next: Next) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match state.token.check(shown) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            meter::HTTP_AUTHENTICATION_FAILURES.count(["admin"]);
            let mut response = ApiError::unauthorized(error).into_response();
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
    }
}

/// What is answered is about people: no browser and no proxy keeps it, or takes it for anything but data.
pub(crate) async fn keep_nowhere(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
