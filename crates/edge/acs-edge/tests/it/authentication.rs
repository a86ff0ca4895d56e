//! Nobody gets in without a signature, and everything needs a version.

use acs_edge::Operation;
use axum::body::Body;
use axum::http::Request;

use crate::surface::{CONNECTION, HOST, Surface, VERSION, signed, signed_target};

fn path_of(operation: Operation) -> String {
    operation.path().replace("{id}", &CONNECTION.to_string()).replace("{*participant}", "4%3A%2B14255550199")
}

fn unsigned(operation: Operation) -> axum::http::request::Builder {
    let target = format!("{}?{VERSION}", path_of(operation));
    Request::builder().method(operation.method()).uri(target).header("host", HOST)
}

#[tokio::test]
async fn every_operation_is_refused_without_a_token() {
    let surface = Surface::new();
    for operation in Operation::ALL {
        let request = unsigned(*operation).body(Body::empty()).expect("well-formed");
        let answer = surface.send(request).await;
        assert_eq!(answer.refusal(), "401/7509", "{operation:?}");
        assert!(answer.headers.contains_key("x-ms-request-id"), "{operation:?}");
    }
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn every_operation_is_refused_with_a_wrong_token() {
    let surface = Surface::new();
    for operation in Operation::ALL {
        let mut request = signed(operation.method().as_str(), &path_of(*operation), b"");
        request.headers_mut().insert("x-ms-content-sha256", "AAAA".parse().expect("a value"));
        assert_eq!(surface.send(request).await.refusal(), "401/7509", "{operation:?}");
        let request = unsigned(*operation).header("authorization", "Bearer jwt.jwt.jwt");
        let answer = surface.send(request.body(Body::empty()).expect("well-formed")).await;
        assert_eq!(answer.refusal(), "401/7509", "{operation:?}");
    }
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn a_key_of_another_resource_does_not_open_this_one() {
    let surface = Surface::new();
    let mut request = signed("GET", &path_of(Operation::GetCall), b"");
    request.headers_mut().insert("host", "fabrikam.test".parse().expect("a value"));
    assert_eq!(surface.send(request).await.refusal(), "401/7509");
}

#[tokio::test]
async fn a_refusal_names_what_to_check() {
    let surface = Surface::new();
    let mut request = signed("GET", &path_of(Operation::GetCall), b"");
    request.headers_mut().insert("x-ms-date", "Sat, 21 Nov 2026 01:33:00 GMT".parse().expect("a value"));
    let answer = surface.send(request).await;
    assert!(answer.message().contains("clock"), "{}", answer.message());
}

#[tokio::test]
async fn a_version_is_required_and_must_be_known() {
    let surface = Surface::new();
    let path = path_of(Operation::GetCall);
    let missing = surface.send(signed_target("GET", &path, b"")).await;
    assert_eq!(missing.refusal(), "400/8523");
    assert!(missing.message().contains("api-version"), "{}", missing.message());
    let unknown = surface.send(signed_target("GET", &format!("{path}?api-version=2031-01-01"), b"")).await;
    assert_eq!(unknown.refusal(), "400/8523");
    assert!(unknown.message().contains("2026-03-12"), "{}", unknown.message());
    let old = surface.send(signed_target("GET", &format!("{path}?api-version=2023-03-06"), b"")).await;
    assert_eq!(old.status, 200);
}

#[tokio::test]
async fn the_client_hears_its_own_request_id() {
    let surface = Surface::new();
    let mut request = signed("GET", &path_of(Operation::GetCall), b"");
    request.headers_mut().insert("x-ms-client-request-id", "mine".parse().expect("a value"));
    let silent = surface.send(request).await;
    assert!(!silent.headers.contains_key("x-ms-client-request-id"));
    let mut request = signed("GET", &path_of(Operation::GetCall), b"");
    request.headers_mut().insert("x-ms-client-request-id", "mine".parse().expect("a value"));
    request.headers_mut().insert("x-ms-return-client-request-id", "true".parse().expect("a value"));
    let echoed = surface.send(request).await;
    assert_eq!(echoed.headers["x-ms-client-request-id"], "mine");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let surface = Surface::new();
    assert_eq!(surface.get("/calling/nothing").await.refusal(), "404/8520");
    assert_eq!(surface.delete("/calling/callConnections").await.refusal(), "405/8520");
    assert_eq!(surface.get("/calling/callConnections/cid-1").await.refusal(), "404/8522");
}

/// HTTP/2 has no `Host` header; the name is part of the target.
#[tokio::test]
async fn the_host_may_be_named_as_http_2_does() {
    let surface = Surface::new();
    let path = path_of(Operation::GetCall);
    let mut request = signed("GET", &path, b"");
    request.headers_mut().remove("host");
    *request.uri_mut() = format!("https://{HOST}{path}?{VERSION}").parse().expect("a target");
    assert_eq!(surface.send(request).await.status, 200);
}
