//! Sounds from files, words and the platform itself.

mod files;
mod hold_music;
mod shelf;
mod words;
