//! What the official clients send about numbers and direct routing: each request is let in and reaches its operation.

use acs_edge::ResourceOperation;
use axum::body::Body;
use axum::http::Request;
use expect_test::expect_file;
use serde::Deserialize;

use crate::office::{EXTENSION, NUMBERS, Office, ROUTING};
use crate::surface::{HOST, signed_target};

/// A request as a client made it, without what signs it.
#[derive(Deserialize)]
struct Sent {
    client: String,
    method: String,
    target: String,
    body: String,
}

#[tokio::test]
async fn every_request_of_the_clients_reaches_its_operation() {
    let sent = include_str!("../../fixtures/resource_requests.jsonl").lines();
    let mut table = String::new();
    let office = Office::new().await;
    for line in sent {
        let sent: Sent = serde_json::from_str(line).expect("the fixture is JSON");
        let answer = office.repeat(&sent.method, &sent.target, sent.body.as_bytes()).await;
        let outcome = if answer.status < 300 { answer.status.to_string() } else { answer.refusal() };
        let path = sent.target.split('?').next().unwrap_or_default();
        table.push_str(&format!("{:<7} {:<6} {path:<95} {outcome}\n", sent.client, sent.method));
    }
    expect_file!["../../fixtures/resource_requests.txt"].assert_eq(&table);
}

fn target(operation: ResourceOperation) -> String {
    let version = operation.versions().last().expect("somebody has it");
    let path = operation.path().replace(['{', '}'], "");
    format!("{path}?api-version={version}")
}

#[tokio::test]
async fn every_operation_is_refused_without_a_signature_and_with_a_wrong_one() {
    let office = Office::new().await;
    for operation in ResourceOperation::ALL {
        let (method, target) = (operation.method(), target(*operation));
        let unsigned = Request::builder().method(method.clone()).uri(&target).header("host", HOST);
        let answer = office.send(unsigned.body(Body::empty()).expect("well-formed")).await;
        assert_eq!(answer.refusal(), "401/7509", "{operation:?}");
        let mut forged = signed_target(method.as_str(), &target, b"");
        forged.headers_mut().insert("x-ms-content-sha256", "AAAA".parse().expect("a value"));
        assert_eq!(office.send(forged).await.refusal(), "401/7509", "{operation:?}");
        let elsewhere = signed_target(method.as_str(), &format!("/elsewhere?{NUMBERS}"), b"");
        let (mut parts, body) = elsewhere.into_parts();
        parts.uri = target.parse().expect("a target");
        assert_eq!(
            office.send(Request::from_parts(parts, body)).await.refusal(),
            "401/7509",
            "{operation:?}"
        );
    }
}

#[tokio::test]
async fn bodies_that_are_nothing_are_refused_and_change_nothing() {
    let office = Office::new().await;
    let id = "6227aeb8-8086-4824-9586-05c3138c4cb8";
    let targets = [
        ("POST", format!("/availablePhoneNumbers/countries/DE/:search?{NUMBERS}")),
        ("POST", format!("/availablePhoneNumbers/:purchase?{NUMBERS}")),
        ("POST", format!("/availablePhoneNumbers/countries/DE/:browse?{NUMBERS}")),
        ("PATCH", format!("/availablePhoneNumbers/reservations/{id}?{NUMBERS}")),
        ("PATCH", format!("/phoneNumbers/+4930555000/capabilities?{NUMBERS}")),
        ("POST", format!("/operatorInformation/:search?{NUMBERS}")),
        ("PATCH", format!("/sip?{ROUTING}")),
        ("PUT", format!("/access/teamsExtension/tenants/{id}/assignments/{id}?{EXTENSION}")),
    ];
    let deep = "[".repeat(100_000);
    for (method, target) in &targets {
        for body in ["{", "[]", "null", "\"x\"", "{\"a\":1e999", "\u{0}", &deep] {
            let answer = office.repeat(method, target, body.as_bytes()).await;
            assert_eq!(
                answer.refusal(),
                "400/BadRequest",
                "{method} {target} {}",
                &body[..body.len().min(20)]
            );
        }
        let large = vec![b' '; 16 << 20];
        let answer = office.repeat(method, target, &large).await;
        assert_eq!(answer.status, 413, "{method} {target}");
    }
    assert_eq!(office.store.held_numbers().await.unwrap(), []);
    assert_eq!(office.store.sip_routings().await.unwrap(), []);
}
