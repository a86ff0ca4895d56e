//! The listener, from a client's side.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Version;
use axum::routing::get;
use http_kit::{ConnectionLimits, Listener, TlsIdentity, dev_ca};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn serve(router: Router, tls: Option<TlsIdentity>, limits: ConnectionLimits) -> Served {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(any_port, tls, limits).await.expect("a port is free");
    let (stop, stopped) = oneshot::channel();
    let address = listener.address();
    let stopped = async { stopped.await.unwrap_or_default() };
    Served { address, stop, task: tokio::spawn(listener.serve(router, stopped)) }
}

fn hello() -> Router {
    Router::new().route("/", get(async || "hello"))
}

#[tokio::test]
async fn plain_http_is_served() {
    let served = serve(hello(), None, ConnectionLimits::default()).await;
    let text = reqwest::get(format!("http://{}/", served.address)).await.expect("served").text().await;
    assert_eq!(text.expect("a body"), "hello");
    assert_ne!(served.address.port(), 0);
}

#[tokio::test]
async fn https_is_served_to_whoever_trusts_the_development_authority() {
    let dir = tempfile::tempdir().expect("a directory");
    let files = dev_ca::ensure(dir.path(), &["contoso.test".to_owned()]).expect("made");
    let tls = TlsIdentity::load(&files.cert_path, &files.key_path).expect("sound");
    let served = serve(hello(), Some(tls), ConnectionLimits::default()).await;
    let authority = std::fs::read(&files.ca_pem_path).expect("the file is there");
    let authority = reqwest::Certificate::from_pem(&authority).expect("it is a certificate");
    let trusting = reqwest::Client::builder()
        .tls_certs_only([authority])
        .resolve("contoso.test", served.address)
        .build()
        .expect("a client");
    let port = served.address.port();
    for host in ["127.0.0.1", "localhost", "contoso.test"] {
        let answer = trusting.get(format!("https://{host}:{port}/")).send().await.expect(host);
        assert_eq!(answer.version(), Version::HTTP_2, "{host}");
        assert_eq!(answer.text().await.expect("a body"), "hello", "{host}");
    }
    let distrusting = reqwest::Client::new().get(format!("https://localhost:{port}/")).send().await;
    assert!(distrusting.is_err());
    // Junk instead of a handshake, and nobody else notices.
    let mut junk = TcpStream::connect(served.address).await.expect("connected");
    junk.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("sent");
    let answer = trusting.get(format!("https://localhost:{port}/")).send().await;
    assert!(answer.is_ok());
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let served = serve(hello(), None, ConnectionLimits::default()).await;
    let error = Listener::bind(served.address, None, ConnectionLimits::default()).await.err();
    let error = error.expect("the port is taken").to_string();
    assert!(error.contains(&served.address.to_string()), "{error}");
}

#[tokio::test]
async fn requests_in_progress_finish_when_the_listener_stops() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, outside) = ((begun.clone(), go_on.clone()), (begun, go_on));
    let slow = get(async move || {
        inside.0.notify_one();
        inside.1.notified().await;
        "done"
    });
    let served = serve(Router::new().route("/", slow), None, ConnectionLimits::default()).await;
    let url = format!("http://{}/", served.address);
    let request = tokio::spawn(async move { reqwest::get(url).await?.text().await });
    outside.0.notified().await;
    served.stop.send(()).expect("it still serves");
    while TcpStream::connect(served.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    outside.1.notify_one();
    assert_eq!(request.await.expect("no panic").expect("answered"), "done");
    served.task.await.expect("the listener ends");
}

