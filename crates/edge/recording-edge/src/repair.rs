//! What a crash left of a file that was being written.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use media_plan::RecordingFormat;

use crate::frame::RATE_HZ;
use crate::{mp4, wav};

/// A file that is whole again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repaired {
    pub(crate) bytes: u64,
    pub(crate) lasted_ms: u64,
}

/// Of MP3 at a constant rate.
const MP3_BYTES_PER_SECOND: u64 = 48_000 / 8;

/// Makes a file whole: what can be heard of it stays.
pub(crate) fn repair(path: &Path, format: RecordingFormat, channels: usize) -> io::Result<Repaired> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let repaired = match format {
        RecordingFormat::Wav => {
            let bytes = wav::repair(&file, channels as u16)?;
            let blocks = (bytes - wav::HEADER_BYTES as u64) / (2 * channels as u64);
            Repaired { bytes, lasted_ms: blocks * 1_000 / u64::from(RATE_HZ) }
        }
        RecordingFormat::Mp3 => {
            let bytes = file.metadata()?.len();
            Repaired { bytes, lasted_ms: bytes * 1_000 / MP3_BYTES_PER_SECOND }
        }
        RecordingFormat::Mp4 => {
            let whole = mp4::repair(&file)?;
            Repaired { bytes: whole.bytes, lasted_ms: whole.lasted_ms }
        }
    };
    file.sync_all()?;
    Ok(repaired)
}
