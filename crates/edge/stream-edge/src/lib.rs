//! WebSockets of applications: sound that they hear and say (contract: Call Automation §12), and what was said in
//! a call as text (§13).
//!
//! [`Streams`] and [`Transcripts`] are [keepers](media_edge::TapKeeper) of taps. Each tap has a task with one
//! connection, which the platform dials: the application is the server. A frame goes from the ring of its tap into
//! a text message without a stop in between, so an application that does not read loses frames there, counted, and
//! holds up nobody.

mod streams;
mod surroundings;
mod transcripts;

mod app_message;
mod audio_frames;
mod connection;
mod pacer;
mod session;
mod speakers;
mod timestamp;
mod transcript;
mod transcript_frames;

pub use streams::Streams;
pub use surroundings::{SocketToken, StreamClock, StreamSurroundings};
pub use transcripts::Transcripts;
