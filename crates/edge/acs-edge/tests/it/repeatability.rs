//! A repeated request acts once and hears the first answer.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use switchboard::BoardError;

use crate::surface::{CONNECTION, Surface, signed};

fn repeatable(path: &str, body: &serde_json::Value, id: &str) -> Request<Body> {
    let mut request = signed("POST", path, body.to_string().as_bytes());
    request.headers_mut().insert("repeatability-request-id", id.parse().expect("a value"));
    request
}

fn add() -> serde_json::Value {
    json!({ "participantToAdd": { "rawId": "8:acs:r_u" }, "operationContext": "oc" })
}

fn path() -> String {
    format!("/calling/callConnections/{CONNECTION}/participants:add")
}

#[tokio::test]
async fn a_retry_hears_the_first_answer() {
    let surface = Surface::new();
    let first = surface.send(repeatable(&path(), &add(), "1")).await;
    let retry = surface.send(repeatable(&path(), &add(), "1")).await;
    assert_eq!((first.status, &first.body), (retry.status, &retry.body));
    assert_eq!(first.status, 202);
    assert_eq!(surface.asked().len(), 1);
    surface.send(repeatable(&path(), &add(), "2")).await;
    assert_eq!(surface.asked().len(), 1, "another id is another request");
}

#[tokio::test]
async fn retries_that_arrive_meanwhile_wait_for_the_first() {
    let surface = Surface::new();
    surface.pause();
    let attempts: Vec<_> = (0..5)
        .map(|_| {
            let surface = surface.clone();
            tokio::spawn(async move { surface.send(repeatable(&path(), &add(), "1")).await.status })
        })
        .collect();
    // All of them are on their way before the platform answers.
    tokio::task::yield_now().await;
    surface.resume();
    for attempt in attempts {
        assert_eq!(attempt.await.expect("no attempt panics"), 202);
    }
    assert_eq!(surface.asked().len(), 1);
}

#[tokio::test]
async fn an_operation_is_finished_when_its_client_goes_away() {
    let surface = Surface::new();
    surface.pause();
    let (lost, request) = (surface.clone(), repeatable(&path(), &add(), "1"));
    let attempt = tokio::spawn(async move { lost.send(request).await.status });
    while surface.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    attempt.abort();
    surface.resume();
    assert_eq!(surface.send(repeatable(&path(), &add(), "1")).await.status, 202);
    assert!(surface.asked().is_empty(), "the retry hears the answer of the first");
}

#[tokio::test]
async fn a_refusal_is_repeated_but_an_overload_is_not() {
    let surface = Surface::new();
    surface.fails(BoardError::Overloaded);
    assert_eq!(surface.send(repeatable(&path(), &add(), "1")).await.status, 503);
    surface.obeys();
    assert_eq!(surface.send(repeatable(&path(), &add(), "1")).await.status, 202);

    surface.fails(BoardError::NotDurable);
    assert_eq!(surface.send(repeatable(&path(), &add(), "2")).await.status, 500);
    surface.obeys();
    // It may have happened, so it must not happen again.
    assert_eq!(surface.send(repeatable(&path(), &add(), "2")).await.status, 500);
}

#[tokio::test]
async fn one_id_for_two_requests_is_refused() {
    let surface = Surface::new();
    surface.send(repeatable(&path(), &add(), "1")).await;
    let other = json!({ "participantToAdd": { "rawId": "8:acs:r_u2" } });
    assert_eq!(surface.send(repeatable(&path(), &other, "1")).await.refusal(), "400/8523");
    let junk = surface.send(repeatable(&path(), &add(), &"x".repeat(500))).await;
    assert_eq!(junk.refusal(), "400/8523");
    assert_eq!(surface.asked().len(), 1);
}
