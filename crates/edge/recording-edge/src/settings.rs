//! What an operator decides about recordings.

use std::path::PathBuf;
use std::time::Duration;

use crate::storage::StorageSettings;

/// All of it.
#[derive(Clone, Debug)]
pub struct RecordingSettings {
    /// Where files are while they are made, and where they stay unless there is a storage.
    pub folder: PathBuf,
    /// When a file is followed by another one.
    pub chunks: ChunkLimits,
    /// How long files are kept.
    pub keep: Duration,
    /// Threads that write.
    pub threads: usize,
    /// Recordings of one resource at the same time.
    pub at_once: usize,
    /// Bytes of all files of one resource; none is begun beyond.
    pub bytes_per_resource: Option<u64>,
    /// The longest that a storage may take for one request; it is sent at most 8 MiB with it.
    pub storage_patience: Duration,
    /// Where files go that need not go anywhere else; they stay in the folder when absent.
    pub storage: Option<StorageSettings>,
    /// Containers that applications may name, and that the keys of `storage` open: nobody else's keys are
    /// lent to an application.
    pub destinations: Vec<String>,
    /// What locations of files begin with: scheme, host and port, without a slash.
    pub origin: String,
}

/// When a file is followed by another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkLimits {
    /// The longest.
    pub length: Duration,
    /// The largest, at most [`ChunkLimits::MOST_BYTES`].
    pub bytes: u64,
}

impl ChunkLimits {
    /// A WAV file cannot say more.
    pub const MOST_BYTES: u64 = 4 << 30;
}

impl Default for ChunkLimits {
    fn default() -> Self {
        Self { length: Duration::from_secs(4 * 3_600), bytes: 3 << 30 }
    }
}

impl RecordingSettings {
    /// What holds when nobody says anything, for a folder and an origin.
    pub fn new(folder: PathBuf, origin: String) -> Self {
        Self {
            folder,
            chunks: ChunkLimits::default(),
            keep: Duration::from_secs(24 * 3_600),
            threads: 1,
            at_once: 1_000,
            bytes_per_resource: None,
            storage_patience: Duration::from_secs(60),
            storage: None,
            destinations: Vec::new(),
            origin,
        }
    }
}
