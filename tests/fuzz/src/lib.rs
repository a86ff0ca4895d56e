//! Bad input: for every parser that meets the outside, a function that feeds it any bytes and
//! asserts what must hold.
//!
//! The same functions are run by the fuzzer (`cargo xtask fuzz`, which learns from coverage) and by
//! the tests (the committed corpus, and mutations of it from fixed seeds).

mod targets;

mod corpus;
mod mutation;

pub use corpus::{corpus_folder, seeds};
pub use mutation::Mutator;
pub use targets::{ALL, Target};
