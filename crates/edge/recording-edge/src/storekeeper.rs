//! Whole files are brought to their storage and announced; what has been kept for long enough is deleted.
//!
//! A storage that hangs keeps a few tasks waiting, never the files of others: those that stay here are not
//! behind any that travel, and [`Underway`] says who may set out.

use std::sync::{Arc, Weak};
use std::time::Duration;

use acs::grid::{RecordingChunk, RecordingFileStatusUpdated};
use acs::timestamp;
use bytes::Bytes;
use media_plan::RecordingFormat;
use store::{FilesToStore, Recording, RecordingFile, RecordingFileState, StoreError, Write};
use tokio::task::{self, JoinError, JoinSet};

use crate::announcement::FileIsThere;
use crate::document::{DocumentId, extension};
use crate::file_row;
use crate::location::{self, Locations};
use crate::metadata;
use crate::recordings::Core;
use crate::shelf::Shelf;
use crate::storage;
use crate::underway::{MOST, MOST_EACH, Outcome, Underway};
use crate::upload::{self, UploadError};

/// How often somebody looks for files whose time has come.
const PACE: Duration = Duration::from_secs(1);
/// How long a file waits after it was not taken: twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// After so many attempts the application is told that the file is here; it is tried further.
const PATIENCE: i64 = 4;
/// Files that no storage takes are given up after this time, or when they have been kept for as long as
/// others, whichever is later.
const LAST_HOPE: Duration = Duration::from_secs(7 * 24 * 3_600);

pub(crate) fn start(core: &Arc<Core>) {
    tokio::spawn(keep(Arc::downgrade(core)));
    tokio::spawn(tidy(Arc::downgrade(core)));
}

async fn keep(core: Weak<Core>) {
    let mut carrier = Carrier::default();
    loop {
        let Some(core) = core.upgrade() else { return };
        if let Err(error) = carrier.set_out(&core).await {
            later(&error);
            // The store fails: it is not asked again for whatever comes back.
            tokio::time::sleep(PACE).await;
        }
        tokio::select! {
            _ = tokio::time::timeout(PACE, core.to_store.notified()) => {}
            Some(back) = carrier.tasks.join_next_with_id() => carrier.return_of(back, (core.clock)().unix_us()),
        }
    }
}

async fn tidy(core: Weak<Core>) {
    loop {
        {
            let Some(core) = core.upgrade() else { return };
            let tidied = async {
                measure(&core).await?;
                sweep(&core).await
            };
            if let Err(error) = tidied.await {
                later(&error);
            }
        }
        tokio::time::sleep(PACE).await;
    }
}

fn later(error: &StoreError) {
    tracing::warn!(%error, "files of recordings are looked after later: cannot {error}");
}

/// Brings files to their storages.
#[derive(Default)]
struct Carrier {
    tasks: JoinSet<Result<Outcome, StoreError>>,
    underway: Underway<task::Id>,
}

impl Carrier {
    /// Files whose time has come: those that stay here are announced at once, others set out as there is room.
    async fn set_out(&mut self, core: &Arc<Core>) -> Result<(), StoreError> {
        let everything_leaves = core.container.is_some();
        loop {
            let may_leave = self.underway.has_room();
            if everything_leaves && !may_leave {
                return Ok(());
            }
            let now_us = (core.clock)().unix_us();
            let passed_over = self.underway.passed_over(now_us).into_iter().map(str::to_owned).collect();
            let wanted = FilesToStore {
                now_us,
                most_each: MOST_EACH as i64,
                most: MOST as i64,
                everything_leaves,
                may_leave,
                passed_over,
                full: self.underway.full_resources().into_iter().map(str::to_owned).collect(),
            };
            let mut stayed = 0;
            for file in core.store.recording_files_to_store(&wanted).await? {
                let Some(recording) = core.store.recording(&file.recording).await? else {
                    core.store.write(vec![Write::RemoveRecordingFile(file.document)]).await?;
                    continue;
                };
                let (document, resource) = (file.document.clone(), recording.resource.clone());
                if recording.destination.is_none() && !everything_leaves {
                    match put_away(core, recording, file).await {
                        Ok(_) => stayed += 1,
                        Err(error) => {
                            later(&error);
                            self.underway.hold(document, now_us);
                        }
                    }
                } else if self.underway.may_set_out(&resource) {
                    let core = Arc::clone(core);
                    let task = self.tasks.spawn(async move { put_away(&core, recording, file).await });
                    self.underway.set_out(task.id(), resource, document);
                }
            }
            if stayed == 0 {
                return Ok(());
            }
        }
    }

