//! Playing, recognizing, pressing keys, holding.

use std::time::Duration;

use call_engine::DtmfOptions;
use exchange::Command;
use media_plan::{PlaySource, SpeechService, Tone, VoiceKind};
use serde_json::{Value, json};

use crate::surface::Surface;

async fn refused(surface: &Surface, verb: &str, body: Value, property: &str) {
    let answer = surface.on_call(verb, body).await;
    assert_eq!(answer.refusal(), "400/8523", "{property}");
    assert!(answer.message().contains(property), "{}", answer.message());
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn several_sources_are_played() {
    let surface = Surface::new();
    let body = json!({
        "playSources": [
            { "kind": "file", "playSourceCacheId": "c1", "file": { "uri": "https://f/a.wav" } },
            { "kind": "TEXT", "text": { "text": "hi", "sourceLocale": "en-US", "voiceKind": "Female", "voiceName": "en-US-NancyNeural" } },
            { "ssml": { "ssmlText": "<speak/>" } },
        ],
        "playTo": [],
        "playOptions": { "loop": true },
        "interruptCallMediaOperation": false,
        "operationContext": "",
    });
    let answer = surface.on_call(":play", body).await;
    assert_eq!((answer.status, answer.body), (202, Value::Null));
    let asked = surface.asked();
    let [Command::Play { play, .. }] = &asked[..] else { panic!("{asked:?}") };
    let sources = [
        PlaySource::File { uri: "https://f/a.wav".into(), cache_id: Some("c1".into()) },
        PlaySource::Text {
            text: "hi".into(),
            locale: Some("en-US".into()),
            voice: Some(VoiceKind::Female),
            voice_name: Some("en-US-NancyNeural".into()),
            service: SpeechService::default(),
            cache_id: None,
        },
        PlaySource::Ssml { ssml: "<speak/>".into(), service: SpeechService::default(), cache_id: None },
    ];
    assert_eq!(play.sources, sources);
    assert!(play.repeat && !play.interrupt && play.audience.is_empty());
    assert_eq!(play.operation_context.as_deref(), Some(""));
}

#[tokio::test]
async fn what_cannot_be_played_is_named() {
    let surface = Surface::new();
    let play = |source: Value| json!({ "playSources": [source] });
    refused(&surface, ":play", json!({}), "playSources").await;
    refused(&surface, ":play", json!({ "playSources": [] }), "playSources").await;
    refused(&surface, ":play", play(json!({})), "playSources[0].kind").await;
    refused(&surface, ":play", play(json!({ "kind": "file" })), "playSources[0].file").await;
    for name in ["text", "sourceLocale", "voiceName"] {
        let mut text = json!({ "text": "hi" });
        text[name] = json!("en-".to_owned() + &"x".repeat(5_000));
        refused(&surface, ":play", play(json!({ "text": text })), &format!("playSources[0].text.{name}"))
            .await;
    }
    refused(&surface, ":play", play(json!({ "kind": "song" })), "playSources[0].kind").await;
    let file = json!({ "kind": "file", "file": { "uri": "file:///etc/passwd" } });
    refused(&surface, ":play", play(file), "playSources[0].file.uri").await;
    let text = json!({ "kind": "text", "text": { "text": "x".repeat(4001) } });
    refused(&surface, ":play", play(text), "playSources[0].text.text").await;
}

#[tokio::test]
async fn everything_that_plays_is_canceled() {
    let surface = Surface::new();
    let path = format!("/calling/callConnections/{}:cancelAllMediaOperations", crate::surface::CONNECTION);
    assert_eq!(surface.send(crate::surface::signed("POST", &path, b"")).await.status, 202);
    assert!(matches!(surface.asked()[..], [Command::CancelAllMediaOperations { .. }]));
}

fn dtmf(options: Value) -> Value {
    let mut options = options;
    options["targetParticipant"] = json!({ "rawId": "4:+14255550199" });
    json!({ "recognizeInputType": "dtmf", "recognizeOptions": options })
}

#[tokio::test]
async fn keys_are_recognized() {
    let surface = Surface::new();
    let mut body = dtmf(json!({
        "interruptPrompt": false,
        "initialSilenceTimeoutInSeconds": 7,
        "dtmfOptions": { "interToneTimeoutInSeconds": 4, "maxTonesToCollect": 3, "stopTones": ["pound"] },
    }));
    body["playPrompt"] = json!({ "kind": "text", "text": { "text": "hi" } });
    body["interruptCallMediaOperation"] = json!(false);
    assert_eq!(surface.on_call(":recognize", body).await.status, 202);
    let asked = surface.asked();
    let [Command::Recognize { recognize, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(recognize.prompts.len(), 1);
    assert_eq!(recognize.initial_silence, Duration::from_secs(7));
    assert!(!recognize.interrupt_prompt && !recognize.interrupt);
    let collect = DtmfOptions::Collect {
        max_tones: Some(3),
        stop_tones: vec![Tone::Pound],
        inter_tone: Duration::from_secs(4),
    };
    assert_eq!(recognize.dtmf, Some(collect));
}

#[tokio::test]
async fn what_is_not_said_is_as_documented() {
    let surface = Surface::new();
    assert_eq!(surface.on_call(":recognize", dtmf(json!({}))).await.status, 202);
    let asked = surface.asked();
    let [Command::Recognize { recognize, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(recognize.initial_silence, Duration::from_secs(5));
    assert!(recognize.interrupt_prompt && recognize.interrupt && recognize.prompts.is_empty());
    let collect =
        DtmfOptions::Collect { max_tones: None, stop_tones: Vec::new(), inter_tone: Duration::from_secs(2) };
    assert_eq!(recognize.dtmf, Some(collect));
}

#[tokio::test]
async fn ranges_of_recognition_are_kept() {
    let surface = Surface::new();
    for seconds in [-1, 301] {
        let body = dtmf(json!({ "initialSilenceTimeoutInSeconds": seconds }));
        refused(&surface, ":recognize", body, "initialSilenceTimeoutInSeconds").await;
    }
    for seconds in [0, 61] {
        let body = dtmf(json!({ "dtmfOptions": { "interToneTimeoutInSeconds": seconds } }));
        refused(&surface, ":recognize", body, "interToneTimeoutInSeconds").await;
    }
    let body = dtmf(json!({ "dtmfOptions": { "maxTonesToCollect": 0 } }));
    refused(&surface, ":recognize", body, "maxTonesToCollect").await;
    let body = dtmf(json!({ "dtmfOptions": { "stopTones": ["hash"] } }));
    refused(&surface, ":recognize", body, "stopTones[0]").await;
    refused(&surface, ":recognize", json!({ "recognizeInputType": "dtmf" }), "recognizeOptions").await;
}

#[tokio::test]
async fn keys_are_sent_and_listened_for() {
    let surface = Surface::new();
    let target = json!({ "rawId": "4:+14255550199" });
    let body =
        json!({ "tones": ["one", "Pound", "a"], "targetParticipant": target, "operationContext": "oc" });
    let sent = surface.on_call(":sendDtmfTones", body).await;
    assert_eq!((sent.status, sent.body), (202, json!({ "operationContext": "oc" })));
    let asked = surface.asked();
    let [Command::SendTones { send, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(send.tones, [Tone::One, Tone::Pound, Tone::A]);

    let too_many = json!({ "tones": vec!["one"; 19], "targetParticipant": target });
    refused(&surface, ":sendDtmfTones", too_many, "tones").await;
    refused(&surface, ":sendDtmfTones", json!({ "tones": [], "targetParticipant": target }), "tones").await;

    for verb in [":startContinuousDtmfRecognition", ":stopContinuousDtmfRecognition"] {
        let answer = surface.on_call(verb, json!({ "targetParticipant": target })).await;
        assert_eq!((answer.status, answer.body), (200, Value::Null));
    }
    let asked = surface.asked();
    assert!(matches!(asked[..], [Command::StartContinuousTones { .. }, Command::StopContinuousTones { .. }]));
}

#[tokio::test]
async fn somebody_is_held_and_taken_back() {
    let surface = Surface::new();
    let target = json!({ "rawId": "4:+14255550199" });
    let music = json!({ "kind": "text", "text": { "text": "wait" } });
    let held =
        surface.on_call(":hold", json!({ "targetParticipant": target, "playSourceInfo": music })).await;
    assert_eq!((held.status, held.body), (200, Value::Null));
    let back = surface.on_call(":unhold", json!({ "targetParticipant": target })).await;
    assert_eq!((back.status, back.body), (200, Value::Null));
    let asked = surface.asked();
    let [Command::Hold { hold, .. }, Command::Unhold { .. }] = &asked[..] else { panic!("{asked:?}") };
    assert!(hold.music.is_some());
}
