//! What the gate does not send, and what it does not wait for.

use std::time::Duration;

use axum::Router;
use axum::routing::{get as on_get, post};
use outbound_http::{OutboundError, OutboundRequest};

use crate::server::{gate, get, raw, serve};

#[tokio::test]
async fn a_private_address_is_refused_until_it_is_allowed() {
    let address = serve("127.0.0.1", Router::new().route("/", on_get(|| async { "hello" }))).await;
    let by_address = format!("http://{address}/");
    let by_name = format!("http://localhost:{}/", address.port());
    let by_mapped = format!("http://[::ffff:127.0.0.1]:{}/", address.port());
    let by_number = format!("http://2130706433:{}/", address.port());
    for url in [&by_address, &by_name, &by_mapped, &by_number] {
        let refused = gate(&[]).send(get(url)).await.unwrap_err();
        assert!(matches!(refused, OutboundError::PrivateAddress { .. }), "{url}: {refused:?}");
    }
    for url in [&by_address, &by_name] {
        let answer = gate(&["loopback"]).send(get(url)).await.unwrap();
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"hello"[..]));
    }
}

#[tokio::test]
async fn a_refusal_names_the_host_and_the_way_out_but_no_address() {
    let refused = gate(&[]).send(get("http://localhost:1/secret")).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "reach the host localhost: it is on a private network; an operator can allow that network in outgoing.allow-private"
    );
}

#[tokio::test]
async fn urls_that_are_not_plain_http_are_refused() {
    let gate = gate(&["loopback"]);
    for (url, expected) in [
        ("file:///etc/passwd", OutboundError::Scheme),
        ("ftp://example.org/a.wav", OutboundError::Scheme),
        ("a.wav", OutboundError::InvalidUrl),
        ("http://", OutboundError::InvalidUrl),
        ("http://ada:secret@127.0.0.1/", OutboundError::UserInfo),
    ] {
        assert_eq!(gate.send(get(url)).await.unwrap_err(), expected, "{url}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_refused_or_cut() {
    let address = raw("HTTP/1.1 200 OK\r\n\r\n", true).await;
    let url = format!("http://{address}/");
    let refused = gate(&["loopback"]).send(get(&url)).await.unwrap_err();
    assert_eq!(refused, OutboundError::TooLarge { host: "127.0.0.1".into(), limit: 10_000 });
    let webhook = OutboundRequest::post(&url, "{}", Duration::from_secs(10), 300);
    assert_eq!(gate(&["loopback"]).send(webhook).await.unwrap().body.len(), 300);
}

#[tokio::test]
async fn a_server_that_hangs_times_out() {
    let hung = OutboundError::TimedOut { host: "127.0.0.1".into() };
    for head in ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"] {
        let address = raw(head, false).await;
        let request = OutboundRequest::get(format!("http://{address}/"), Duration::from_millis(200), 10_000);
        assert_eq!(gate(&["loopback"]).send(request).await.unwrap_err(), hung, "{head:?}");
    }
}

#[tokio::test]
async fn a_closed_port_an_unknown_name_and_nonsense_each_have_a_name() {
    let gate = gate(&["loopback"]);
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert!(matches!(
        gate.send(get(format!("http://{free}/"))).await,
        Err(OutboundError::Unreachable { .. })
    ));
    let unknown = gate.send(get("http://nobody.invalid/")).await;
    assert!(matches!(unknown, Err(OutboundError::UnknownHost { .. })), "{unknown:?}");
    let nonsense = raw("SIP/2.0 200 OK\r\n\r\n", false).await;
    let broken = gate.send(get(format!("http://{nonsense}/"))).await;
    assert!(matches!(broken, Err(OutboundError::Broken { .. })), "{broken:?}");
}

#[tokio::test]
async fn headers_and_body_arrive_as_given() {
    let echo = post(|headers: axum::http::HeaderMap, body: String| async move {
        format!("{} {} {body}", headers["x-one"].to_str().unwrap(), headers["user-agent"].to_str().unwrap())
    });
    let address = serve("127.0.0.1", Router::new().route("/hook", echo)).await;
    let url = format!("http://{address}/hook?code=%2F%2f&empty=");
    let request =
        OutboundRequest::post(url, "[1]", Duration::from_secs(10), 1000).header("X-One", "1").unwrap();
    let answer = gate(&["loopback"]).send(request).await.unwrap();
    assert_eq!(answer.body, concat!("1 Ringdown/", env!("CARGO_PKG_VERSION"), " [1]"));
    let invalid = get("http://127.0.0.1/").header("X-Two", "a\r\nb").unwrap_err();
    assert_eq!(invalid, OutboundError::InvalidHeader("X-Two".into()));
}
