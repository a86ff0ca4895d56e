//! Signs requests the way a client does.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clock::Now;
use redact::Secret;
use tenant::AccessKey;

/// The key of the recordings.
pub const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

/// The moment of the recordings: 2026-11-21T02:33:00Z.
pub const NOW: Now = Now::new(0, 1_795_228_380_000_000);

pub fn access_key(bytes: &[u8]) -> AccessKey {
    Secret::new(bytes.into())
}

pub fn content_hash(body: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, body))
}

/// The `Authorization` header for these values of the headers `names`.
pub fn authorization(method: &str, target: &str, names: &str, values: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, KEY);
    let signature = hmac::sign(&key, format!("{method}\n{target}\n{values}").as_bytes());
    format!("HMAC-SHA256 SignedHeaders={names}&Signature={}", STANDARD.encode(signature))
}
