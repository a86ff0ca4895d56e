//! What does not verify, and what the client is told.

use std::time::Duration;

use access::{SignatureError, SignatureRules, SignedBy, SignedHead};

use crate::signer::{KEY, NOW, access_key, authorization, content_hash};

const TARGET: &str = "/calling/callConnections?api-version=2026-03-12";
const DATE: &str = "Sat, 21 Nov 2026 02:33:00 GMT";
const NAMES: &str = "x-ms-date;host;x-ms-content-sha256";

struct Case {
    target: &'static str,
    date: &'static str,
    host: &'static str,
    signed_body: &'static [u8],
    body: &'static [u8],
    key: &'static [u8],
    names: &'static str,
    date_header: &'static str,
    authorization: Option<String>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            target: TARGET,
            date: DATE,
            host: "localhost:8443",
            signed_body: b"{}",
            body: b"{}",
            key: KEY,
            names: NAMES,
            date_header: "x-ms-date",
            authorization: None,
        }
    }
}

impl Case {
    fn verify(self) -> Result<SignedBy, SignatureError> {
        let hash = content_hash(self.signed_body);
        let values = format!("{};localhost:8443;{hash}", self.date);
        let signed = authorization("POST", TARGET, self.names, &values);
        let signed = self.authorization.unwrap_or(signed);
        let headers = [
            ("HOST", self.host),
            (self.date_header, self.date),
            ("x-ms-content-sha256", &hash),
            ("Authorization", &signed),
        ];
        let headers = if signed.is_empty() { &headers[..3] } else { &headers[..] };
        let head = SignedHead { method: "POST", target: self.target, headers };
        SignatureRules::default().verify(&head, &[access_key(self.key)], NOW)?.check_body(self.body)
    }
}

#[test]
fn a_request_as_the_clients_make_it_verifies() {
    assert_eq!(Case::default().verify(), Ok(SignedBy::Host));
}

#[test]
fn a_date_header_may_be_signed_instead() {
    let case = Case { names: "date;host;x-ms-content-sha256", date_header: "Date", ..Case::default() };
    assert_eq!(case.verify(), Ok(SignedBy::Host));
}

#[test]
fn another_key_target_host_or_body_is_refused() {
    assert_eq!(Case { key: b"other", ..Case::default() }.verify(), Err(SignatureError::Mismatch));
    let target = "/calling/callConnections?api-version=2024-04-15";
    assert_eq!(Case { target, ..Case::default() }.verify(), Err(SignatureError::Mismatch));
    assert_eq!(Case { host: "other", ..Case::default() }.verify(), Err(SignatureError::Mismatch));
    assert_eq!(Case { body: b"{ }", ..Case::default() }.verify(), Err(SignatureError::ContentHash));
}

#[test]
fn a_signature_over_the_path_alone_does_not_cover_the_query() {
    let hash = content_hash(b"{}");
    let signed =
        authorization("POST", "/calling/callConnections", NAMES, &format!("{DATE};localhost:8443;{hash}"));
    let case = Case { authorization: Some(signed), ..Case::default() };
    assert_eq!(case.verify(), Err(SignatureError::Mismatch));
}

#[test]
fn a_clock_may_be_off_by_a_quarter_of_an_hour() {
    let minute = Duration::from_secs(15 * 60);
    for date in ["Sat, 21 Nov 2026 02:18:00 GMT", "Sat, 21 Nov 2026 02:48:00 GMT"] {
        assert_eq!(Case { date, ..Case::default() }.verify(), Ok(SignedBy::Host));
    }
    for date in ["Sat, 21 Nov 2026 02:17:59 GMT", "Sat, 21 Nov 2026 02:48:01 GMT"] {
        assert_eq!(Case { date, ..Case::default() }.verify(), Err(SignatureError::Clock(minute)));
    }
    let case = Case { date: "yesterday", ..Case::default() };
    assert_eq!(case.verify(), Err(SignatureError::Header("x-ms-date".to_owned())));
}

#[test]
fn what_must_be_signed_is_named() {
    let hash = content_hash(b"{}");
    let refused = |names: &str, values: &str, header: &str| {
        let case =
            Case { authorization: Some(authorization("POST", TARGET, names, values)), ..Case::default() };
        assert_eq!(case.verify(), Err(SignatureError::Header(header.to_owned())), "{names}");
    };
    refused("x-ms-date;host", &format!("{DATE};localhost:8443"), "x-ms-content-sha256");
    refused("x-ms-date;x-ms-content-sha256", &format!("{DATE};{hash}"), "host");
    refused("host;x-ms-content-sha256", &format!("localhost:8443;{hash}"), "x-ms-date");
    refused(&format!("{NAMES};x-absent"), &format!("{DATE};localhost:8443;{hash};"), "x-absent");
}

#[test]
fn junk_is_refused() {
    let refused = |value: &str, error: SignatureError| {
        let case = Case { authorization: Some(value.to_owned()), ..Case::default() };
        assert_eq!(case.verify(), Err(error), "{value}");
    };
    refused("", SignatureError::Missing);
    refused("HMAC-SHA256", SignatureError::OtherScheme);
    refused("Bearer jwt.jwt.jwt", SignatureError::OtherScheme);
    refused("HMAC-SHA256 Signature=AAAA", SignatureError::Malformed);
    refused("HMAC-SHA256 SignedHeaders=host", SignatureError::Malformed);
    refused("HMAC-SHA256 SignedHeaders=host&Signature=!", SignatureError::Malformed);
    refused(
        &format!("HMAC-SHA256 SignedHeaders={}&Signature=AAAA", "a;".repeat(50)),
        SignatureError::Malformed,
    );
    refused(&format!("HMAC-SHA256 SignedHeaders={NAMES}&Signature="), SignatureError::Mismatch);
}

proptest::proptest! {
    #[test]
    fn no_header_is_too_strange(value in ".*", date in ".*", hash in ".*", host in ".*") {
        let authorization = format!("HMAC-SHA256 {value}");
        for authorization in [value.as_str(), authorization.as_str()] {
            let headers = [
                ("host", host.as_str()),
                ("x-ms-date", &date),
                ("x-ms-content-sha256", &hash),
                ("authorization", authorization),
            ];
            let head = SignedHead { method: "POST", target: TARGET, headers: &headers };
            assert!(SignatureRules::default().verify(&head, &[access_key(KEY)], NOW).is_err());
        }
    }
}
