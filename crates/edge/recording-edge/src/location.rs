//! Under which addresses a file and what belongs to it are found.

use media_plan::RecordingFormat;

use crate::document::{DocumentId, extension};

/// The three addresses of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Locations {
    pub(crate) content: String,
    pub(crate) metadata: String,
    pub(crate) delete: String,
}

/// At this server.
pub(crate) fn here(origin: &str, document: &DocumentId, format: RecordingFormat) -> Locations {
    let object = format!("{origin}/v1/objects/{document}");
    Locations {
        content: format!("{object}/content/{}", kind(format)),
        metadata: format!("{object}/content/acsmetadata"),
        delete: object,
    }
}

/// The last part of the address of what is heard.
const fn kind(format: RecordingFormat) -> &'static str {
    match format {
        RecordingFormat::Wav | RecordingFormat::Mp3 => "audio",
        RecordingFormat::Mp4 => "video",
    }
}

/// The names that a file and its metadata have in a container of somebody else: by day, call and recording.
pub(crate) fn names(
    day: &str,
    call: &str,
    recording: &str,
    position: i64,
    format: RecordingFormat,
) -> (String, String) {
    let folder = format!("{day}/{call}/{recording}");
    let ending = extension(format);
    (
        format!("{folder}/{position}-{}{ending}.{ending}", kind(format)),
        format!("{folder}/{position}-acsmetadata.json"),
    )
}
