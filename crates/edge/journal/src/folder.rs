//! The files of a journal: numbered segments in a folder of their own.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Under the data folder.
const NAME: &str = "journal";

/// One file of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub number: u64,
    pub path: PathBuf,
    pub length: u64,
}

/// The folder of the journal in a data folder.
pub(crate) fn of(data: &Path) -> PathBuf {
    data.join(NAME)
}

/// Makes the folder, for its owner only.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// All segments, the oldest first.
pub(crate) fn segments(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for file in fs::read_dir(folder)? {
        let file = file?;
        let number = file.file_name().to_str().and_then(number);
        if let (Some(number), Ok(facts)) = (number, file.metadata()) {
            segments.push(Segment { number, path: file.path(), length: facts.len() });
        }
    }
    segments.sort_by_key(|segment| segment.number);
    Ok(segments)
}

fn number(name: &str) -> Option<u64> {
    name.strip_suffix(".journal")?.parse().ok()
}

/// A new segment, for its owner only.
pub(crate) fn create(folder: &Path, number: u64) -> io::Result<(File, PathBuf)> {
    let path = folder.join(format!("{number:010}.journal"));
    let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path)?;
    Ok((file, path))
}

/// Deletes the oldest segments until `room` more bytes fit under `most`.
pub(crate) fn make_room(folder: &Path, room: u64, most: u64) -> io::Result<()> {
    let segments = segments(folder)?;
    let mut total: u64 = segments.iter().map(|segment| segment.length).sum();
    for segment in segments {
        if total + room <= most {
            break;
        }
        fs::remove_file(&segment.path)?;
        total -= segment.length;
    }
    Ok(())
}
