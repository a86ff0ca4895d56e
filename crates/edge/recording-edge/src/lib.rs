//! Recordings of calls: from frames to files, to where files are kept, to whoever may have them.
//!
//! Threads of their own take frames from bounded rings, encode and write them; no call ever waits for
//! a disk. What is in the making is in the store before its first frame, so that the next start finishes
//! what a crash interrupted. A file that is finished goes to its storage, is announced to the subscribers
//! of its resource, and is kept for as long as the operator says.

mod channels;
mod encoder;
mod frame;
mod lame;
mod mp3;
mod mp4;
mod wav;

pub use channels::MOST_CHANNELS;
pub use encoder::EncoderError;
pub use frame::{FRAME_MS, FRAME_SAMPLES, Flow, Frame, FrameSource, RATE_HZ, Voice, Voices};
