//! The sound that a provider of voices sends: a byte that says how it is cut, and then the sound.

pub(super) fn run(bytes: &[u8]) {
    if let Some((cut, sound)) = bytes.split_first() {
        speech_edge::fuzzing::spoken_sound(sound, usize::from(*cut));
    }
}