    fn return_of(&mut self, back: Result<(task::Id, Result<Outcome, StoreError>), JoinError>, now_us: i64) {
        let (id, outcome) = match back {
            Ok((id, Ok(outcome))) => (id, outcome),
            Ok((id, Err(error))) => {
                later(&error);
                (id, Outcome::Lost)
            }
            Err(error) => {
                tracing::error!(%error, "a file of a recording is looked after later: its task failed");
                (error.id(), Outcome::Lost)
            }
        };
        self.underway.return_of(&id, outcome, now_us);
    }
}

/// Brings one file to its storage, or notes that it could not be.
async fn put_away(
    core: &Arc<Core>,
    recording: Recording,
    file: RecordingFile,
) -> Result<Outcome, StoreError> {
    let format = file_row::format(&file).unwrap_or(RecordingFormat::Wav);
    let now_us = (core.clock)().unix_us();
    match store_file(core, &recording, &file, format).await {
        Ok(location) => {
            let stored = RecordingFile {
                state: RecordingFileState::Stored,
                location: location.clone(),
                next_attempt_us: None,
                problem: None,
                expires_us: Some(now_us.saturating_add(core.settings.keep.as_micros() as i64)),
                ..file.clone()
            };
            tell(core, &recording, stored, format).await?;
            meter::RECORDING_FILES.count([]);
            if location.is_some() {
                let path = Shelf::of(core, &recording).path(&file);
                if let Err(error) = tokio::fs::remove_file(&path).await {
                    tracing::warn!(%error, "a file that is stored could not be removed here: {error}");
                }
            }
            Ok(Outcome::Stored)
        }
        Err(problem) => {
            meter::RECORDING_FAILURES.count(["storage"]);
            tracing::warn!(
                recording.id = recording.id,
                "file {} of recording {} is kept here and tried again: cannot {problem}",
                file.position,
                recording.id
            );
            let attempts = file.attempts + 1;
            let postponed = RecordingFile {
                attempts,
                next_attempt_us: Some(now_us.saturating_add(wait(attempts).as_micros() as i64)),
                problem: Some(problem),
                expires_us: Some(given_up_us(core, &file)),
                ..file
            };
            if attempts >= PATIENCE && !postponed.announced {
                tell(core, &recording, postponed, format).await?;
            } else {
                core.store.write(vec![Write::ChangeRecordingFile(postponed)]).await?;
            }
            Ok(Outcome::Refused)
        }
    }
}

fn given_up_us(core: &Core, file: &RecordingFile) -> i64 {
    let hope = LAST_HOPE.max(core.settings.keep);
    file.started_us.saturating_add(file.lasted_ms * 1_000).saturating_add(hope.as_micros() as i64)
}

fn wait(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT)
}

/// Gives the name under which the file lies in its storage; none when it stays here.
async fn store_file(
    core: &Arc<Core>,
    recording: &Recording,
    file: &RecordingFile,
    format: RecordingFormat,
) -> Result<Option<String>, String> {
    let shelf = Shelf::of(core, recording);
    let Some(container) = shelf.container().map_err(|error| error.to_string())? else { return Ok(None) };
    let path = shelf.path(file);
    let words = |error: UploadError| error.to_string();
    if recording.destination.is_none() {
        let name = format!("{}.{}", file.document, extension(format));
        upload::file(&container, &name, &path).await.map_err(words)?;
        return Ok(Some(name));
    }
    let (name, beside) = external_names(recording, file, format);
    upload::file(&container, &name, &path).await.map_err(words)?;
    let text = Bytes::from(metadata::of(recording, file).to_string());
    upload::small(&container, &beside, text).await.map_err(words)?;
    Ok(Some(name))
}

fn external_names(recording: &Recording, file: &RecordingFile, format: RecordingFormat) -> (String, String) {
    let day: String =
        timestamp::zulu(recording.started_us).chars().take(10).filter(|letter| *letter != '-').collect();
    location::names(&day, &recording.call, &recording.id, file.position, format)
}

