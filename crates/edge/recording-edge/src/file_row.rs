//! From what is known of a file to its row, and back.

use identifier::CallId;
use media_plan::{Recording, RecordingFormat};
use store::{RecordingFile, RecordingFileState};

use crate::channels::MOST_CHANNELS;
use crate::details::Details;
use crate::document::{DocumentId, extension};
use crate::take::FileFacts;

/// A recording that begins.
pub(crate) fn recording(recording: &Recording, call: CallId, now_us: i64) -> store::Recording {
    store::Recording {
        id: recording.id.to_string(),
        resource: recording.resource.to_string(),
        call: call.to_string(),
        format: extension(recording.format).to_owned(),
        unmixed: recording.unmixed,
        destination: recording.destination.as_deref().map(str::to_owned),
        started_us: now_us,
        ended_us: None,
        end_reason: None,
    }
}

/// The first file of a recording, before anything is in it.
pub(crate) fn opened(recording: &Recording, document: &DocumentId, now_us: i64) -> RecordingFile {
    of(&FileFacts {
        recording: recording.id,
        document: document.clone(),
        position: 0,
        format: recording.format,
        channels: if recording.unmixed { MOST_CHANNELS } else { 1 },
        used: 1,
        started_us: now_us,
        lasted_ms: 0,
        details: Details::default(),
    })
}

/// A file that is being written.
pub(crate) fn of(facts: &FileFacts) -> RecordingFile {
    RecordingFile {
        document: facts.document.to_string(),
        recording: facts.recording.to_string(),
        position: i64::from(facts.position),
        state: RecordingFileState::Writing,
        file: facts.document.file_name(facts.format),
        channels: facts.channels as i64,
        started_us: facts.started_us,
        lasted_ms: facts.lasted_ms as i64,
        bytes: 0,
        details: facts.details.to_text(),
        end_reason: None,
        location: None,
        announced: false,
        attempts: 0,
        next_attempt_us: None,
        problem: None,
        expires_us: None,
    }
}

/// The format of a file, by the end of its name.
pub(crate) fn format(file: &RecordingFile) -> Option<RecordingFormat> {
    crate::document::format_named(file.file.rsplit_once('.')?.1)
}
