//! From a fact of the call engine to the body of a callback.

use acs::calling::{CallParticipant, RecordingKind, RecordingState, Tone};
use acs::event::{
    CallbackEvent, EventDetail, EventType, Hearing, MediaStreamingUpdate, RecognitionResult,
    SentimentAnalysisResult, TranscriptionUpdate,
};
use acs::identifier_model::Identifier;
use acs::version::ApiVersion;
use call_engine::{CallEvent, CallEventKind, Heard, Outcome, ParticipantView, Recognized};
use identifier::{CallConnectionId, CommunicationIdentifier};
use media_plan::{Sentiment, TapEnd};

use crate::result_code::result_information;

/// The event as the application's api-version spells it.
pub(crate) fn callback_event(event: &CallEvent) -> CallbackEvent {
    // The version was checked when the request came in; what is unknown here is newer than all.
    let version = ApiVersion::parse(&event.application.api_version).unwrap_or(ApiVersion::NEWEST);
    let detail = detail(event, version);
    let about = about(&event.kind).map(CommunicationIdentifier::raw_id);
    let spelled = version.spelling_of(detail.event_type()).unwrap_or_else(|| detail.event_type());
    let result = event
        .result
        .as_ref()
        .and_then(|result| result_information(result, spelled, about.as_deref(), version));
    CallbackEvent {
        id: event.id,
        unix_us: event.at.unix_us(),
        version,
        connection: connection(event),
        call: event.call,
        correlation: event.correlation,
        operation_context: event.operation_context.clone(),
        result,
        detail,
    }
}

/// The connection that the event names: of a recording, the one that asked for it.
fn connection(event: &CallEvent) -> Option<CallConnectionId> {
    match &event.kind {
        CallEventKind::RecordingStateChanged(status) | CallEventKind::StartRecordingFailed(status) => {
            status.connection
        }
        _ => Some(event.connection),
    }
}

