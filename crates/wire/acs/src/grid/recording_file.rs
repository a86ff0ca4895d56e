//! A file of a recording can be downloaded.

use identifier::{CallId, RecordingId};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::timestamp;

/// `Microsoft.Communication.RecordingFileStatusUpdated`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingFileStatusUpdated {
    /// The call.
    pub call: CallId,
    /// The recording.
    pub recording: RecordingId,
    /// The files.
    pub chunks: Vec<RecordingChunk>,
    /// When the first of these files begins: microseconds since 1970.
    pub started_us: i64,
    /// How long they sound.
    pub duration_ms: i64,
    /// Why the recording ended; `SessionStillOngoing` while it goes on.
    pub session_end_reason: String,
    /// `Audio` or `AudioVideo`.
    pub content_type: &'static str,
    /// `Mixed` or `Unmixed`.
    pub channel_type: &'static str,
    /// `Wav`, `Mp3` or `Mp4`.
    pub format_type: &'static str,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordingChunk {
    /// Its name.
    pub document_id: String,
    /// Which part of the recording, from 0.
    pub index: i64,
    /// Why it ends: `SessionEnded`, `ChunkMaximumSizeExceeded`, `ChunkMaximumTimeExceeded`.
    pub end_reason: String,
    /// What is heard.
    pub content_location: String,
    /// What is known of it.
    pub metadata_location: String,
    /// `DELETE` this to delete it.
    pub delete_location: String,
}

impl RecordingFileStatusUpdated {
    pub(crate) fn subject(&self) -> String {
        let (call, recording) = (self.call, self.recording);
        format!("/recording/call/{call}/serverCallId/{}/recordingId/{recording}", call.server_call_id())
    }

    fn value(&self) -> Value {
        json!({
            "recordingStorageInfo": { "recordingChunks": self.chunks },
            "recordingStartTime": timestamp::zulu(self.started_us),
            "recordingDurationMs": self.duration_ms,
            "sessionEndReason": self.session_end_reason,
            "recordingContentType": self.content_type,
            "recordingChannelType": self.channel_type,
            "recordingFormatType": self.format_type,
        })
    }
}

impl Serialize for RecordingFileStatusUpdated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}
