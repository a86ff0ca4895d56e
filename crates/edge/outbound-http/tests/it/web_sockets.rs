//! WebSockets against real servers on this machine.

use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, StatusCode};
use outbound_http::{OutboundError, WebSocketError, WebSocketRequest};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::server::{gate, raw};

/// Echoes what it is sent to those who say who they are.
async fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                #[allow(clippy::result_large_err)]
                let check =
                    |request: &Request, response: Response| match request.headers().get("authorization") {
                        Some(_) => Ok(response),
                        None => {
                            let mut refused = ErrorResponse::new(None);
                            *refused.status_mut() = StatusCode::UNAUTHORIZED;
                            Err(refused)
                        }
                    };
                let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, check).await else { return };
                while let Some(Ok(message)) = socket.next().await {
                    if socket.send(message).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

fn request(url: impl Into<String>) -> WebSocketRequest {
    let mut request = WebSocketRequest { max_message: 10_000, ..WebSocketRequest::new(url) };
    request.headers.insert("authorization", HeaderValue::from_static("Bearer of.a.token"));
    request
}

#[tokio::test]
async fn messages_go_both_ways() {
    let port = echo().await;
    let mut socket = gate(&["loopback"]).open(request(format!("ws://localhost:{port}/a?b=c"))).await.unwrap();
    for length in [1, 9_999] {
        socket.send(Message::text("x".repeat(length))).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap().len(), length);
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_the_connection_and_is_not_kept() {
    let port = echo().await;
    let mut socket = gate(&["loopback"]).open(request(format!("ws://127.0.0.1:{port}"))).await.unwrap();
    socket.send(Message::text("x".repeat(10_001))).await.unwrap();
    assert!(matches!(socket.next().await, Some(Err(Error::Capacity(_)))));
}

#[tokio::test]
async fn a_network_that_is_not_allowed_is_not_reached() {
    let port = echo().await;
    for host in ["127.0.0.1", "localhost", "[::1]", "10.1.2.3"] {
        let error = gate(&[]).open(request(format!("ws://{host}:{port}"))).await.unwrap_err();
        let refused = OutboundError::PrivateAddress { host: host.into() };
        assert_eq!(error, WebSocketError::Outbound(refused));
    }
}

#[tokio::test]
async fn what_is_no_address_of_a_socket_is_refused() {
    let refused = async |url: &str| gate(&["loopback"]).open(request(url)).await.unwrap_err();
    assert_eq!(refused("https://localhost/").await, WebSocketError::Scheme);
    assert_eq!(refused("file:///etc/passwd").await, WebSocketError::Scheme);
    assert_eq!(refused("socket").await, OutboundError::InvalidUrl.into());
    assert_eq!(refused("ws://a:b@localhost/").await, OutboundError::UserInfo.into());
}

#[tokio::test]
async fn an_answer_that_is_none_of_a_socket_says_so() {
    let port = echo().await;
    let open = async |port: u16, named: bool| {
        let mut request = request(format!("ws://127.0.0.1:{port}"));
        if !named {
            request.headers.clear();
        }
        request.timeout = std::time::Duration::from_secs(1);
        gate(&["loopback"]).open(request).await.unwrap_err()
    };
    let host = || "127.0.0.1".to_owned();
    let status = StatusCode::UNAUTHORIZED;
    assert_eq!(open(port, false).await, WebSocketError::Refused { host: host(), status });
    let wrong = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n";
    assert_eq!(
        open(raw(wrong, false).await.port(), true).await,
        WebSocketError::NotAWebSocket { host: host() }
    );
    assert_eq!(
        open(raw("", false).await.port(), true).await,
        OutboundError::TimedOut { host: host() }.into()
    );
    let garbage = raw("no HTTP at all\r\n\r\n", false).await.port();
    assert_eq!(open(garbage, true).await, OutboundError::Broken { host: host() }.into());
}
