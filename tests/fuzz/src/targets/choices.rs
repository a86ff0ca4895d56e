//! Lists of choices of strangers, and what callers say: a line with what is said, then a line for each choice.

pub(super) fn run(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        speech_edge::fuzzing::choices(text);
    }
}
