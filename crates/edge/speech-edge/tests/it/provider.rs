//! Servers that speak the protocols of providers, on this machine.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse;
use futures_util::{SinkExt, StreamExt};
use outbound_http::{AllowedNetwork, OutboundHttp, OutboundPolicy};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

/// The gate, with leave to reach this machine.
pub fn gate() -> OutboundHttp {
    let policy =
        OutboundPolicy { allow_private: vec![AllowedNetwork::Loopback], ..OutboundPolicy::default() };
    OutboundHttp::new(policy).expect("a gate")
}

/// One request that was received.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Received {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A server that answers everything with the same, and keeps what it was asked.
pub async fn answering(status: u16, answer: Vec<u8>) -> (String, Arc<Mutex<Vec<Received>>>) {
    let received: Arc<Mutex<Vec<Received>>> = Arc::default();
    let kept = received.clone();
    let answer = move |uri: Uri, headers: HeaderMap, body: Bytes| {
        let path = uri.path_and_query().map_or(String::new(), ToString::to_string);
        kept.lock().unwrap().push(Received { path, headers, body });
        let answer = answer.clone();
        async move { (StatusCode::from_u16(status).unwrap(), answer).into_response() }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (format!("http://{address}"), received)
}

/// A port at which connections are taken and nothing is ever said.
pub async fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    format!("http://{address}")
}

/// A port at which nobody listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

pub type Socket = WebSocketStream<TcpStream>;

/// A WebSocket server; each connection goes to `serve`, with the address it asked for.
pub async fn web_socket<F, Serving>(key: &'static str, serve: F) -> String
where
    F: Fn(String, Socket) -> Serving + Send + Sync + 'static,
    Serving: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut asked = String::new();
            #[allow(clippy::result_large_err)]
            let look = |request: &Request, response: Response| {
                asked = request.uri().to_string();
                let given = request.headers().get("ocp-apim-subscription-key");
                if given.is_some_and(|given| given == key) {
                    return Ok(response);
                }
                let mut refused = ErrorResponse::new(None);
                *refused.status_mut() = StatusCode::UNAUTHORIZED;
                Err(refused)
            };
            if let Ok(socket) = tokio_tungstenite::accept_hdr_async(stream, look).await {
                tokio::spawn(serve(asked, socket));
            }
        }
    });
    format!("http://{address}")
}

/// What a client of the Speech protocol has sent until its sound ended.
#[derive(Debug, Default)]
pub struct Conversation {
    pub config: String,
    pub context: String,
    pub sound: Vec<u8>,
}

impl Conversation {
    /// Listens until the empty message that ends the sound.
    pub async fn of(socket: &mut Socket) -> Self {
        let mut conversation = Self::default();
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Text(text) => {
                    let (head, body) = text.split_once("\r\n\r\n").expect("headers and a body");
                    assert!(head.contains("X-RequestId: ") && head.contains("X-Timestamp: "), "{head}");
                    match head.lines().next() {
                        Some("Path: speech.config") => conversation.config = body.to_owned(),
                        Some("Path: speech.context") => conversation.context = body.to_owned(),
                        other => panic!("{other:?}"),
                    }
                }
                Message::Binary(bytes) => {
                    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
                    let head = std::str::from_utf8(&bytes[2..2 + length]).expect("headers are text");
                    assert!(head.starts_with("Path: audio\r\n"), "{head}");
                    if bytes.len() == 2 + length {
                        return conversation;
                    }
                    conversation.sound.extend_from_slice(&bytes[2 + length..]);
                }
                _ => {}
            }
        }
        conversation
    }
}

/// Says something of the Speech protocol.
pub async fn say(socket: &mut Socket, path: &str, body: &str) {
    let message =
        format!("X-RequestId:1\r\nContent-Type:application/json; charset=utf-8\r\nPath:{path}\r\n\r\n{body}");
    let _ = socket.send(Message::text(message)).await;
}
