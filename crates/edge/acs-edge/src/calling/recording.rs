//! Keeping the sound of a call (`/calling/recordings`, contract: Call Automation §6.8).

use std::sync::Arc;

use acs::calling as wire;
use axum::http::StatusCode;
use call_engine::{Callback, RecordingView, StartRecording};
use exchange::Command;
use http_kit::{Answer, ApiError};
use identifier::CommunicationIdentifier;
use media_plan::RecordingFormat;

use crate::asking::Asking;
use crate::calling::locator;
use crate::refusal;
use crate::validation;

const MOST_CHANNELS: usize = 5;

pub(crate) async fn start(asking: Asking) -> Result<Answer, ApiError> {
    let request: wire::StartCallRecordingRequest = asking.read()?;
    let recording = recording(&asking, &request)?;
    let resource = asking.resource();
    let named = request.call_connection_id.as_deref().filter(|id| !id.is_empty());
    let (command, status) = match (named, &request.call_locator) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid("callLocator", "name either it or callConnectionId, not both"));
        }
        // The outcome of a recording that is started by a connection follows as an event.
        (Some(id), None) => {
            let connection = id.parse().map_err(|_| refusal::call_not_found())?;
            (Command::RecordConnection { connection, resource, recording }, StatusCode::ACCEPTED)
        }
        (None, Some(locator)) => {
            let call = locator::call(locator)?;
            (Command::RecordCall { call, resource, recording }, StatusCode::OK)
        }
        (None, None) => {
            return Err(ApiError::invalid("callLocator", "it is missing: name a call or a callConnectionId"));
        }
    };
    let view = asking.recording(command).await?;
    Ok(Answer::json(status, &state(view)))
}

pub(crate) async fn get(asking: Asking) -> Result<Answer, ApiError> {
    let (recording, resource) = (asking.route.recording()?, asking.resource());
    let view = asking.recording(Command::Recording { recording, resource }).await?;
    Ok(Answer::json(StatusCode::OK, &state(view)))
}

pub(crate) async fn stop(asking: Asking) -> Result<Answer, ApiError> {
    let (recording, resource) = (asking.route.recording()?, asking.resource());
    asking.accepted(Command::StopRecording { recording, resource }).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

pub(crate) async fn pause(asking: Asking) -> Result<Answer, ApiError> {
    change(asking, true).await
}

pub(crate) async fn resume(asking: Asking) -> Result<Answer, ApiError> {
    change(asking, false).await
}

async fn change(asking: Asking, pause: bool) -> Result<Answer, ApiError> {
    let (recording, resource) = (asking.route.recording()?, asking.resource());
    asking.accepted(Command::PauseRecording { recording, resource, pause }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

fn state(view: RecordingView) -> wire::RecordingStateResponse {
    wire::RecordingStateResponse {
        recording_id: view.recording.to_string(),
        recording_state: if view.is_active {
            wire::RecordingState::Active
        } else {
            wire::RecordingState::Inactive
        },
        recording_kind: wire::RecordingKind::AzureCommunicationServices,
    }
}

fn recording(asking: &Asking, request: &wire::StartCallRecordingRequest) -> Result<StartRecording, ApiError> {
    let (format, unmixed) = format(request)?;
    let callback = request.recording_state_callback_uri.as_ref().filter(|uri| !uri.is_empty());
    let callback =
        callback.map(|uri| validation::web_address("recordingStateCallbackUri", uri)).transpose()?;
    Ok(StartRecording {
        format,
        unmixed,
        channels: channels(request)?,
        paused: request.pause_on_start.unwrap_or(false),
        destination: destination(request.external_storage.as_ref())?,
        announcement: asking.recording_announcement(),
        application: callback.map(|uri| asking.application(Callback::Uri(uri))),
    })
}

/// The file that is asked for. What is not said follows from what is; MP4 when nothing is.
fn format(request: &wire::StartCallRecordingRequest) -> Result<(RecordingFormat, bool), ApiError> {
    use wire::RecordingContentType::{Audio, AudioVideo};
    use wire::RecordingFormatType::{Mp3, Mp4, Wav};
    let unmixed = request.recording_channel_type == Some(wire::RecordingChannelType::Unmixed);
    let format = match (request.recording_format_type, request.recording_content_type) {
        (Some(format), _) => format,
        (None, _) if unmixed => Wav,
        (None, Some(Audio)) => Mp3,
        (None, Some(AudioVideo) | None) => Mp4,
    };
    let refused = |property: &str, reason: &str| Err(ApiError::invalid(property, reason));
    match (format, request.recording_content_type) {
        (Wav | Mp3, Some(AudioVideo)) => {
            return refused("recordingFormatType", "wav and mp3 hold audio only; audioVideo needs mp4");
        }
        (Mp4, Some(Audio)) => {
            return refused("recordingFormatType", "mp4 holds audioVideo; audio needs mp3 or wav");
        }
        (Wav | Mp3, Some(Audio) | None) | (Mp4, Some(AudioVideo) | None) => {}
    }
    if unmixed && format != Wav {
        return refused("recordingChannelType", "unmixed needs the format wav");
    }
    let format = match format {
        Wav => RecordingFormat::Wav,
        Mp3 => RecordingFormat::Mp3,
        Mp4 => RecordingFormat::Mp4,
    };
    Ok((format, unmixed))
}

/// Who speaks in which channel: by number, else by order.
fn channels(
    request: &wire::StartCallRecordingRequest,
) -> Result<Vec<Option<CommunicationIdentifier>>, ApiError> {
    let affinity = request.channel_affinity.as_deref().unwrap_or_default();
    let ordering = request.audio_channel_participant_ordering.as_deref().unwrap_or_default();
    validation::count("channelAffinity", affinity, 0..=MOST_CHANNELS)?;
    validation::count("audioChannelParticipantOrdering", ordering, 0..=MOST_CHANNELS)?;
    if affinity.is_empty() {
        return Ok(ordering.iter().map(|who| Some(who.0.clone())).collect());
    }
    let mut channels: Vec<Option<CommunicationIdentifier>> = Vec::new();
    for (index, wanted) in affinity.iter().enumerate() {
        let property = format!("channelAffinity[{index}].channel");
        let channel = wanted.channel.ok_or_else(|| ApiError::invalid(&property, "it is missing"))?;
        let channel = validation::within(&property, channel, 0..=(MOST_CHANNELS as i64 - 1))? as usize;
        channels.resize(channels.len().max(channel + 1), None);
        if channels[channel].replace(wanted.participant.0.clone()).is_some() {
            return Err(ApiError::invalid(property, "another participant has the same channel"));
        }
    }
    Ok(channels)
}

fn destination(storage: Option<&wire::ExternalStorage>) -> Result<Option<Arc<str>>, ApiError> {
    const PROPERTY: &str = "externalStorage.recordingDestinationContainerUrl";
    let Some(storage) = storage else { return Ok(None) };
    match (storage.recording_storage_kind, &storage.recording_destination_container_url) {
        (wire::RecordingStorageKind::AzureCommunicationServices, _) => Ok(None),
        (wire::RecordingStorageKind::AzureBlobStorage, Some(url)) => {
            validation::web_address(PROPERTY, url).map(Some)
        }
        (wire::RecordingStorageKind::AzureBlobStorage, None) => {
            Err(ApiError::invalid(PROPERTY, "it is missing: name the container"))
        }
    }
}
