//! The media of one call as a value: 20 ms graphs that mix and play.
//!
//! A [`Graph`] belongs to one call. Each frame, its owner hands in what every
//! leg said, lets the graph [`advance`](Graph::advance), and takes what every
//! leg hears. In between nothing is allocated.

mod graph;

mod mixer;
mod player;

mod frame;
mod sound;

pub use frame::{Codes, FRAME_MS, FRAME_SAMPLES, RATE_HZ, Samples};
pub use graph::{Graph, Seat};
pub use sound::Sound;
