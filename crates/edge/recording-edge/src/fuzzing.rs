//! What is done with the bytes of strangers, for the fuzz target: it panics when something does not hold. No
//! part of the product uses this.

use axum::http::Method;

use crate::details::Details;
use crate::document::DocumentId;
use crate::download;
use crate::range::{Wanted, wanted};
use crate::storage;

/// A `Range` header, a path, an address of a container, what the store keeps of a file.
pub fn text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for length in [0, 1, 100, u64::MAX] {
        if let Wanted::Part(part) = wanted(Some(text), length) {
            assert!(part.start < part.end && part.end <= length, "{part:?} of {length}");
        }
    }
    let path = format!("/v1/objects/{text}");
    for method in [Method::GET, Method::DELETE] {
        let _ = download::asked(&method, &path);
    }
    if let Ok(document) = text.parse::<DocumentId>() {
        assert!(!document.as_str().contains(['/', '.']) && document.to_string() == text);
    }
    storage::read_address(text);
    let _ = storage::lies_in(text, "https://s3.example.org/bucket");
    let _ = Details::of_text(text).to_text();
}
