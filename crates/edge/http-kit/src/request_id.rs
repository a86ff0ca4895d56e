//! A name for each request, told to the client and written into the log.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use identifier::EventId;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
const RETURN_CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-return-client-request-id");

/// The name of the request, among its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub EventId);

/// Middleware: names the request, and echoes the client's own name for it where it wants that.
pub async fn with_request_id(mut request: Request, next: Next) -> Response {
    let id = RequestId(random_id());
    let text = id.0.to_string();
    request.extensions_mut().insert(id);
    let echo = client_name_to_echo(&request);
    let span = tracing::info_span!("request", request.id = %text, method = %request.method());
    let mut response = next.run(request).instrument(span).await;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, HeaderValue::try_from(text).expect("a GUID is a header value"));
    if let Some(name) = echo {
        headers.insert(CLIENT_REQUEST_ID, name);
    }
    response
}

fn client_name_to_echo(request: &Request) -> Option<HeaderValue> {
    let wanted = request.headers().get(RETURN_CLIENT_REQUEST_ID)?;
    let name = request.headers().get(CLIENT_REQUEST_ID)?;
    (wanted.as_bytes().eq_ignore_ascii_case(b"true") && name.len() <= 128).then(|| name.clone())
}

fn random_id() -> EventId {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system has randomness");
    EventId::from_u128(u128::from_be_bytes(bytes))
}