fn detail(event: &CallEvent, version: ApiVersion) -> EventDetail {
    use CallEventKind as K;
    use EventDetail as D;
    let who = |identifier: &CommunicationIdentifier| Identifier(identifier.clone());
    let outcome = event.result.as_ref().map_or(Outcome::Completed, |result| result.outcome);
    match &event.kind {
        K::CallConnected => D::CallConnected {},
        K::CallDisconnected => D::CallDisconnected {},
        K::CreateCallFailed => D::CreateCallFailed {},
        K::AnswerFailed => D::AnswerFailed {},
        K::ConnectFailed => D::ConnectFailed {},
        K::MoveParticipantSucceeded { participant, from } => {
            D::MoveParticipantSucceeded { participant: who(participant), from_call: from.to_string() }
        }
        K::MoveParticipantFailed { participant, from } => {
            D::MoveParticipantFailed { participant: who(participant), from_call: from.to_string() }
        }
        K::ParticipantsUpdated { sequence, participants } => D::ParticipantsUpdated {
            sequence_number: *sequence,
            participants: participants.iter().map(participant).collect(),
        },
        K::CallTransferAccepted { target, transferee } => {
            D::CallTransferAccepted { transfer_target: who(target), transferee: who(transferee) }
        }
        K::CallTransferFailed => D::CallTransferFailed {},
        K::AddParticipantSucceeded { participant } => {
            D::AddParticipantSucceeded { participant: who(participant) }
        }
        K::AddParticipantFailed { participant } => D::AddParticipantFailed { participant: who(participant) },
        K::RemoveParticipantSucceeded { participant } => {
            D::RemoveParticipantSucceeded { participant: who(participant) }
        }
        K::RemoveParticipantFailed { participant } => {
            D::RemoveParticipantFailed { participant: who(participant) }
        }
        K::CancelAddParticipantSucceeded { invitation } => {
            D::CancelAddParticipantSucceeded { invitation_id: *invitation }
        }
        K::CancelAddParticipantFailed { invitation } => {
            D::CancelAddParticipantFailed { invitation_id: *invitation }
        }
        K::PlayStarted => D::PlayStarted {},
        K::PlayCompleted => D::PlayCompleted {},
        K::PlayFailed { source } => D::PlayFailed { failed_play_source_index: Some(*source) },
        K::PlayCanceled => D::PlayCanceled {},
        K::RecognizeCompleted(recognized) => D::RecognizeCompleted(recognition(recognized, version)),
        K::RecognizeFailed { source } => D::RecognizeFailed { failed_play_source_index: *source },
        K::RecognizeCanceled => D::RecognizeCanceled {},
        K::ContinuousDtmfRecognitionToneReceived { sequence, tone } => {
            D::ContinuousDtmfRecognitionToneReceived { sequence_id: *sequence, tone: spell(*tone) }
        }
        K::ContinuousDtmfRecognitionToneFailed => D::ContinuousDtmfRecognitionToneFailed {},
        K::ContinuousDtmfRecognitionStopped => D::ContinuousDtmfRecognitionStopped {},
        K::SendDtmfTonesCompleted => D::SendDtmfTonesCompleted {},
        K::SendDtmfTonesFailed => D::SendDtmfTonesFailed {},
        K::HoldFailed => D::HoldFailed {},
        K::MediaStreamingStarted { resumed } => D::MediaStreamingStarted {
            media_streaming_update: streaming("mediaStreamingStarted", begun(*resumed)),
        },
        K::MediaStreamingStopped => D::MediaStreamingStopped {
            media_streaming_update: streaming("mediaStreamingStopped", why(outcome, UNREACHED_STREAM)),
        },
        K::MediaStreamingFailed => D::MediaStreamingFailed {
            media_streaming_update: streaming("mediaStreamingFailed", why(outcome, UNREACHED_STREAM)),
        },
        K::TranscriptionStarted { resumed } => {
            let status = if *resumed { "transcriptionResumed" } else { "transcriptionStarted" };
            D::TranscriptionStarted { transcription_update: transcription(status, begun(*resumed)) }
        }
        K::TranscriptionStopped => D::TranscriptionStopped {
            transcription_update: transcription("transcriptionStopped", why(outcome, UNREACHED)),
        },
        K::TranscriptionUpdated => D::TranscriptionUpdated {
            transcription_update: transcription("transcriptionUpdated", "transcriptionLocaleUpdated"),
        },
        K::TranscriptionFailed => D::TranscriptionFailed {
            transcription_update: transcription("transcriptionFailed", why(outcome, UNREACHED)),
        },
        K::TranscriptionCallSummaryUpdated { summary } => {
            let details = if summary.is_some() { "callSummarySuccess" } else { "callSummaryFailure" };
            let update = transcription("callSummaryUpdated", details);
            let update = TranscriptionUpdate { transcription_message: summary.clone(), ..update };
            D::TranscriptionCallSummaryUpdated { transcription_update: update }
        }
        K::StartRecordingFailed(status) if version.knows(EventType::StartRecordingFailed) => {
            D::StartRecordingFailed { recording_id: status.recording.to_string() }
        }
        // Older versions have no word for it, and the recording is not active in any of them.
        K::RecordingStateChanged(status) | K::StartRecordingFailed(status) => D::RecordingStateChanged {
            recording_id: status.recording.to_string(),
            state: if status.is_active { RecordingState::Active } else { RecordingState::Inactive },
            start_date_time: status.since.map(|since| since.unix_us()),
            recording_kind: RecordingKind::AzureCommunicationServices,
        },
    }
}

/// How a socket that was never connected is called.
const UNREACHED_STREAM: &str = "initialWebSocketConnectionFailed";
const UNREACHED: &str = "streamConnectionUnsuccessful";

fn streaming(status: &'static str, details: &'static str) -> MediaStreamingUpdate {
    MediaStreamingUpdate {
        content_type: "audio".to_owned(),
        media_streaming_status: status,
        media_streaming_status_details: details,
    }
}

fn transcription(status: &'static str, details: &'static str) -> TranscriptionUpdate {
    TranscriptionUpdate {
        transcription_status: status,
        transcription_status_details: details,
        transcription_message: None,
    }
}

const fn begun(resumed: bool) -> &'static str {
    if resumed { "streamConnectionReestablished" } else { "subscriptionStarted" }
}

