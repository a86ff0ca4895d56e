//! Organizations through the face of the crate.

mod contradictions;
mod directory;
