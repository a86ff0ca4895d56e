//! What each type of event carries besides the ids of its call.

use std::sync::Arc;

use identifier::OperationId;
use serde::{Serialize, Serializer};

use crate::calling::{CallParticipant, RecordingKind, RecordingState, Tone};
use crate::event::event_type::EventType;
use crate::identifier_model::Identifier;
use crate::timestamp;

/// What happened. The variant is the event's type.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[allow(missing_docs)]
pub enum EventDetail {
    CallConnected {},
    CallDisconnected {},
    CreateCallFailed {},
    AnswerFailed {},
    ConnectFailed {},
    ParticipantsUpdated {
        sequence_number: u32,
        participants: Vec<CallParticipant>,
    },
    CallTransferAccepted {
        transfer_target: Identifier,
        transferee: Identifier,
    },
    CallTransferFailed {},
    AddParticipantSucceeded {
        participant: Identifier,
    },
    AddParticipantFailed {
        participant: Identifier,
    },
    RemoveParticipantSucceeded {
        participant: Identifier,
    },
    RemoveParticipantFailed {
        participant: Identifier,
    },
    MoveParticipantSucceeded {
        participant: Identifier,
        from_call: String,
    },
    MoveParticipantFailed {
        participant: Identifier,
        from_call: String,
    },
    CancelAddParticipantSucceeded {
        #[serde(serialize_with = "as_text")]
        invitation_id: OperationId,
    },
    CancelAddParticipantFailed {
        #[serde(serialize_with = "as_text")]
        invitation_id: OperationId,
    },
    PlayStarted {},
    PlayCompleted {},
    PlayFailed {
        #[serde(skip_serializing_if = "Option::is_none")]
        failed_play_source_index: Option<usize>,
    },
    PlayCanceled {},
    RecognizeCompleted(RecognitionResult),
    RecognizeFailed {
        #[serde(skip_serializing_if = "Option::is_none")]
        failed_play_source_index: Option<usize>,
    },
    RecognizeCanceled {},
    ContinuousDtmfRecognitionToneReceived {
        sequence_id: u32,
        tone: Tone,
    },
    ContinuousDtmfRecognitionToneFailed {},
    ContinuousDtmfRecognitionStopped {},
    SendDtmfTonesCompleted {},
    SendDtmfTonesFailed {},
    HoldFailed {},
    RecordingStateChanged {
        recording_id: String,
        state: RecordingState,
        /// Microseconds since 1970-01-01T00:00:00Z.
        #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_moment")]
        start_date_time: Option<i64>,
        recording_kind: RecordingKind,
    },
    StartRecordingFailed {
        recording_id: String,
    },
    MediaStreamingStarted {
        media_streaming_update: MediaStreamingUpdate,
    },
    MediaStreamingStopped {
        media_streaming_update: MediaStreamingUpdate,
    },
    MediaStreamingFailed {
        media_streaming_update: MediaStreamingUpdate,
    },
    TranscriptionStarted {
        transcription_update: TranscriptionUpdate,
    },
    TranscriptionStopped {
        transcription_update: TranscriptionUpdate,
    },
    TranscriptionUpdated {
        transcription_update: TranscriptionUpdate,
    },
    TranscriptionFailed {
        transcription_update: TranscriptionUpdate,
    },
    TranscriptionCallSummaryUpdated {
        transcription_update: TranscriptionUpdate,
    },
}

/// What was recognized.
#[derive(Clone, Debug, PartialEq)]
pub enum RecognitionResult {
    /// Keys, in the order in which they were pressed.
    Dtmf(Vec<Tone>),
    /// A choice.
    Choice {
        /// The application's name for it.
        label: Arc<str>,
        /// What was said; absent when its key was pressed.
        recognized_phrase: Option<Arc<str>>,
        /// How it was heard; nothing when its key was pressed.
        hearing: Hearing,
    },
    /// Words.
    Speech {
        /// What was said.
        speech: Arc<str>,
        /// How it was heard.
        hearing: Hearing,
    },
}

