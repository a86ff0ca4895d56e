//! A directory that answers otherwise than Graph does, or not now.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use graph_source::{Source, SourceError, SourceSettings};
use identifier::ObjectId;
use outbound_http::AllowedNetwork;
use redact::Secret;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::directory::http;

/// A directory that gives tokens, and answers all else like this: by origin, and by path with query. Tells how often it
/// was asked.
async fn directory(
    answer: impl Fn(&str, &str) -> Response + Clone + Send + Sync + 'static,
) -> (Source, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<AtomicUsize> = Arc::default();
    let (at, count) = (origin.clone(), Arc::clone(&asked));
    let router = Router::new().fallback(move |request: Request| {
        let path = request.uri().to_string();
        let response = if path.ends_with("/token") {
            Json(json!({ "access_token": "a" })).into_response()
        } else {
            count.fetch_add(1, Ordering::Relaxed);
            answer(&at, &path)
        };
        async move { response }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let settings = SourceSettings {
        endpoint: origin.clone(),
        authority: format!("{origin}/contoso.example"),
        client_id: "ringdown".into(),
        client_secret: Secret::new("a secret".into()),
    };
    (Source::new(http(vec![AllowedNetwork::Loopback]), settings), asked)
}

fn page(origin: &str, people: &[&str]) -> Response {
    let people: Vec<Value> = people
        .iter()
        .map(|name| json!({ "id": name, "userPrincipalName": format!("{name}@contoso.example") }))
        .collect();
    let delta = format!("{origin}/v1.0/users/delta?$deltatoken=old");
    Json(json!({ "value": people, "@odata.deltaLink": delta })).into_response()
}

#[tokio::test]
async fn json_that_is_not_of_graph_is_told_and_not_taken() {
    for body in ["[]", "\"ok\"", "7", "true", "null", "{}", "{\"value\": 1}", "{\"value\": [1]}"] {
        let (mut source, _) = directory(move |_, _| body.into_response()).await;
        let error = source.people().await.unwrap_err();
        assert!(matches!(error, SourceError::Unreadable(_)), "{body}: {error}");
        // Presence of one that makes no sense is left out, as the words of a newer Graph are.
        let told = source.presences(&[ObjectId::from_u128(1)]).await;
        assert!(told.as_ref().map_or(true, Vec::is_empty), "{body}: {told:?}");
    }
}

#[tokio::test]
async fn a_link_to_changes_that_is_over_is_begun_anew_once() {
    for status in [StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND, StatusCode::GONE] {
        let firsts: Arc<AtomicUsize> = Arc::default();
        let (mut source, asked) = directory(move |origin, path| match path.contains("deltatoken") {
            true => (status, "{}").into_response(),
            false if firsts.fetch_add(1, Ordering::Relaxed) == 0 => page(origin, &["anna"]),
            false => page(origin, &["anna", "ben"]),
        })
        .await;
        assert_eq!(source.people().await.unwrap().expect("she is new").len(), 1);
        let people = source.people().await.unwrap().expect("he is new");
        assert_eq!(people.len(), 2, "{status}");
        assert_eq!(source.known_people(), people);
        assert_eq!(asked.load(Ordering::Relaxed), 3, "{status}");
        assert_eq!(source.people().await.unwrap(), None, "{status}: nobody has changed");
    }
}

#[tokio::test]
async fn a_directory_that_wants_to_be_left_alone_for_long_is_left_alone() {
    let (mut source, asked) =
        directory(|_, _| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "600")], "{}").into_response())
            .await;
    for _ in 0..2 {
        let question = tokio::time::timeout(Duration::from_secs(20), source.people());
        let error = question.await.expect("it does not wait").unwrap_err();
        assert!(matches!(error, SourceError::Later { seconds: 600, .. }), "{error}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1, "it is not asked before");
}
