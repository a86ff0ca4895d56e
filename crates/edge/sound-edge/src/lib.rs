//! From a `PlaySource` to a sound in memory: fetched or spoken, decoded, cached.

mod hold_music;
mod library;
mod loading;

pub use hold_music::hold_music;
pub use library::{LibraryLimits, SoundLibrary};
