//! Recordings of calls: from frames to files, to where files are kept, to whoever may have them.
//!
//! Threads of their own take frames from bounded rings, encode and write them; no call ever waits for
//! a disk. What is in the making is in the store before its first frame, so that the next start finishes
//! what a crash interrupted. A file that is finished goes to its storage, is announced to the subscribers
//! of its resource, and is kept for as long as the operator says.

mod announcement;
mod recordings;
mod settings;

mod finishing;
mod repair;
mod storekeeper;

mod chunk_file;
mod take;
mod underway;
mod writers;

mod channels;
mod encoder;
mod frame;
mod lame;
mod mp3;
mod mp4;
mod wav;

mod gate;
mod shelf;
mod storage;
mod upload;

mod details;
mod document;
mod file_row;
mod location;
mod metadata;

mod download;
#[doc(hidden)]
pub mod fuzzing;
mod range;

pub use announcement::{Announce, FileIsThere};
pub use download::RecordingRoutes;
pub use encoder::EncoderError;
pub use recordings::{RecordingReport, RecordingSurroundings, Recordings, StartError};
pub use settings::{ChunkLimits, RecordingSettings};
pub use storage::{ContainerError, StorageKind, StorageSettings};
pub use take::Clock;
