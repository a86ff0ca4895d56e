//! WebSockets that the platform opens (RFC 6455), under the same rules as its requests.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use url::Url;

use crate::client::{OutboundHttp, host_of};
use crate::error::{OutboundError, from_reqwest};

/// So much is read at one go. A socket that is silent holds no more than this.
const BUFFER: usize = 8 * 1024;
/// What is on its way to a peer that does not read, before it is waited for.
const MOST_UNSENT: usize = 64 * 1024;

/// A connection; a stream and a sink of [messages](tokio_tungstenite::tungstenite::Message).
pub type WebSocket = WebSocketStream<reqwest::Upgraded>;

/// One socket to be opened.
#[derive(Clone, Debug)]
pub struct WebSocketRequest {
    /// The address, `ws://` or `wss://`, as somebody wrote it.
    pub url: String,
    /// Headers beside those that the protocol itself needs.
    pub headers: HeaderMap,
    /// Until it is open: names, connection, TLS, the answer.
    pub timeout: Duration,
    /// The longest message that is taken, in bytes. A longer one ends the connection before it is in memory.
    pub max_message: usize,
}

/// Why there is no socket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebSocketError {
    /// Neither ws nor wss.
    #[error("use the URL: its scheme is not ws or wss")]
    Scheme,
    /// The address, the network, or the time.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// The server answers, and does not want to.
    #[error("open a WebSocket at {host}: it answers with status {status}")]
    Refused {
        /// As written in the URL.
        host: String,
        /// What it answers with.
        status: StatusCode,
    },
    /// The server's answer is not that of RFC 6455 §4.2.2.
    #[error("open a WebSocket at {host}: its answer is not that of a WebSocket server")]
    NotAWebSocket {
        /// As written in the URL.
        host: String,
    },
}

impl WebSocketRequest {
    /// Without headers, within ten seconds, of messages of a mebibyte at most.
    pub fn new(url: impl Into<String>) -> Self {
        let timeout = Duration::from_secs(10);
        Self { url: url.into(), headers: HeaderMap::new(), timeout, max_message: 1 << 20 }
    }
}

impl OutboundHttp {
    /// Opens a socket. Redirects are not followed.
    pub async fn open(&self, request: WebSocketRequest) -> Result<WebSocket, WebSocketError> {
        let opened = self.open_in_time(request).await;
        let refusal = match &opened {
            Err(WebSocketError::Scheme) => Some("scheme"),
            Err(WebSocketError::Outbound(error)) => error.refusal(),
            Err(WebSocketError::Refused { .. } | WebSocketError::NotAWebSocket { .. }) | Ok(_) => None,
        };
        if let Some(reason) = refusal {
            meter::OUTBOUND_REFUSED.count([reason]);
        }
        opened
    }

    async fn open_in_time(&self, request: WebSocketRequest) -> Result<WebSocket, WebSocketError> {
        let url = self.admit(&as_http(&request.url)?)?;
        let host = host_of(&url);
        let timeout = request.timeout;
        let opening = self.shake_hands(request, url, host.clone());
        let timed_out = WebSocketError::Outbound(OutboundError::TimedOut { host });
        tokio::time::timeout(timeout, opening).await.unwrap_or(Err(timed_out))
    }

    async fn shake_hands(
        &self,
        request: WebSocketRequest,
        url: Url,
        host: String,
    ) -> Result<WebSocket, WebSocketError> {
        let key = generate_key();
        let response = self
            .upgrading
            .get(url)
            .headers(request.headers)
            .header(header::CONNECTION, HeaderValue::from_static("Upgrade"))
            .header(header::UPGRADE, HeaderValue::from_static("websocket"))
            .header(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
            .header(header::SEC_WEBSOCKET_KEY, &key)
            .send()
            .await
            .map_err(|error| from_reqwest(&error, &host))?;
        let status = response.status();
        if status != StatusCode::SWITCHING_PROTOCOLS {
            return Err(WebSocketError::Refused { host, status });
        }
        // RFC 6455 §4.1: the answer shows that the server has read the question.
        let accepted = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
        if accepted.is_none_or(|accepted| accepted.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes())
        {
            return Err(WebSocketError::NotAWebSocket { host });
        }
        let stream = response.upgrade().await.map_err(|error| from_reqwest(&error, &host))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_write_buffer_size(MOST_UNSENT.max(request.max_message))
            .max_message_size(Some(request.max_message))
            .max_frame_size(Some(request.max_message));
        Ok(WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await)
    }
}

/// The address as HTTP sees it.
fn as_http(text: &str) -> Result<String, WebSocketError> {
    let mut url = Url::parse(text).map_err(|_| OutboundError::InvalidUrl)?;
    let scheme = match url.scheme() {
        "ws" => "http",
        "wss" => "https",
        _ => return Err(WebSocketError::Scheme),
    };
    url.set_scheme(scheme).map_err(|()| OutboundError::InvalidUrl)?;
    Ok(url.into())
}