async fn last_words(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset says the same as an end.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn too_many_and_too_long_headers_are_refused() {
    let served = serve(hello(), None, ConnectionLimits::default()).await;
    for head in ["X-A: b\r\n".repeat(200), format!("X-A: {}\r\n", "b".repeat(200_000))] {
        let mut stream = TcpStream::connect(served.address).await.expect("connected");
        let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{head}Connection: close\r\n\r\n");
        // The listener may hang up before everything is sent.
        let _ = stream.write_all(request.as_bytes()).await;
        let answer = last_words(stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    assert!(reqwest::get(format!("http://{}/", served.address)).await.is_ok());
}

#[tokio::test]
async fn a_client_that_never_finishes_its_head_is_let_go() {
    let limits = ConnectionLimits { headers: Duration::from_millis(50), ..ConnectionLimits::default() };
    let served = serve(hello(), None, limits).await;
    let mut stream = TcpStream::connect(served.address).await.expect("connected");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: lo").await.expect("sent");
    let answer = last_words(stream).await;
    assert!(!answer.contains("hello"), "{answer}");
}

#[tokio::test]
async fn a_client_that_says_nothing_is_let_go() {
    let limits = ConnectionLimits { headers: Duration::from_millis(50), ..ConnectionLimits::default() };
    let served = serve(hello(), None, limits).await;
    // The last two could become the preface of HTTP/2 (RFC 9113 §3.4), or are one and no more.
    for beginning in ["", "PRI * HTTP", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = TcpStream::connect(served.address).await.expect("connected");
        stream.write_all(beginning.as_bytes()).await.expect("sent");
        let ended = tokio::time::timeout(Duration::from_secs(10), last_words(stream)).await;
        assert!(ended.is_ok(), "{beginning:?} holds a connection");
    }
}

#[tokio::test]
async fn a_client_that_only_answers_pings_is_let_go() {
    let limits = ConnectionLimits { headers: Duration::from_millis(50), ..ConnectionLimits::default() };
    let served = serve(hello(), None, limits).await;
    let mut stream = TcpStream::connect(served.address).await.expect("connected");
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.expect("sent");
    let answering = async {
        let mut head = [0; 9];
        while stream.read_exact(&mut head).await.is_ok() {
            let mut rest = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
            if stream.read_exact(&mut rest).await.is_err() {
                return;
            }
            if (head[3], head[4]) == (6, 0) {
                head[4] = 1;
                let _ = stream.write_all(&[&head[..], &rest[..]].concat()).await;
            }
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(10), answering).await;
    assert!(ended.is_ok(), "an idle connection is held");
}

#[tokio::test]
async fn an_answer_may_take_longer_than_a_connection_may_be_silent() {
    let limits = ConnectionLimits { headers: Duration::from_millis(50), ..ConnectionLimits::default() };
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let inside = (begun.clone(), go_on.clone());
    let slow = get(async move || {
        inside.0.notify_one();
        inside.1.notified().await;
        "done"
    });
    let served = serve(Router::new().route("/", slow), None, limits).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().expect("a client");
    let request = client.get(format!("http://{}/", served.address)).send();
    let request = tokio::spawn(async { request.await?.text().await });
    begun.notified().await;
    // Another connection, begun later, has been silent for too long before the answer comes.
    last_words(TcpStream::connect(served.address).await.expect("connected")).await;
    go_on.notify_one();
    assert_eq!(request.await.expect("no panic").expect("answered"), "done");
}

#[tokio::test]
async fn whoever_asks_too_fast_is_told_when_to_come_back() {
    let limits =
        ConnectionLimits { requests_per_second: std::num::NonZeroU32::new(3), ..ConnectionLimits::default() };
    let served = serve(hello(), None, limits).await;
    let url = format!("http://{}/", served.address);
    let (mut statuses, mut retry_after) = (Vec::new(), None);
    for _ in 0..6 {
        let answer = reqwest::get(&url).await.expect("served");
        statuses.push(answer.status().as_u16());
        retry_after = answer.headers().get("retry-after").cloned().or(retry_after);
    }
    assert_eq!(statuses[..3], [200; 3]);
    assert!(statuses[3..].contains(&429), "{statuses:?}");
    assert_eq!(retry_after.expect("when to come back"), "1");
}
