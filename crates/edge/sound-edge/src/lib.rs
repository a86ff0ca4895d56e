//! From a `PlaySource` to a sound in memory: fetched or spoken, decoded, cached.

mod library;

pub use library::SoundLibrary;
