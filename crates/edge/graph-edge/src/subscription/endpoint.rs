//! Asking endpoints whether they want to be told.

use std::time::Duration;

use aws_lc_rs::rand;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use outbound_http::{OutboundHttp, OutboundRequest};
use tokio::sync::Semaphore;
use url::{Host, Url};

use crate::graph_error::GraphError;

/// How long an endpoint may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// A token is short.
const LONGEST_ANSWER: usize = 1_024;
/// Endpoints that are asked at the same time.
const AT_ONCE: usize = 64;

/// Asks.
pub(crate) struct Endpoints {
    http: OutboundHttp,
    room: Semaphore,
}

impl Endpoints {
    pub(crate) fn new(http: OutboundHttp) -> Self {
        Self { http, room: Semaphore::new(AT_ONCE) }
    }

    /// Whether notifications may be sent there at all, as far as the text tells.
    pub(crate) fn check(&self, property: &str, url: &str) -> Result<(), GraphError> {
        self.http.check(url).map_err(|error| GraphError::property(property, format!("cannot {error}.")))?;
        let parsed = Url::parse(url).map_err(|_| GraphError::property(property, "it is no address."))?;
        // What an operator lets the platform reach on its own machine or network needs no certificate.
        if parsed.scheme() != "https" && !is_private(&parsed) {
            return Err(GraphError::property(property, "it must begin with https://."));
        }
        Ok(())
    }

    /// Asks an endpoint whether it agrees: it must repeat a token.
    pub(crate) async fn validate(&self, url: &str) -> Result<(), GraphError> {
        let Ok(_room) = self.room.try_acquire() else {
            return Err(GraphError::too_many_requests(Duration::from_secs(1)));
        };
        let failed = |reason: String| {
            let message = format!("Subscription validation request failed. {reason}");
            GraphError::new(StatusCode::BAD_REQUEST, "ValidationError", message)
        };
        let token = token();
        let mut asked = Url::parse(url).map_err(|_| failed("The address cannot be read.".into()))?;
        asked.query_pairs_mut().append_pair("validationToken", &token);
        let request = OutboundRequest::post(asked.as_str(), "", PATIENCE, LONGEST_ANSWER)
            .header("content-type", "text/plain; charset=utf-8");
        let request = request.map_err(|error| failed(format!("Cannot {error}.")))?;
        let answer = self.http.send(request).await.map_err(|error| failed(format!("Cannot {error}.")))?;
        if answer.status != StatusCode::OK {
            let status = answer.status.as_u16();
            return Err(failed(format!(
                "Must respond with 200 OK to the validation request; it was {status}."
            )));
        }
        if answer.body.as_ref() != token.as_bytes() {
            return Err(failed(
                "Must respond with the validation token as it was, decoded, in plain text.".into(),
            ));
        }
        Ok(())
    }
}

fn is_private(url: &Url) -> bool {
    // Literal addresses have passed the gate; those that are public want a certificate.
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_private(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unique_local(),
        None => false,
    }
}

fn token() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the operating system has randomness");
    // As Graph's own, it has characters that must be decoded.
    format!("Validation: {}", URL_SAFE_NO_PAD.encode(bytes))
}
