//! What is known of a file, as applications read it (contract §14).

use acs::timestamp;
use media_plan::RecordingFormat;
use serde_json::{Value, json};
use store::{Recording, RecordingFile};

use crate::details::Details;
use crate::document::format_named;
use crate::frame::RATE_HZ;

/// The metadata of a file.
pub(crate) fn of(recording: &Recording, file: &RecordingFile) -> Value {
    let details = Details::of_text(&file.details);
    let format = format_named(&recording.format).unwrap_or(RecordingFormat::Wav);
    let speakers = details.speakers.iter();
    json!({
        "resourceId": recording.resource,
        "callId": recording.call,
        "recordingId": recording.id,
        "chunkDocumentId": file.document,
        "chunkIndex": file.position,
        "chunkStartTime": timestamp::zulu(file.started_us),
        "chunkDuration": file.lasted_ms,
        "pauseResumeIntervals": details.pauses.iter().map(|pause| json!({
            "startTime": timestamp::zulu(pause.started_us),
            "duration": pause.lasted_ms,
        })).collect::<Vec<_>>(),
        "recordingInfo": {
            "contentType": content_type(format),
            "channelType": if recording.unmixed { "unmixed" } else { "mixed" },
            "format": recording.format,
            "audioConfiguration": {
                "sampleRate": RATE_HZ,
                "bitRate": bits_per_second(format, file.channels),
                "channels": file.channels,
            },
        },
        "participants": speakers.map(|speaker| json!({
            "participantId": speaker.who,
            "channel": speaker.channel,
        })).collect::<Vec<_>>(),
        "lostMilliseconds": details.lost_frames * crate::frame::FRAME_MS,
    })
}

/// What the application asked for: an MP4 recording is one with video, though there is none yet.
const fn content_type(format: RecordingFormat) -> &'static str {
    match format {
        RecordingFormat::Wav | RecordingFormat::Mp3 => "audio",
        RecordingFormat::Mp4 => "audioVideo",
    }
}

const fn bits_per_second(format: RecordingFormat, channels: i64) -> i64 {
    match format {
        RecordingFormat::Wav => RATE_HZ as i64 * 16 * channels,
        RecordingFormat::Mp3 => 48_000,
        RecordingFormat::Mp4 => 32_000,
    }
}
