//! Dialling an application's WebSocket server, and dialling again.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode, header};
use media_edge::TapSound;
use media_plan::{ApplicationSocket, TapEnd};
use outbound_http::{OutboundError, WebSocket, WebSocketError, WebSocketRequest};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::surroundings::StreamSurroundings;

/// Until a connection stands.
const PATIENCE: Duration = Duration::from_secs(10);
/// The waits before it is tried again: when it could not be had, and when it was lost.
const WAITS: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];
/// A connection that stood so long was none that fails as soon as it is there.
const LASTING: Duration = Duration::from_secs(10);
/// The longest message of an application, in bytes: more than a minute of sound at 24 kHz.
const MOST_MESSAGE: usize = 4 << 20;
/// RFC 6455 §7.4.2: what the close codes of applications mean is theirs to say; these are a goodbye.
const OWN_CODES: RangeInclusive<u16> = 4_000..=4_999;

const CONNECTION_ID: HeaderName = HeaderName::from_static("x-ms-call-connection-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-call-correlation-id");

/// How it went on, or did not.
pub(crate) enum Dialled {
    Open(Box<WebSocket>),
    Failed(TapEnd),
    /// The tap is over, and nobody needs the connection any more.
    Over,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The tap is over.
    Over,
    /// It was lost; another may be had.
    Lost,
    /// There is no point in another.
    For(TapEnd),
}

/// How often a connection was lost soon after it was had.
#[derive(Debug, Default)]
pub(crate) struct Retries {
    lost: usize,
    had_any: bool,
}

impl Retries {
    /// Whether there was no connection yet.
    pub(crate) fn is_first(&self) -> bool {
        !self.had_any
    }

    /// After one that lasted for so long: waits as long as it is reasonable; `false`: there is no hope.
    pub(crate) async fn again(&mut self, lasted: Duration, sound: &mut TapSound) -> bool {
        self.had_any = true;
        self.lost = if lasted >= LASTING { 0 } else { self.lost };
        let Some(wait) = WAITS.get(self.lost) else { return false };
        self.lost += 1;
        tokio::select! {
            biased;
            () = sound.over() => {}
            () = tokio::time::sleep(*wait) => {}
        }
        true
    }
}

/// Dials until it is connected, as often as there is hope.
pub(crate) async fn dial(
    around: &StreamSurroundings,
    socket: &ApplicationSocket,
    sound: &mut TapSound,
) -> Dialled {
    let mut waits = WAITS.iter();
    loop {
        let tried = tokio::select! {
            biased;
            opened = dial_once(around, socket) => opened,
            () = sound.over() => return Dialled::Over,
        };
        let why = match tried {
            Ok(open) => return Dialled::Open(Box::new(open)),
            Err(why) => why,
        };
        let is_hopeful = matches!(why, TapEnd::Unreachable | TapEnd::Timeout | TapEnd::TooMany);
        let Some(wait) = waits.next().filter(|_| is_hopeful) else { return Dialled::Failed(why) };
        tokio::select! {
            biased;
            () = sound.over() => return Dialled::Over,
            () = tokio::time::sleep(*wait) => {}
        }
    }
}

async fn dial_once(around: &StreamSurroundings, socket: &ApplicationSocket) -> Result<WebSocket, TapEnd> {
    let mut request = WebSocketRequest {
        timeout: PATIENCE,
        max_message: MOST_MESSAGE,
        ..WebSocketRequest::new(socket.url.as_ref())
    };
    let token = (around.token)(socket.resource);
    let mut bearer = value(&format!("Bearer {}", token.expose()))?;
    bearer.set_sensitive(true);
    request.headers.insert(header::AUTHORIZATION, bearer);
    request.headers.insert(CONNECTION_ID, value(&socket.connection.to_string())?);
    request.headers.insert(CORRELATION_ID, value(&socket.correlation.to_string())?);
    around.http.open(request).await.map_err(|error| {
        let why = end_of(&error);
        tracing::info!(
            call_connection.id = %socket.connection,
            "the WebSocket of connection {} could not be opened: cannot {error}",
            socket.connection
        );
        why
    })
}

fn value(text: &str) -> Result<HeaderValue, TapEnd> {
    HeaderValue::from_str(text).map_err(|_| TapEnd::Address)
}