/// How something was heard, as far as the application's version has words for that.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hearing {
    /// From 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The language that was spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language_identified: Option<Arc<str>>,
    /// The mood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment_analysis_result: Option<SentimentAnalysisResult>,
}

/// The mood in which something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SentimentAnalysisResult {
    /// `positive`, `neutral` or `negative`.
    pub sentiment: &'static str,
}

/// The state of media streaming.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct MediaStreamingUpdate {
    pub content_type: String,
    pub media_streaming_status: &'static str,
    pub media_streaming_status_details: &'static str,
}

/// The state of a transcription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct TranscriptionUpdate {
    pub transcription_status: &'static str,
    pub transcription_status_details: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcription_message: Option<Arc<str>>,
}

impl EventDetail {
    /// The type of the event.
    pub fn event_type(&self) -> EventType {
        macro_rules! same_names {
            ($($name:ident)+) => {
                match self {
                    $(Self::$name { .. } => EventType::$name,)+
                }
            };
        }
        same_names! {
            CallConnected CallDisconnected CreateCallFailed AnswerFailed ConnectFailed ParticipantsUpdated
            CallTransferAccepted CallTransferFailed AddParticipantSucceeded AddParticipantFailed
            RemoveParticipantSucceeded RemoveParticipantFailed MoveParticipantSucceeded MoveParticipantFailed
            CancelAddParticipantSucceeded CancelAddParticipantFailed PlayStarted PlayCompleted PlayFailed
            PlayCanceled RecognizeCompleted RecognizeFailed RecognizeCanceled
            ContinuousDtmfRecognitionToneReceived ContinuousDtmfRecognitionToneFailed
            ContinuousDtmfRecognitionStopped SendDtmfTonesCompleted SendDtmfTonesFailed HoldFailed
            RecordingStateChanged StartRecordingFailed MediaStreamingStarted MediaStreamingStopped
            MediaStreamingFailed TranscriptionStarted TranscriptionStopped TranscriptionUpdated
            TranscriptionFailed TranscriptionCallSummaryUpdated
        }
    }

    /// The recording that the event is about.
    pub(crate) fn recording(&self) -> Option<&str> {
        match self {
            Self::RecordingStateChanged { recording_id, .. }
            | Self::StartRecordingFailed { recording_id } => Some(recording_id),
            _ => None,
        }
    }
}

impl Serialize for RecognitionResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Default, Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            recognition_type: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            dtmf_result: Option<Dtmf<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            choice_result: Option<Choice<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            speech_result: Option<Speech<'a>>,
        }
        #[derive(Serialize)]
        struct Dtmf<'a> {
            tones: &'a [Tone],
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Choice<'a> {
            label: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            recognized_phrase: Option<&'a str>,
            #[serde(flatten)]
            hearing: &'a Hearing,
        }
        #[derive(Serialize)]
        struct Speech<'a> {
            speech: &'a str,
            #[serde(flatten)]
            hearing: &'a Hearing,
        }
        let wire = match self {
            Self::Dtmf(tones) => {
                Wire { recognition_type: "dtmf", dtmf_result: Some(Dtmf { tones }), ..Wire::default() }
            }
            Self::Choice { label, recognized_phrase, hearing } => Wire {
                recognition_type: "choices",
                choice_result: Some(Choice {
                    label,
                    recognized_phrase: recognized_phrase.as_deref(),
                    hearing,
                }),
                ..Wire::default()
            },
            Self::Speech { speech, hearing } => Wire {
                recognition_type: "speech",
                speech_result: Some(Speech { speech, hearing }),
                ..Wire::default()
            },
        };
        wire.serialize(serializer)
    }
}

fn as_moment<S: Serializer>(unix_us: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    unix_us.map(timestamp::with_offset).serialize(serializer)
}

fn as_text<S: Serializer>(id: &OperationId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
