//! A journal through its face: written by exchanges, read from files.

mod disk;
mod finding;
mod format;
mod replaying;
mod world;
