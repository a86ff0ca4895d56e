//! A file that nothing more is added to becomes whole, durable, and is handed on.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use media_plan::RecordingFormat;
use store::{RecordingFile, RecordingFileState, StoreError, Write};

use crate::channels::MOST_CHANNELS;
use crate::file_row;
use crate::recordings::Core;
use crate::repair::repair;
use crate::take::{ChunkEnd, FinishedFile, SessionEnd};
use crate::wav;

/// Finishes a file of this process.
pub(crate) async fn finish(core: &Arc<Core>, finished: FinishedFile) {
    let FinishedFile { facts, bytes, why } = finished;
    let path = core.settings.folder.join(facts.document.file_name(facts.format));
    let (channels, used) = (facts.channels, facts.used);
    let polished =
        tokio::task::spawn_blocking(move || polish(&path, channels, used)).await.map_err(io::Error::other);
    let (bytes, channels) = match polished.flatten() {
        Ok(polished) => polished,
        Err(error) => {
            // What is there can be heard all the same.
            meter::RECORDING_FAILURES.count(["disk"]);
            tracing::warn!(document = %facts.document, %error, "a recording could not be made durable: {error}");
            (bytes, channels)
        }
    };
    let row = RecordingFile {
        bytes: bytes as i64,
        channels: channels as i64,
        end_reason: Some(why.as_str().to_owned()),
        ..file_row::of(&facts)
    };
    hand_on(core, row, why).await;
}

/// Finishes the files that a former process left in the making, and ends its recordings.
pub(crate) async fn finish_what_died(core: &Arc<Core>) -> Result<(), StoreError> {
    let now_us = (core.clock)().unix_us();
    for file in core.store.unfinished_recording_files().await? {
        let (Some(format), path) = (file_row::format(&file), core.settings.folder.join(&file.file)) else {
            continue;
        };
        let channels = usize::try_from(file.channels).unwrap_or(1).max(1);
        let repaired = tokio::task::spawn_blocking(move || repair_and_polish(&path, format, channels)).await;
        let gone = Write::RemoveRecordingFile(file.document.clone());
        let ended = Write::EndRecording {
            id: file.recording.clone(),
            ended_us: now_us,
            reason: SessionEnd::Restarted.as_str().to_owned(),
        };
        match repaired.map_err(io::Error::other).flatten() {
            Ok(whole) => {
                tracing::warn!(
                    recording.id = file.recording,
                    "recording {} was cut off when the server died; {} ms of it are kept",
                    file.recording,
                    whole.lasted_ms
                );
                let why = ChunkEnd::SessionEnded(SessionEnd::Restarted);
                let row = RecordingFile {
                    bytes: whole.bytes as i64,
                    lasted_ms: whole.lasted_ms as i64,
                    channels: whole.channels as i64,
                    end_reason: Some(why.as_str().to_owned()),
                    ..file
                };
                hand_on(core, row, why).await;
            }
            // Nothing had been written when the process died.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                core.store.write(vec![ended, gone]).await?;
            }
            Err(error) => {
                meter::RECORDING_FAILURES.count(["disk"]);
                tracing::error!(recording.id = file.recording, %error, "recording {} cannot be repaired: {error}", file.recording);
                core.store.write(vec![ended]).await?;
            }
        }
    }
    for recording in core.store.open_recordings().await? {
        let reason = SessionEnd::Restarted.as_str().to_owned();
        core.store.write(vec![Write::EndRecording { id: recording.id, ended_us: now_us, reason }]).await?;
    }
    Ok(())
}

/// The row says that the file is whole; the storekeeper does the rest.
async fn hand_on(core: &Arc<Core>, row: RecordingFile, why: ChunkEnd) {
    let now_us = (core.clock)().unix_us();
    let row = RecordingFile { state: RecordingFileState::Finished, next_attempt_us: Some(now_us), ..row };
    let mut writes = vec![Write::ChangeRecordingFile(row.clone())];
    if let ChunkEnd::SessionEnded(reason) = why {
        let reason = reason.as_str().to_owned();
        writes.push(Write::EndRecording { id: row.recording.clone(), ended_us: now_us, reason });
    }
    if let Err(error) = core.store.write(writes).await {
        // The file stays; the next start finds it in the making and hands it on.
        meter::RECORDING_FAILURES.count(["store"]);
        tracing::error!(%error, "the file {} of a recording waits for the next start: cannot {error}", row.file);
    }
    core.to_store.notify_one();
}

struct Whole {
    bytes: u64,
    lasted_ms: u64,
    channels: usize,
}

fn repair_and_polish(path: &Path, format: RecordingFormat, channels: usize) -> io::Result<Whole> {
    let repaired = repair(path, format, channels)?;
    let mut whole = Whole { bytes: repaired.bytes, lasted_ms: repaired.lasted_ms, channels };
    if channels == MOST_CHANNELS {
        let used = wav::used(&File::open(path)?, channels)?;
        (whole.bytes, whole.channels) = polish(path, channels, used)?;
    }
    Ok(whole)
}

/// Takes the channels of nobody out of an unmixed file, and waits until the disk has it. Gives its bytes and channels.
fn polish(path: &Path, channels: usize, used: usize) -> io::Result<(u64, usize)> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    if used >= channels {
        file.sync_all()?;
        return Ok((file.metadata()?.len(), channels));
    }
    let slim = path.with_extension("slim");
    let narrowed = narrow(&file, &slim, channels, used);
    let bytes = match narrowed {
        Ok(bytes) => bytes,
        // No room for both: the wide file is as good.
        Err(_) => {
            let _ = std::fs::remove_file(&slim);
            file.sync_all()?;
            return Ok((file.metadata()?.len(), channels));
        }
    };
    std::fs::rename(&slim, path)?;
    Ok((bytes, used))
}

fn narrow(file: &File, slim: &Path, channels: usize, used: usize) -> io::Result<u64> {
    let to = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(slim)?;
    let bytes = wav::narrow(file, &to, channels, used)?;
    to.sync_all()?;
    Ok(bytes)
}
