//! The platform's engines in worlds that a seed makes up: virtual time, phones
//! and applications that misbehave, reports that arrive late and in any order
//! that the seams allow, and checkers that watch all of it.
//!
//! One seed, one world: a failure names its seed and the command that repeats it.

mod run;

mod world;

mod applications;
mod line;
mod media;
mod signaling;

mod watch;

mod post;

mod agenda;
mod neighborhood;
mod tally;

pub use agenda::Seed;
pub use run::{Failure, Summary, run, run_many};
pub use tally::Tally;
pub use world::World;
