//! Sound that is kept.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{CommunicationIdentifier, RecordingId, ResourceId};

/// A file in the making.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Recording {
    /// ACS `recordingId`.
    pub id: RecordingId,
    /// Whose it is.
    pub resource: ResourceId,
    /// What kind of file.
    pub format: RecordingFormat,
    /// Voices apart, each in a channel of its own (WAV only, at most 5); else mixed in one.
    pub unmixed: bool,
    /// Who speaks in which channel, from 0; others take the channels that are left as they come.
    pub channels: Vec<Option<CommunicationIdentifier>>,
    /// What is heard is left out, not silenced.
    pub paused: bool,
    /// Somebody has stopped it; without this it ends with its call.
    pub is_stopped: bool,
    /// Where the file goes in the end, an address of a container; the platform's own storage otherwise.
    pub destination: Option<Arc<str>>,
}

/// ACS `recordingFormatType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RecordingFormat {
    /// 16 kHz, 16 bit PCM.
    Wav,
    /// 16 kHz, 48 kbit/s.
    Mp3,
    /// Video as well. Until there is video, an MP4 file of sound.
    Mp4,
}
