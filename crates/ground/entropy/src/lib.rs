//! Seeded randomness, handed in and never drawn.
//!
//! One [`Entropy`] belongs to one owner. Production seeds it from the
//! operating system (at the edge); a test seeds it with a number, and the same
//! number gives the same ids, tags and jitter.

mod entropy;

pub use entropy::{Entropy, Seed};
