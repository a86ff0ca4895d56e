//! However much is fetched at once, no more is held than the operator gives.

use std::time::Duration;

use axum::Router;
use axum::routing::get as on_get;
use outbound_http::{OutboundError, OutboundHttp, OutboundPolicy, OutboundRequest};

use crate::server::serve;

#[tokio::test]
async fn answers_wait_for_room_and_give_it_back() {
    let large = || async { vec![0; 600_000] };
    let router = Router::new().route("/large", on_get(large)).route("/small", on_get(|| async { "hello" }));
    let address = serve("127.0.0.1", router).await;
    let allow_private = vec!["loopback".parse().unwrap()];
    let policy = OutboundPolicy { allow_private, answers: 400_000, ..OutboundPolicy::default() };
    let gate = OutboundHttp::new(policy).unwrap();
    let get = |path: &str, patience| {
        gate.send(OutboundRequest::get(
            format!("http://{address}/{path}"),
            Duration::from_millis(patience),
            1_000_000,
        ))
    };

    let held = get("large", 10_000).await.unwrap();
    let refused = get("large", 300).await.unwrap_err();
    assert!(matches!(refused, OutboundError::TimedOut { .. }), "{refused:?}");
    assert_eq!(get("small", 10_000).await.unwrap().body, "hello");

    drop(held);
    assert_eq!(get("large", 10_000).await.unwrap().body.len(), 600_000);
}
