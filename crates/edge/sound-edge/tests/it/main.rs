//! Sounds from files, words and the platform itself.

mod files;
mod shelf;
mod words;
