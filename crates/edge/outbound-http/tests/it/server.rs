//! Servers that behave, and servers that do not.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use outbound_http::{OutboundHttp, OutboundPolicy, OutboundRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serves `router` on a free port of `ip`.
pub async fn serve(ip: &str, router: Router) -> SocketAddr {
    let listener = TcpListener::bind((ip, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Reads a request and answers with `head`, and then, if `endless`, with zeros for ever; never closes.
pub async fn raw(head: &'static str, endless: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(head.as_bytes()).await;
                while endless && stream.write_all(&[b'0'; 4096]).await.is_ok() {}
                std::future::pending::<()>().await;
            });
        }
    });
    address
}

/// A gate that may reach these networks.
pub fn gate(allow: &[&str]) -> OutboundHttp {
    let allow_private = allow.iter().map(|network| network.parse().unwrap()).collect();
    OutboundHttp::new(OutboundPolicy { allow_private, ..OutboundPolicy::default() }).unwrap()
}

/// A fetch with bounds that suit a test.
pub fn get(url: impl Into<String>) -> OutboundRequest {
    OutboundRequest::get(url, Duration::from_secs(10), 10_000)
}
