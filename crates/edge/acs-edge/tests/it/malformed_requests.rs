//! Junk is refused, and the surface goes on.

use acs_edge::Operation;
use axum::body::Body;
use axum::http::Method;

use crate::surface::{CONNECTION, Surface, signed, signed_target};

const WITHOUT_BODY: [Operation; 4] = [
    Operation::Terminate,
    Operation::CancelAllMediaOperations,
    Operation::PauseRecording,
    Operation::ResumeRecording,
];

#[tokio::test]
async fn malformed_json_is_refused_by_every_operation_with_a_body() {
    let surface = Surface::new();
    for operation in Operation::ALL {
        if operation.method() != Method::POST || WITHOUT_BODY.contains(operation) {
            continue;
        }
        let path = operation.path().replace("{id}", &CONNECTION.to_string());
        for junk in [&b"{"[..], b"[]", b"\"\"", b"\xff\xfe", b"{} trailing", b"nonsense", b"null"] {
            // The one version that knows them all.
            let target = format!("{path}?api-version=2025-08-15-preview");
            let answer = surface.send(signed_target("POST", &target, junk)).await;
            let refusal = answer.refusal();
            assert!(matches!(refusal.as_str(), "400/8523"), "{operation:?}: {refusal}");
        }
    }
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn deeply_nested_json_is_refused() {
    let surface = Surface::new();
    let path = format!("/calling/callConnections/{CONNECTION}:play");
    let nested = format!("{}{}", "{\"playSources\":[".repeat(20_000), "]}".repeat(20_000));
    assert_eq!(surface.send(signed("POST", &path, nested.as_bytes())).await.refusal(), "400/8523");
}

#[tokio::test]
async fn an_oversize_body_is_refused_before_it_is_read() {
    let surface = Surface::new();
    let body = vec![b' '; 1024 * 1024 + 1];
    let answer = surface.send(signed("POST", "/calling/callConnections", &body)).await;
    assert_eq!(answer.refusal(), "413/8523");
    // A length that is only announced is believed.
    let mut request = signed("POST", "/calling/callConnections", b"");
    request.headers_mut().insert("content-length", "99999999999".parse().expect("a value"));
    *request.body_mut() = Body::empty();
    assert_eq!(surface.send(request).await.refusal(), "413/8523");
    assert!(surface.asked().is_empty());
}
