//! Sound and words on WebSockets: set up with a call, then started and stopped; and holding a call of others.

use call_engine::CallOptions;
use exchange::Command;
use identifier::CallId;
use serde_json::{Value, json};

use crate::surface::{CONNECTION, Surface, signed_target};

fn streaming() -> Value {
    json!({
        "transportType": "websocket", "audioChannelType": "mixed", "transportUrl": "wss://localhost/ws",
        "contentType": "audio", "startMediaStreaming": true, "enableBidirectional": true,
        "audioFormat": "Pcm24KMono", "enableDtmfTones": true,
    })
}

fn transcription() -> Value {
    json!({
        "transportType": "websocket", "locale": "en-US", "transportUrl": "wss://localhost/ts",
        "startTranscription": false, "enableIntermediateResults": true,
        "piiRedactionOptions": { "enable": true, "redactionType": "maskWithCharacter" },
        "summarizationOptions": { "enableEndCallSummary": true, "locale": "de-DE" },
        "enableSentimentAnalysis": true, "locales": ["en-US", "es-ES"],
    })
}

fn create() -> Value {
    json!({
        "targets": [{ "rawId": "8:acs:r_u" }],
        "callbackUri": "https://localhost/cb",
        "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://cog/" },
        "mediaStreamingOptions": streaming(),
        "transcriptionOptions": transcription(),
        "enableLoopbackAudio": true,
    })
}

fn created(surface: &Surface) -> CallOptions {
    let mut asked = surface.asked();
    let Some(Command::CreateCall { options, .. }) = asked.pop() else { panic!("{asked:?}") };
    options
}

#[tokio::test]
async fn both_are_set_up_with_a_call() {
    let surface = Surface::new();
    assert_eq!(surface.post("/calling/callConnections", create()).await.status, 201);
    let options = created(&surface);
    assert_eq!(options.speech.as_deref(), Some("https://cog/"));
    let streaming = options.streaming.expect("it is set up");
    assert_eq!((&*streaming.url, streaming.rate_hz), ("wss://localhost/ws", 24_000));
    assert!(streaming.bidirectional && streaming.keys && streaming.start && !streaming.unmixed);
    let transcription = options.transcription.expect("it is set up");
    assert!(transcription.intermediate && !transcription.start);
    assert_eq!(transcription.reading.languages, Some(vec!["en-US".into()]));
    assert!(!streaming.loopback && transcription.reading.redacted.is_none(), "only the preview knows these");
}

#[tokio::test]
async fn what_only_the_preview_knows_counts_there() {
    let surface = Surface::new();
    let target = "/calling/callConnections?api-version=2025-08-15-preview";
    let body = create().to_string();
    assert_eq!(surface.send(signed_target("POST", target, body.as_bytes())).await.status, 201);
    let options = created(&surface);
    assert!(options.streaming.expect("it is set up").loopback);
    let reading = options.transcription.expect("it is set up").reading;
    assert_eq!(reading.languages, Some(vec!["en-US".into(), "es-ES".into()]));
    assert_eq!(
        (reading.redacted, reading.sentiment, reading.summary_at_end),
        (Some(true), Some(true), Some(true))
    );
    assert_eq!(reading.summary_language.as_deref(), Some("de-DE"));
}

