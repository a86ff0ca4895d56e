//! Recordings: which call, which file, and what is answered.

use call_engine::StartRecording;
use exchange::Command;
use identifier::CallId;
use media_plan::RecordingFormat;
use serde_json::{Value, json};

use crate::surface::{CONNECTION, RECORDING, Surface};

fn started(surface: &Surface) -> StartRecording {
    match surface.asked().pop() {
        Some(Command::RecordConnection { recording, .. } | Command::RecordCall { recording, .. }) => {
            recording
        }
        other => panic!("{other:?}"),
    }
}

fn state() -> Value {
    json!({
        "recordingId": RECORDING.to_string(),
        "recordingState": "active",
        "recordingKind": "azureCommunicationServices",
    })
}

#[tokio::test]
async fn a_recording_is_started_by_connection_or_by_server_call() {
    let surface = Surface::new();
    let by_connection = json!({ "callConnectionId": CONNECTION.to_string(), "channelAffinity": [] });
    let answer = surface.post("/calling/recordings", by_connection).await;
    assert_eq!((answer.status, answer.body), (202, state()));
    let recording = started(&surface);
    assert_eq!((recording.format, recording.unmixed), (RecordingFormat::Mp4, false));
    assert_eq!(recording.application, None);

    let call = CallId::from_u128(2);
    let body = json!({
        "callLocator": { "serverCallId": call.server_call_id(), "kind": "serverCallLocator" },
        "recordingStateCallbackUri": "https://localhost/rec",
        "recordingContentType": "audio", "recordingChannelType": "unmixed", "recordingFormatType": "wav",
        "channelAffinity": [
            { "channel": 2, "participant": { "rawId": "4:+14255550199" } },
            { "channel": 0, "participant": { "rawId": "8:acs:r_u1" } },
        ],
        "pauseOnStart": true,
        "externalStorage": { "recordingStorageKind": "AzureBlobStorage",
            "recordingDestinationContainerUrl": "https://x.blob/c" },
    });
    let answer = surface.post("/calling/recordings", body).await;
    assert_eq!((answer.status, answer.body), (200, state()));
    let recording = started(&surface);
    assert!(recording.unmixed && recording.paused);
    let channels: Vec<Option<String>> =
        recording.channels.iter().map(|who| who.as_ref().map(|who| who.raw_id())).collect();
    assert_eq!(channels, [Some("8:acs:r_u1".to_owned()), None, Some("4:+14255550199".to_owned())]);
    assert_eq!(recording.destination.as_deref(), Some("https://x.blob/c"));
    assert!(recording.application.is_some());
}

#[tokio::test]
async fn only_files_that_exist_are_asked_for() {
    let surface = Surface::new();
    let ask = async |content: &str, channel: &str, format: &str| {
        let word = |word: &str| if word.is_empty() { Value::Null } else { json!(word) };
        let body = json!({
            "callConnectionId": CONNECTION.to_string(),
            "recordingContentType": word(content),
            "recordingChannelType": word(channel),
            "recordingFormatType": word(format),
        });
        let answer = surface.post("/calling/recordings", body).await;
        if answer.status == 202 { format!("{:?}", started(&surface).format) } else { answer.refusal() }
    };
    let mut table = String::new();
    for content in ["", "audio", "audioVideo"] {
        for channel in ["", "mixed", "unmixed"] {
            for format in ["", "wav", "mp3", "mp4"] {
                let outcome = ask(content, channel, format).await;
                table.push_str(&format!("{content:<10} {channel:<7} {format:<3} {outcome}\n"));
            }
        }
    }
    expect_test::expect![[r#"
                               Mp4
                           wav Wav
                           mp3 Mp3
                           mp4 Mp4
                   mixed       Mp4
                   mixed   wav Wav
                   mixed   mp3 Mp3
                   mixed   mp4 Mp4
                   unmixed     Wav
                   unmixed wav Wav
                   unmixed mp3 400/8523
                   unmixed mp4 400/8523
        audio                  Mp3
        audio              wav Wav
        audio              mp3 Mp3
        audio              mp4 400/8523
        audio      mixed       Mp3
        audio      mixed   wav Wav
        audio      mixed   mp3 Mp3
        audio      mixed   mp4 400/8523
        audio      unmixed     Wav
        audio      unmixed wav Wav
        audio      unmixed mp3 400/8523
        audio      unmixed mp4 400/8523
        audioVideo             Mp4
        audioVideo         wav 400/8523
        audioVideo         mp3 400/8523
        audioVideo         mp4 Mp4
        audioVideo mixed       Mp4
        audioVideo mixed   wav 400/8523
        audioVideo mixed   mp3 400/8523
        audioVideo mixed   mp4 Mp4
        audioVideo unmixed     400/8523
        audioVideo unmixed wav 400/8523
        audioVideo unmixed mp3 400/8523
        audioVideo unmixed mp4 400/8523
    "#]]
    .assert_eq(&table);
}

#[tokio::test]
async fn a_call_must_be_named_once_and_channels_too() {
    let surface = Surface::new();
    let ask = async |body: Value| surface.post("/calling/recordings", body).await.refusal();
    let connection = CONNECTION.to_string();
    assert_eq!(ask(json!({})).await, "400/8523");
    assert_eq!(ask(json!({ "callConnectionId": "cid-1" })).await, "404/8522");
    assert_eq!(
        ask(json!({ "callConnectionId": connection, "callLocator": { "roomId": "1" } })).await,
        "400/8523"
    );
    let who = json!({ "rawId": "8:acs:r_u1" });
    for affinity in [
        json!([{ "channel": 5, "participant": who }]),
        json!([{ "channel": 1, "participant": who }, { "channel": 1, "participant": who }]),
        json!([{ "participant": who }]),
    ] {
        assert_eq!(
            ask(json!({ "callConnectionId": connection, "channelAffinity": affinity })).await,
            "400/8523"
        );
    }
    let storage = json!({ "recordingStorageKind": "azureBlobStorage" });
    assert_eq!(ask(json!({ "callConnectionId": connection, "externalStorage": storage })).await, "400/8523");
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn group_calls_and_rooms_are_said_not_to_exist() {
    let surface = Surface::new();
    for (locator, word) in [
        (
            json!({ "groupCallId": "29228d3e-040e-4656-a70e-890ab4e173e5", "kind": "groupCallLocator" }),
            "group calls",
        ),
        (json!({ "roomId": "99199690362660524", "kind": "roomCallLocator" }), "rooms"),
    ] {
        let answer = surface.post("/calling/recordings", json!({ "callLocator": locator })).await;
        assert_eq!(answer.refusal(), "404/8522");
        assert!(answer.message().contains(word) && answer.message().contains("serverCallId"));
    }
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn a_recording_is_looked_at_paused_resumed_and_stopped() {
    let surface = Surface::new();
    let path = format!("/calling/recordings/{RECORDING}");
    let looked = surface.get(&path).await;
    assert_eq!((looked.status, looked.body), (200, state()));
    for (verb, status) in [(":pause", 202), (":resume", 202)] {
        assert_eq!(surface.post(&format!("{path}{verb}"), json!({})).await.status, status);
    }
    assert_eq!(surface.delete(&path).await.status, 204);
    let asked = surface.asked();
    assert!(matches!(
        asked[..],
        [
            Command::Recording { .. },
            Command::PauseRecording { pause: true, .. },
            Command::PauseRecording { pause: false, .. },
            Command::StopRecording { .. },
        ]
    ));
    assert_eq!(surface.get("/calling/recordings/no-id").await.refusal(), "404/8522");
}
