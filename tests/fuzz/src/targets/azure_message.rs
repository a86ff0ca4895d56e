//! What a provider of ears says on its WebSocket.

pub(super) fn run(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        speech_edge::fuzzing::azure_message(text);
    }
}