/// Why a connection could not be had, in the words of media.
fn end_of(error: &WebSocketError) -> TapEnd {
    match error {
        WebSocketError::Scheme => TapEnd::Address,
        WebSocketError::NotAWebSocket { .. } => TapEnd::Garbled,
        WebSocketError::Refused { status, .. } => match *status {
            StatusCode::UNAUTHORIZED => TapEnd::Unauthorized,
            StatusCode::FORBIDDEN => TapEnd::Forbidden,
            StatusCode::BAD_REQUEST | StatusCode::UPGRADE_REQUIRED => TapEnd::Garbled,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => TapEnd::TooMany,
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => TapEnd::Timeout,
            _ => TapEnd::Unreachable,
        },
        WebSocketError::Outbound(error) => match error {
            OutboundError::InvalidUrl
            | OutboundError::Scheme
            | OutboundError::UserInfo
            | OutboundError::InvalidHeader(_)
            | OutboundError::PrivateAddress { .. } => TapEnd::Address,
            OutboundError::TimedOut { .. } => TapEnd::Timeout,
            OutboundError::UnknownHost { .. }
            | OutboundError::Unreachable { .. }
            | OutboundError::Tls { .. }
            | OutboundError::TooManyRedirects { .. }
            | OutboundError::BadRedirect { .. }
            | OutboundError::TooLarge { .. }
            | OutboundError::Broken { .. } => TapEnd::Unreachable,
        },
    }
}

/// How a connection ended that broke.
pub(crate) fn broken(error: &Error) -> Ended {
    match error {
        // Too long, no UTF-8, or not RFC 6455: it would do so again.
        Error::Capacity(_) | Error::Utf8(_) | Error::Protocol(_) | Error::AttackAttempt => {
            match is_torn(error) {
                true => Ended::Lost,
                false => Ended::For(TapEnd::Garbled),
            }
        }
        _ => Ended::Lost,
    }
}

/// How a connection ended that the application closed (RFC 6455 §7.4.1).
pub(crate) fn closed(frame: Option<&CloseFrame>) -> Ended {
    let Some(frame) = frame else { return Ended::For(TapEnd::Closed) };
    match frame.code {
        CloseCode::Normal | CloseCode::Away | CloseCode::Status => Ended::For(TapEnd::Closed),
        CloseCode::Policy => Ended::For(TapEnd::Forbidden),
        CloseCode::Unsupported | CloseCode::Invalid | CloseCode::Protocol | CloseCode::Size => {
            Ended::For(TapEnd::Garbled)
        }
        code if OWN_CODES.contains(&u16::from(code)) => Ended::For(TapEnd::Closed),
        // It fails, starts again, or has too much to do.
        _ => Ended::Lost,
    }
}

/// A connection that ends without a goodbye is reported as a violation of the protocol; it was cut.
fn is_torn(error: &Error) -> bool {
    use tokio_tungstenite::tungstenite::error::ProtocolError::{
        ResetWithoutClosingHandshake, SendAfterClosing,
    };
    matches!(error, Error::Protocol(ResetWithoutClosingHandshake | SendAfterClosing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_why_there_is_no_socket() {
        let refused = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            end_of(&WebSocketError::Refused { host: "a.example".into(), status })
        };
        assert_eq!(refused(401), TapEnd::Unauthorized);
        assert_eq!(refused(403), TapEnd::Forbidden);
        assert_eq!(refused(429), TapEnd::TooMany);
        assert_eq!(refused(503), TapEnd::TooMany);
        assert_eq!(refused(400), TapEnd::Garbled);
        assert_eq!(refused(404), TapEnd::Unreachable);
        assert_eq!(refused(302), TapEnd::Unreachable);
        let host = || "a.example".to_owned();
        assert_eq!(end_of(&OutboundError::PrivateAddress { host: host() }.into()), TapEnd::Address);
        assert_eq!(end_of(&OutboundError::TimedOut { host: host() }.into()), TapEnd::Timeout);
    }

    #[test]
    fn a_goodbye_is_final_and_a_failure_is_not() {
        let with = |code: u16| closed(Some(&CloseFrame { code: code.into(), reason: "".into() }));
        assert_eq!(closed(None), Ended::For(TapEnd::Closed));
        for code in [1000, 1001, 4000, 4999] {
            assert_eq!(with(code), Ended::For(TapEnd::Closed), "{code}");
        }
        assert_eq!(with(1008), Ended::For(TapEnd::Forbidden));
        assert_eq!(with(1007), Ended::For(TapEnd::Garbled));
        for code in [1011, 1012, 1013] {
            assert_eq!(with(code), Ended::Lost, "{code}");
        }
    }
}
