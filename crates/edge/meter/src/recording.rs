//! Recordings.

use crate::instrument::{Counter, Described, Gauge};
use crate::label::Label;

/// Recordings that go on.
pub static RECORDINGS: Gauge<0> =
    Gauge::new("ringdown_recordings", &[], "recordings that go on, paused or not");

/// Recorded frames.
pub static RECORDING_FRAMES: Counter<0> =
    Counter::new("ringdown_recording_frames_total", &[], "frames of 20 ms that were recorded");

/// Frames that could not be recorded.
pub static RECORDING_LOST_FRAMES: Counter<0> = Counter::new(
    "ringdown_recording_lost_frames_total",
    &[],
    "frames of 20 ms that came faster than the disk took them, and are silence in their files",
);

/// What went wrong.
pub static RECORDING_FAILURES: Counter<1> = Counter::new(
    "ringdown_recording_failures_total",
    &[Label::of("what", &["disk", "encoder", "storage", "limit", "store"])],
    "recordings that were broken off or not begun, and files that a storage did not take, by what failed",
);

/// Files that were stored.
pub static RECORDING_FILES: Counter<0> =
    Counter::new("ringdown_recording_files_total", &[], "files of recordings that reached their storage");

/// Files that wait.
pub static RECORDING_FILES_WAITING: Gauge<0> = Gauge::new(
    "ringdown_recording_files_waiting",
    &[],
    "files of recordings that their storage did not take, and that are tried again",
);

/// The same in bytes.
pub static RECORDING_BYTES_WAITING: Gauge<0> = Gauge::new(
    "ringdown_recording_bytes_waiting",
    &[],
    "bytes of files of recordings that their storage did not take, and that are tried again",
);

pub(crate) const ALL: &[Described] = &[
    RECORDINGS.described(),
    RECORDING_FRAMES.described(),
    RECORDING_LOST_FRAMES.described(),
    RECORDING_FAILURES.described(),
    RECORDING_FILES.described(),
    RECORDING_FILES_WAITING.described(),
    RECORDING_BYTES_WAITING.described(),
];