/// Contract: Call Automation §7, status details.
const fn why(outcome: Outcome, unreached: &'static str) -> &'static str {
    match outcome {
        Outcome::Completed | Outcome::Canceled => "subscriptionStopped",
        Outcome::PlatformRestarted => "serviceShutdown",
        Outcome::TapEnded(why) => match why {
            TapEnd::Address | TapEnd::Garbled => "badRequest",
            TapEnd::Unreachable => unreached,
            TapEnd::Interrupted | TapEnd::Closed => "streamConnectionInterrupted",
            TapEnd::Unauthorized => "authenticationFailure",
            TapEnd::Forbidden => "forbidden",
            TapEnd::TooMany | TapEnd::Full => "tooManyRequests",
            TapEnd::Timeout => "serviceTimeout",
            TapEnd::NoProvider | TapEnd::Provider => "speechServicesConnectionError",
            TapEnd::NotUnderstood | TapEnd::NoChoice | TapEnd::Storage | TapEnd::NoEncoder => {
                "unspecifiedError"
            }
        },
        _ => "unspecifiedError",
    }
}

fn about(kind: &CallEventKind) -> Option<&CommunicationIdentifier> {
    match kind {
        CallEventKind::AddParticipantFailed { participant }
        | CallEventKind::MoveParticipantFailed { participant, .. } => Some(participant),
        _ => None,
    }
}

fn participant(view: &ParticipantView) -> CallParticipant {
    CallParticipant {
        identifier: Identifier(view.identifier.clone()),
        is_muted: view.is_muted,
        is_on_hold: view.is_on_hold,
    }
}

fn recognition(recognized: &Recognized, version: ApiVersion) -> RecognitionResult {
    match recognized {
        Recognized::Tones(tones) => RecognitionResult::Dtmf(tones.iter().copied().map(spell).collect()),
        Recognized::Choice { label, heard } => RecognitionResult::Choice {
            label: label.clone(),
            recognized_phrase: heard.as_ref().map(|heard| heard.text.clone()),
            hearing: heard.as_ref().map_or_else(Hearing::default, |heard| hearing(heard, version)),
        },
        Recognized::Speech(heard) => {
            RecognitionResult::Speech { speech: heard.text.clone(), hearing: hearing(heard, version) }
        }
    }
}

/// What the version has words for.
fn hearing(heard: &Heard, version: ApiVersion) -> Hearing {
    let mut hearing = Hearing::default();
    if version >= ApiVersion::V2025_05_15 {
        hearing.confidence = Some(f64::from(heard.confidence_ppm.min(1_000_000)) / 1e6);
    }
    if version == ApiVersion::V2025_08_15Preview {
        hearing.language_identified.clone_from(&heard.language);
        hearing.sentiment_analysis_result = heard.sentiment.map(|mood| SentimentAnalysisResult {
            sentiment: match mood {
                Sentiment::Positive => "positive",
                Sentiment::Neutral => "neutral",
                Sentiment::Negative => "negative",
            },
        });
    }
    hearing
}

const fn spell(tone: media_plan::Tone) -> Tone {
    use media_plan::Tone as T;
    match tone {
        T::Zero => Tone::Zero,
        T::One => Tone::One,
        T::Two => Tone::Two,
        T::Three => Tone::Three,
        T::Four => Tone::Four,
        T::Five => Tone::Five,
        T::Six => Tone::Six,
        T::Seven => Tone::Seven,
        T::Eight => Tone::Eight,
        T::Nine => Tone::Nine,
        T::Asterisk => Tone::Asterisk,
        T::Pound => Tone::Pound,
        T::A => Tone::A,
        T::B => Tone::B,
        T::C => Tone::C,
        T::D => Tone::D,
    }
}

#[cfg(test)]
mod tests {
    use call_engine::{Application, Callback, RecordingStatus, ResultInformation};
    use clock::Now;
    use expect_test::expect;
    use identifier::{CallId, CorrelationId, EventId, RecordingId, ResourceId};
    use serde_json::Value;

    use super::*;

    fn event(kind: CallEventKind, outcome: Outcome, version: &str) -> CallEvent {
        CallEvent {
            id: EventId::from_u128(1),
            application: Application {
                resource: ResourceId::from_u128(2),
                callback: Callback::Uri("https://localhost/cb".into()),
                api_version: version.into(),
            },
            connection: CallConnectionId::from_u128(3),
            call: CallId::from_u128(4),
            correlation: CorrelationId::from_u128(5),
            operation_context: None,
            result: Some(ResultInformation::of(outcome)),
            at: Now::new(0, 1_795_228_370_123_456),
            kind,
        }
    }

    fn body(event: &CallEvent) -> Value {
        let body = callback_event(event).body().expect("the version knows the event");
        let mut events: Value = serde_json::from_slice(&body).expect("a body is JSON");
        events[0].take()
    }

    #[test]
    fn each_end_of_a_stream_has_its_status_details() {
        let ends = [
            TapEnd::Address,
            TapEnd::Unreachable,
            TapEnd::Interrupted,
            TapEnd::Unauthorized,
            TapEnd::Forbidden,
            TapEnd::Garbled,
            TapEnd::TooMany,
            TapEnd::Timeout,
            TapEnd::Closed,
            TapEnd::NoProvider,
            TapEnd::Provider,
        ];
        let mut table = String::new();
        for end in ends {
            let details = |kind, update: &str, details: &str| {
                let body = body(&event(kind, Outcome::TapEnded(end), "2026-03-12"));
                body["data"][update][details].as_str().expect("it has details").to_owned()
            };
            let streaming = details(
                CallEventKind::MediaStreamingFailed,
                "mediaStreamingUpdate",
                "mediaStreamingStatusDetails",
            );
            let transcription = details(
                CallEventKind::TranscriptionFailed,
                "transcriptionUpdate",
                "transcriptionStatusDetails",
            );
            table.push_str(&format!("{:<12} {streaming:<32} {transcription}\n", format!("{end:?}")));
        }
        expect![[r#"
            Address      badRequest                       badRequest
            Unreachable  initialWebSocketConnectionFailed streamConnectionUnsuccessful
            Interrupted  streamConnectionInterrupted      streamConnectionInterrupted
            Unauthorized authenticationFailure            authenticationFailure
            Forbidden    forbidden                        forbidden
            Garbled      badRequest                       badRequest
            TooMany      tooManyRequests                  tooManyRequests
            Timeout      serviceTimeout                   serviceTimeout
            Closed       streamConnectionInterrupted      streamConnectionInterrupted
            NoProvider   speechServicesConnectionError    speechServicesConnectionError
            Provider     speechServicesConnectionError    speechServicesConnectionError
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn what_was_said_is_told_in_the_words_of_the_version() {
        let heard = Heard {
            text: "yes please".into(),
            confidence_ppm: 875_000,
            language: Some("en-US".into()),
            sentiment: Some(Sentiment::Positive),
        };
        let said = |version| {
            let recognized = Recognized::Choice { label: "Yes".into(), heard: Some(heard.clone()) };
            let kind = CallEventKind::RecognizeCompleted(recognized);
            body(&event(kind, Outcome::ChoicePhraseMatched, version))["data"]["choiceResult"].to_string()
        };
        let told = ["2024-09-15", "2026-03-12", "2025-08-15-preview"].map(said).join("\n");
        expect![[r#"
            {"label":"Yes","recognizedPhrase":"yes please"}
            {"confidence":0.875,"label":"Yes","recognizedPhrase":"yes please"}
            {"confidence":0.875,"label":"Yes","languageIdentified":"en-US","recognizedPhrase":"yes please","sentimentAnalysisResult":{"sentiment":"positive"}}"#]]
        .assert_eq(&told);
        let kind = CallEventKind::RecognizeCompleted(Recognized::Speech(heard.clone()));
        let speech = body(&event(kind, Outcome::SpeechRecognized, "2026-03-12"));
        assert_eq!(speech["data"]["recognitionType"], "speech");
        assert_eq!(speech["data"]["speechResult"]["speech"], "yes please");
    }

    #[test]
    fn a_recording_names_itself_and_the_connection_that_asked_for_it() {
        let status = RecordingStatus {
            recording: RecordingId::from_u128(6),
            connection: None,
            is_active: true,
            is_over: false,
            since: Some(Now::new(0, 1_795_228_370_123_456)),
        };
        let kind = CallEventKind::RecordingStateChanged(status.clone());
        let told = body(&event(kind, Outcome::Completed, "2026-03-12"));
        assert_eq!(told["data"]["state"], "active");
        assert_eq!(told["data"]["startDateTime"], "2026-11-21T02:32:50.1234560+00:00");
        assert!(told["data"].get("callConnectionId").is_none());
        let source = told["source"].as_str().expect("it has a source");
        assert!(source.starts_with("calling/recordings/") && source.ends_with(&status.recording.to_string()));

        let connection = Some(CallConnectionId::from_u128(7));
        let failed =
            CallEventKind::StartRecordingFailed(RecordingStatus { connection, is_active: false, ..status });
        let told = body(&event(failed.clone(), Outcome::TapEnded(TapEnd::Storage), "2026-03-12"));
        assert_eq!(told["type"], "Microsoft.Communication.StartRecordingFailed");
        let told_before = body(&event(failed.clone(), Outcome::TapEnded(TapEnd::NoEncoder), "2025-05-15"));
        assert_eq!(told_before["type"], "Microsoft.Communication.RecordingStateChanged");
        assert_eq!(told_before["data"]["state"], "inactive");
        let result = &told_before["data"]["resultInformation"];
        assert_eq!((&result["code"], &result["subCode"]), (&500.into(), &9_999.into()));
        assert!(result["message"].as_str().is_some_and(|message| message.contains("libmp3lame0")));
        let oldest = body(&event(failed.clone(), Outcome::TapEnded(TapEnd::NoEncoder), "2023-03-06"));
        assert_eq!(oldest["data"]["state"], "inactive");
        assert_eq!(told["data"]["callConnectionId"], CallConnectionId::from_u128(7).to_string());
    }
}