/// The subscribers are told once, together with what changes.
async fn tell(
    core: &Arc<Core>,
    recording: &Recording,
    file: RecordingFile,
    format: RecordingFormat,
) -> Result<(), StoreError> {
    if file.announced {
        return core.store.write(vec![Write::ChangeRecordingFile(file)]).await;
    }
    let fact = fact(core, recording, &file, format);
    let announced = Write::ChangeRecordingFile(RecordingFile { announced: true, ..file });
    match fact {
        Some(fact) => (core.announce)(fact, vec![announced]).await,
        None => core.store.write(vec![announced]).await,
    }
}

fn fact(
    core: &Core,
    recording: &Recording,
    file: &RecordingFile,
    format: RecordingFormat,
) -> Option<FileIsThere> {
    let (resource, call, id) =
        (recording.resource.parse().ok()?, recording.call.parse().ok()?, recording.id.parse().ok()?);
    let Locations { content, metadata, delete } = locations(core, recording, file, format)?;
    let end_reason = file.end_reason.clone().unwrap_or_else(|| "SessionEnded".to_owned());
    let session_end_reason = match end_reason.as_str() {
        "SessionEnded" => recording.end_reason.clone().unwrap_or_else(|| "CallEnded".to_owned()),
        _ => "SessionStillOngoing".to_owned(),
    };
    let data = RecordingFileStatusUpdated {
        call,
        recording: id,
        chunks: vec![RecordingChunk {
            document_id: file.document.clone(),
            index: file.position,
            end_reason,
            content_location: content,
            metadata_location: metadata,
            delete_location: delete,
        }],
        started_us: file.started_us,
        duration_ms: file.lasted_ms,
        session_end_reason,
        content_type: match format {
            RecordingFormat::Wav | RecordingFormat::Mp3 => "Audio",
            RecordingFormat::Mp4 => "AudioVideo",
        },
        channel_type: if recording.unmixed { "Unmixed" } else { "Mixed" },
        format_type: match format {
            RecordingFormat::Wav => "Wav",
            RecordingFormat::Mp3 => "Mp3",
            RecordingFormat::Mp4 => "Mp4",
        },
    };
    Some(FileIsThere { resource, call, data })
}

/// In a container of somebody else they find it there; all other files are found through this server.
fn locations(
    core: &Core,
    recording: &Recording,
    file: &RecordingFile,
    format: RecordingFormat,
) -> Option<Locations> {
    let here = location::here(&core.settings.origin, &file.document.parse::<DocumentId>().ok()?, format);
    if recording.destination.is_none() || file.location.is_none() {
        return Some(here);
    }
    let container = recording.destination.as_deref().map(storage::without_secrets)?;
    let (content, metadata) = external_names(recording, file, format);
    let at = |name: &str| format!("{container}/{name}");
    Some(Locations { delete: at(&content), metadata: at(&metadata), content: at(&content) })
}

/// What has been kept for long enough is deleted.
async fn sweep(core: &Arc<Core>) -> Result<(), StoreError> {
    let now_us = (core.clock)().unix_us();
    for file in core.store.expired_recording_files(now_us, 100).await? {
        let Some(recording) = core.store.recording(&file.recording).await? else {
            core.store.write(vec![Write::RemoveRecordingFile(file.document)]).await?;
            continue;
        };
        if file.state != RecordingFileState::Stored {
            tracing::error!(
                recording.id = recording.id,
                "file {} of recording {} is lost: no storage took it in all its time",
                file.position,
                recording.id
            );
        }
        match Shelf::of(core, &recording).remove(&file).await {
            Ok(()) => core.store.write(vec![Write::RemoveRecordingFile(file.document)]).await?,
            Err(error) => {
                meter::RECORDING_FAILURES.count(["storage"]);
                tracing::warn!(recording.id = recording.id, %error, "a file is deleted later: cannot {error}");
                let later = RecordingFile {
                    expires_us: Some(now_us.saturating_add(LONGEST_WAIT.as_micros() as i64)),
                    ..file
                };
                core.store.write(vec![Write::ChangeRecordingFile(later)]).await?;
            }
        }
    }
    Ok(())
}

async fn measure(core: &Core) -> Result<(), StoreError> {
    let (files, bytes) = core.store.waiting_recording_files().await?;
    meter::RECORDING_FILES_WAITING.set([], files as f64);
    meter::RECORDING_BYTES_WAITING.set([], bytes as f64);
    Ok(())
}
