//! Recordings (contract §6.8).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::calling::call_setup::CallLocator;
use crate::identifier_model::Identifier;
use crate::spelling::spelled;

/// `POST /calling/recordings`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartCallRecordingRequest {
    /// Which call; or `call_connection_id`.
    pub call_locator: Option<CallLocator>,
    /// Which call; or `call_locator`.
    pub call_connection_id: Option<String>,
    /// Where the events go.
    pub recording_state_callback_uri: Option<Arc<str>>,
    /// Audio and video when absent.
    pub recording_content_type: Option<RecordingContentType>,
    /// Mixed when absent.
    pub recording_channel_type: Option<RecordingChannelType>,
    /// MP4 when absent.
    pub recording_format_type: Option<RecordingFormatType>,
    /// Who gets which channel, by order.
    pub audio_channel_participant_ordering: Option<Vec<Identifier>>,
    /// Who gets which channel, by number.
    pub channel_affinity: Option<Vec<ChannelAffinity>>,
    /// Begins paused.
    pub pause_on_start: Option<bool>,
    /// Where the files go.
    pub external_storage: Option<ExternalStorage>,
}

/// The answer to start and to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordingStateResponse {
    /// The recording.
    pub recording_id: String,
    /// Whether what is said now is kept.
    pub recording_state: RecordingState,
    /// Who records.
    pub recording_kind: RecordingKind,
}

/// Who gets which channel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelAffinity {
    /// 0 to 4.
    pub channel: Option<i64>,
    /// Who.
    pub participant: Identifier,
}

/// Where the files go.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExternalStorage {
    /// Which storage.
    pub recording_storage_kind: RecordingStorageKind,
    /// Its container.
    pub recording_destination_container_url: Option<Arc<str>>,
}

spelled! {
    /// What is recorded.
    #[allow(missing_docs)]
    pub enum RecordingContentType {
        Audio = "audio",
        AudioVideo = "audioVideo",
    }
}

spelled! {
    /// How many channels there are.
    #[allow(missing_docs)]
    pub enum RecordingChannelType {
        Mixed = "mixed",
        Unmixed = "unmixed",
    }
}

spelled! {
    /// The kind of file.
    #[allow(missing_docs)]
    pub enum RecordingFormatType {
        Wav = "wav",
        Mp3 = "mp3",
        Mp4 = "mp4",
    }
}

spelled! {
    /// Which storage.
    #[allow(missing_docs)]
    pub enum RecordingStorageKind {
        AzureCommunicationServices = "azureCommunicationServices",
        AzureBlobStorage = "azureBlobStorage",
    }
}

spelled! {
    /// Whether it runs.
    #[allow(missing_docs)]
    pub enum RecordingState {
        Active = "active",
        Inactive = "inactive",
    }
}

spelled! {
    /// Who records.
    #[allow(missing_docs)]
    pub enum RecordingKind {
        AzureCommunicationServices = "azureCommunicationServices",
        Teams = "teams",
        TeamsCompliance = "teamsCompliance",
    }
}
