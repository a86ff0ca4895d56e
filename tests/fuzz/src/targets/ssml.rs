//! SSML documents of strangers, and what is handed to the synthesizer.

pub(super) fn run(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        speech_edge::fuzzing::ssml(text);
    }
}
