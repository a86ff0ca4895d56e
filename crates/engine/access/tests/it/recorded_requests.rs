//! Requests recorded from the official clients verify, byte for byte.

use access::{SignatureError, SignatureRules, SignedBy, SignedHead};
use serde::Deserialize;
use tenant::AccessKey;

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

fn verify(recorded: &Recorded, keys: &[AccessKey]) -> Result<SignedBy, SignatureError> {
    let headers: Vec<(&str, &str)> =
        recorded.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let head = SignedHead { method: &recorded.method, target: &recorded.target, headers: &headers };
    rules_for(recorded).verify(&head, keys, NOW)?.check_body(recorded.body.as_bytes())
}

#[test]
fn every_recorded_signature_verifies() {
    // Both keys of a resource count; the second one signed.
    let keys = [access_key(b"another"), access_key(KEY)];
    let signed = recordings().into_iter().filter(|recorded| !recorded.signed.is_empty());
    let mut count = 0;
    for recorded in signed {
        let name = format!("{} {}", recorded.name, recorded.target);
        assert_eq!(verify(&recorded, &keys), Ok(expected(&recorded)), "{name}");
        assert_eq!(verify(&recorded, &keys[..1]), Err(SignatureError::Mismatch), "{name} with a wrong key");
        count += 1;
    }
    assert_eq!(count, 119);
}

#[test]
fn bearer_tokens_are_not_signatures() {
    let bearer: Vec<Recorded> =
        recordings().into_iter().filter(|recorded| recorded.signed.is_empty()).collect();
    assert_eq!(bearer.len(), 2);
    for recorded in bearer {
        assert_eq!(verify(&recorded, &[access_key(KEY)]), Err(SignatureError::OtherScheme));
    }
}
