//! Raw ids, phone numbers, ids of calls, identifiers in JSON, and paths that name them.

use acs::identifier_model::Identifier;
use http_kit::OperationPath;
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, PhoneNumber};

pub(super) fn run(bytes: &[u8]) {
    if let Ok(model) = serde_json::from_slice::<Identifier>(bytes) {
        check_model(&model);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check_raw_id(text);
    if let Ok(number) = text.parse::<PhoneNumber>() {
        assert_eq!(number.as_str(), text);
        assert!((3..=16).contains(&text.len()) && text.is_ascii());
        assert_eq!(number.digits(), &text[1..]);
    }
    if let Ok(id) = text.parse::<CallConnectionId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    if let Ok(call) = CallId::from_server_call_id(text) {
        assert_eq!(CallId::from_server_call_id(&call.server_call_id()), Ok(call));
    }
    if let Some(path) = OperationPath::parse(text) {
        assert!(path.segments.len() <= 16);
        let decoded: usize = path.segments.iter().map(String::len).sum();
        assert!(decoded <= text.len(), "decoding makes nothing longer");
    }
}

fn check_raw_id(text: &str) {
    let identifier = CommunicationIdentifier::from_raw_id(text);
    // The old spelling `8:spool:` of a user with a tenant becomes the new one.
    if !text.starts_with("8:spool:") {
        assert_eq!(identifier.raw_id(), text);
    }
    assert_eq!(CommunicationIdentifier::from_raw_id(&identifier.raw_id()), identifier);
}

/// Identifiers are the same exactly when their raw ids are; writing and reading changes neither.
fn check_model(model: &Identifier) {
    let written = serde_json::to_vec(model).expect("an identifier is JSON");
    let read: Identifier = serde_json::from_slice(&written).expect("what we write can be read");
    assert_eq!(read.0.raw_id(), model.0.raw_id(), "{model:?}");
}
