//! What comes back from providers over HTTP, or does not.

use std::time::Duration;

use http::StatusCode;
use http::header::HeaderValue;
use outbound_http::{OutboundError, OutboundHttp, OutboundRequest, OutboundResponse, WebSocketError};
use redact::Secret;

use crate::ear::EarError;
use crate::spoken::Mouth;
use crate::text_to_speech::SpeechError;
use crate::wave::{NoSound, Reader};

/// So long is waited for the next part of speech; the listener hears silence meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);
/// However slowly it comes, speech is over then.
const LONGEST: Duration = Duration::from_secs(900);

/// Sends a request and takes an answer of status 2xx.
pub(crate) async fn ask(http: &OutboundHttp, request: OutboundRequest) -> Result<OutboundResponse, EarError> {
    let response = http.send(request).await.map_err(|error| unreached(&error))?;
    refused(response.status).map_or(Ok(response), Err)
}

/// Says what comes as the answer to a request: samples at this rate, or a WAV file.
pub(crate) async fn say_answer(
    http: OutboundHttp,
    request: OutboundRequest,
    rate_hz: u32,
    mouth: Mouth,
) -> Result<(), SpeechError> {
    let mut answer = http.stream(request).await.map_err(|error| unreached(&error))?;
    if let Some(error) = refused(answer.status()) {
        return Err(error.into());
    }
    let mut reader = Reader::new(rate_hz);
    let mut is_heard = false;
    let saying = async {
        while let Some(bytes) = answer.next(PATIENCE).await.map_err(|error| unreached(&error))? {
            let part = reader.read(&bytes).map_err(|NoSound| EarError::Garbled("its answer is no sound"))?;
            is_heard |= !part.samples.is_empty();
            mouth.say(part).await;
        }
        Ok(())
    };
    tokio::time::timeout(LONGEST, saying).await.unwrap_or(Err(EarError::Timeout))?;
    if is_heard { Ok(()) } else { Err(SpeechError::Failed) }
}

/// A header whose value does not show in any log.
pub(crate) fn secret_header(value: &str) -> Result<HeaderValue, EarError> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| EarError::Address("its key holds characters that a header cannot carry".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// `Authorization: Bearer …`.
pub(crate) fn bearer(key: &Secret<String>) -> Result<HeaderValue, EarError> {
    secret_header(&format!("Bearer {}", key.expose()))
}

/// A request that got no answer.
pub(crate) fn unreached(error: &OutboundError) -> EarError {
    match error {
        OutboundError::InvalidUrl
        | OutboundError::Scheme
        | OutboundError::UserInfo
        | OutboundError::InvalidHeader(_)
        | OutboundError::PrivateAddress { .. }
        | OutboundError::TooManyRedirects { .. }
        | OutboundError::BadRedirect { .. } => EarError::Address(error.to_string().into()),
        OutboundError::UnknownHost { .. } | OutboundError::Unreachable { .. } | OutboundError::Tls { .. } => {
            EarError::Unreachable(error.to_string().into())
        }
        OutboundError::TimedOut { .. } => EarError::Timeout,
        OutboundError::TooLarge { .. } => EarError::Garbled("its answer is too long"),
        OutboundError::Broken { .. } => EarError::Garbled("its answer is not HTTP or breaks off"),
    }
}

/// A WebSocket that did not open.
pub(crate) fn unopened(error: &WebSocketError) -> EarError {
    match error {
        WebSocketError::Scheme => EarError::Address(error.to_string().into()),
        WebSocketError::Outbound(error) => unreached(error),
        WebSocketError::Refused { status, .. } => {
            refused(*status).unwrap_or(EarError::Garbled("it does not speak WebSocket"))
        }
        WebSocketError::NotAWebSocket { .. } => EarError::Garbled("it does not speak WebSocket"),
    }
}

/// Why an answer of this status is none; `None` for success.
fn refused(status: StatusCode) -> Option<EarError> {
    match status.as_u16() {
        200..=299 => None,
        401 => Some(EarError::Unauthorized),
        429 | 503 => Some(EarError::TooMany),
        408 | 504 => Some(EarError::Timeout),
        500..=599 => Some(EarError::Unreachable(format!("it fails with status {status}").into())),
        other => Some(EarError::Forbidden(other)),
    }
}

impl From<EarError> for SpeechError {
    fn from(error: EarError) -> Self {
        Self::Provider(Box::new(error))
    }
}
