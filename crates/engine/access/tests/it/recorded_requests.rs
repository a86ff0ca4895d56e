//! Requests recorded from the official clients verify, byte for byte.

use access::{SignatureRules, SignedBy, SignedRequest};
use serde::Deserialize;

use crate::signer::{KEY, NOW, access_key};

#[derive(Deserialize)]
struct Recorded {
    name: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    signed: Vec<String>,
}

fn recordings() -> Vec<Recorded> {
    include_str!("../../fixtures/recorded_requests.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("the fixture is JSON"))
        .collect()
}

fn rules_for(recorded: &Recorded) -> SignatureRules {
    SignatureRules {
        endpoints: vec!["localhost:8443".to_owned()],
        // The files of recordings are the one place where a query may be unsigned.
        unsigned_query: recorded.target.starts_with("/v1/objects/"),
        ..SignatureRules::default()
    }
}

fn expected(recorded: &Recorded) -> SignedBy {
    let first = recorded.signed.first().expect("a recording was verified").split('/').next();
    match first.expect("split gives at least one") {
        "host" => SignedBy::Host,
        "host+slash" => SignedBy::HostWithSlash,
        "endpoint" => SignedBy::Endpoint,
        "x-ms-host" => SignedBy::MsHost,
        other => panic!("{other} is no way to sign"),
    }
}

#[test]
fn every_recorded_request_verifies() {
    let recordings = recordings();
    assert_eq!(recordings.len(), 119);
    // Both keys of a resource count; the second one signed.
    let keys = [access_key(b"another"), access_key(KEY)];
    for recorded in &recordings {
        let headers: Vec<(&str, &str)> =
            recorded.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = SignedRequest {
            method: &recorded.method,
            target: &recorded.target,
            headers: &headers,
            body: recorded.body.as_bytes(),
        };
        let verified = rules_for(recorded).verify(&request, &keys, NOW);
        assert_eq!(verified, Ok(expected(recorded)), "{} {}", recorded.name, recorded.target);
        assert!(
            rules_for(recorded).verify(&request, &keys[..1], NOW).is_err(),
            "{} verifies with a wrong key",
            recorded.name
        );
    }
}