#[tokio::test]
async fn what_could_not_work_is_refused_at_once() {
    let surface = Surface::new();
    for (part, property, value) in [
        ("mediaStreamingOptions", "transportUrl", json!(null)),
        ("mediaStreamingOptions", "transportUrl", json!("https://localhost/ws")),
        ("mediaStreamingOptions", "transportUrl", json!("localhost")),
        ("transcriptionOptions", "transportUrl", json!("")),
        ("transcriptionOptions", "locale", json!(null)),
        ("transcriptionOptions", "locale", json!("not a language")),
    ] {
        let mut body = create();
        body[part][property] = value;
        let answer = surface.post("/calling/callConnections", body).await;
        assert_eq!(answer.refusal(), "400/8523", "{part}.{property}");
        assert_eq!(answer.body["error"]["target"], format!("{part}.{property}"));
    }
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn each_is_started_and_stopped() {
    let surface = Surface::new();
    for verb in [":startMediaStreaming", ":stopMediaStreaming", ":startTranscription", ":stopTranscription"] {
        let answer = surface.on_call(verb, json!({})).await;
        assert_eq!((answer.status, answer.body), (202, Value::Null), "{verb}");
    }
    let body = json!({ "locale": "fr-FR", "speechModelEndpointId": "m", "operationContext": "oc" });
    assert_eq!(surface.on_call(":updateTranscription", body).await.status, 202);
    let asked = surface.asked();
    let [
        Command::StartStreaming { .. },
        Command::StopStreaming { .. },
        Command::StartTranscription { transcribe: start, .. },
        Command::StopTranscription { .. },
        Command::UpdateTranscription { transcribe: update, .. },
    ] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!(start.reading, call_engine::Reading::default());
    assert_eq!(update.reading.languages, Some(vec!["fr-FR".into()]));
    assert_eq!(update.operation_context.as_deref(), Some("oc"));
}

#[tokio::test]
async fn a_call_is_summed_up_in_the_preview_only() {
    let surface = Surface::new();
    let path = format!("/calling/callConnections/{CONNECTION}:summarizeCall");
    let body = json!({ "summarizationOptions": { "locale": "en-GB" } }).to_string();
    let target = format!("{path}?api-version=2025-08-15-preview");
    assert_eq!(surface.send(signed_target("POST", &target, body.as_bytes())).await.status, 202);
    assert!(matches!(surface.asked()[..], [Command::Summarize { .. }]));
    assert_eq!(surface.post(&path, json!({})).await.refusal(), "404/8520");
}

#[tokio::test]
async fn a_call_of_others_is_held_by_its_server_call_id() {
    let surface = Surface::new();
    let call = CallId::from_u128(2);
    let body = |locator: Value| json!({ "callLocator": locator, "callbackUri": "https://localhost/cb" });
    let by_server_call = json!({ "serverCallId": call.server_call_id(), "kind": "serverCallLocator" });
    let answer = surface.post("/calling/callConnections:connect", body(by_server_call)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["callConnectionId"], CONNECTION.to_string());
    let asked = surface.asked();
    assert!(matches!(&asked[..], [Command::Join { call: asked, .. }] if *asked == call), "{asked:?}");

    for (locator, refusal) in [
        (json!({ "serverCallId": "aHR0cHM6", "kind": "serverCallLocator" }), "404/8522"),
        (json!({ "groupCallId": "6f0c1a3e-0000-0000-0000-000000000000" }), "404/8522"),
        (json!({ "roomId": "9912", "kind": "roomCallLocator" }), "404/8522"),
        (json!({ "kind": "serverCallLocator" }), "400/8523"),
        (json!({}), "400/8523"),
    ] {
        let answer = surface.post("/calling/callConnections:connect", body(locator.clone())).await;
        assert_eq!(answer.refusal(), refusal, "{locator}");
    }
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn participants_move_here() {
    let surface = Surface::new();
    let from = "00000000-0000-0000-0000-000000000009";
    let body = json!({ "targetParticipants": [{ "rawId": "4:+14255550199" }], "fromCall": from, "operationContext": "oc" });
    let answer = surface.on_call("/participants:moveHere", body).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.body["fromCall"], from);
    assert_eq!(answer.body["participants"][0]["identifier"]["rawId"], "4:+14255550199");
    let asked = surface.asked();
    assert!(matches!(&asked[..], [Command::MoveParticipants { .. }]), "{asked:?}");
    let nobody = json!({ "targetParticipants": [], "fromCall": from });
    assert_eq!(surface.on_call("/participants:moveHere", nobody).await.refusal(), "400/8523");
    let nowhere = json!({ "targetParticipants": [{ "rawId": "4:+14255550199" }], "fromCall": "cid-2" });
    assert_eq!(surface.on_call("/participants:moveHere", nowhere).await.refusal(), "400/8523");
}
