//! Request bodies as clients of several versions write them.

use acs::body::{self, BodyError};
use acs::calling::{
    AddParticipantRequest, AudioFormat, CallLocatorKind, CreateCallRequest, PlayRequest, PlaySourceKind,
    RecognizeInputType, RecognizeRequest, RecordingStorageKind, StartCallRecordingRequest, Tone, VoiceKind,
};
use serde::de::DeserializeOwned;

macro_rules! fixture {
    ($name:literal) => {
        read(include_bytes!(concat!("../../fixtures/", $name, ".json")))
    };
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> T {
    body::read(bytes).expect("the body is understood")
}

#[test]
fn create_call() {
    let request: CreateCallRequest = fixture!("acs_2026_03_12_create_call");
    let targets: Vec<String> = request.targets.iter().map(|target| target.0.raw_id()).collect();
    assert_eq!(targets, ["4:+14255550199", "8:orgid:0b1c"]);
    assert_eq!(&*request.callback_uri, "https://contoso.example/events/8:acs:r_app?x=+1");
    let streaming = request.media_streaming_options.expect("it is there");
    assert_eq!(streaming.audio_format, Some(AudioFormat::Pcm24KMono));
    assert_eq!(request.transcription_options, None);
    assert!(!format!("{:?}", request.source_display_name).contains("Contoso"), "names do not print");
}

#[test]
fn play() {
    let request: PlayRequest = fixture!("acs_2023_10_15_play");
    let kinds: Vec<Option<PlaySourceKind>> = request.play_sources.iter().map(|source| source.kind).collect();
    assert_eq!(kinds, [Some(PlaySourceKind::File), Some(PlaySourceKind::Text), None]);
    let text = request.play_sources[1].text.as_ref().expect("it is there");
    assert_eq!(text.voice_kind, Some(VoiceKind::Female));
    assert_eq!(request.operation_context.as_deref(), Some(""));
    assert_eq!(request.play_options.expect("it is there").r#loop, None);
}

#[test]
fn recognize() {
    let request: RecognizeRequest = fixture!("acs_2024_09_15_recognize");
    assert_eq!(request.recognize_input_type, RecognizeInputType::Dtmf);
    let options = request.recognize_options.dtmf_options.expect("it is there");
    assert_eq!(options.stop_tones, Some(vec![Tone::Pound, Tone::Asterisk]));
    assert_eq!(request.interrupt_call_media_operation, Some(false));
}

#[test]
fn add_participant() {
    let request: AddParticipantRequest = fixture!("acs_2026_03_12_add_participant");
    assert_eq!(request.participant_to_add.0.raw_id(), "8:acs:r_ada");
    let headers = request.custom_calling_context.expect("it is there").sip_headers.expect("it is there");
    assert_eq!(headers["User-To-User"].as_deref(), Some("616d;encoding=hex"));
    assert_eq!(headers["X-empty"], None);
}

#[test]
fn start_recording() {
    let request: StartCallRecordingRequest = fixture!("acs_2025_06_15_start_recording");
    assert_eq!(request.call_locator.expect("it is there").kind, Some(CallLocatorKind::ServerCall));
    let storage = request.external_storage.expect("it is there");
    assert_eq!(storage.recording_storage_kind, RecordingStorageKind::AzureBlobStorage);
}

#[test]
fn a_mistake_is_told_by_its_property() {
    let mistake = |body: &str| body::read::<PlayRequest>(body.as_bytes()).map(drop).unwrap_err().property;
    assert_eq!(mistake(r#"{"playSources":[{"kind":"file","file":{"uri":1}}]}"#), "playSources[0].file.uri");
    assert_eq!(mistake(r#"{"playSources":[{"kind":"song"}]}"#), "playSources[0].kind");
    assert_eq!(mistake(r#"{"playSources":null}"#), "playSources");
    assert_eq!(mistake("{} {}"), "the request body");
    assert_eq!(mistake("["), "the request body");
    let missing: Result<PlayRequest, BodyError> = body::read(b"");
    assert!(missing.unwrap_err().reason.contains("playSources"));
}
