//! What only api-version 2025-08-15-preview knows, with the release of the Python SDK that speaks it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use axum::routing::post;
use axum::{Json, Router};
use base64::prelude::{BASE64_STANDARD, Engine};
use conformance::app::App;
use conformance::patience::until;
use conformance::platform::Platform;
use conformance::scene::{Scene, subscribed, text};
use conformance::sdk::{Kind, Sdk};
use conformance::socket::Socket;
use conformance::soft_phone::SoftPhone;
use conformance::sound::{Sound, sine};
use serde_json::{Value, json};

use crate::examples::words;

const NUMBER: &str = "+14255550100";

/// What the provider of speech says it heard, one sentence after the other, and in which language.
const SENTENCES: [(&str, &str); 3] = [
    ("Good morning, my card is 4111 1111 1111 1111.", "english"),
    ("Das ist ja furchtbar.", "german"),
    ("This is terrible, I am very angry.", "english"),
];

#[tokio::test]
async fn what_is_said_is_written_down_masked_with_its_language_and_mood_and_is_summed_up() {
    let platform = Platform::configured("preview", &configuration(&ear().await)).await;
    let (app, socket) = (App::start().await, Socket::start().await);
    let url = app.url("/eventgrid");
    let arguments =
        ["subscribe", "--name", "app", "--url", &url, "--types", "Microsoft.Communication.IncomingCall"];
    subscribed(&platform, "app", &arguments).await;
    let sdk = Sdk::start(Kind::PythonPreview, &platform.ready);

    let caller = SoftPhone::dialing(&platform, "reception", "a long one", NUMBER).saying(speech()).start();
    let incoming = app.event("IncomingCall").await;
    let transcription = json!({
        "url": socket.url(),
        "locales": ["en-US", "de-DE"],
        "start": true,
        "masked": true,
        "sentiment": true,
        "summary": { "atEnd": true, "locale": "en-US" },
    });
    let answer = json!({
        "context": incoming.text("incomingCallContext"),
        "callback": app.url("/callbacks"),
        "operationContext": "the call",
        "transcription": transcription,
    });
    let connection = text(&sdk.ask("answer", answer).await, "connection");
    app.event("TranscriptionStarted").await;

    let said = async |number: usize| {
        let frame = socket.nth("TranscriptionData", number).await;
        let data = frame["transcriptionData"].clone();
        assert_eq!(data["participantRawID"], "4:+14255550111", "{data}");
        data
    };
    let personal = said(0).await;
    let masked = personal["text"].as_str().expect("a text");
    assert!(masked.contains("Good morning") && !masked.contains("4111"), "{masked}");
    assert_eq!((&personal["words"], &personal["languageIdentified"]), (&json!([]), &json!("en-US")));
    let german = said(1).await;
    assert_eq!((&german["text"], &german["languageIdentified"]), (&json!(SENTENCES[1].0), &json!("de-DE")));
    let angry = said(2).await;
    assert_eq!((&angry["text"], &angry["sentiment"]), (&json!(SENTENCES[2].0), &json!("negative")));

    let now =
        json!({ "connection": connection, "operationContext": "so far", "summary": { "locale": "en-US" } });
    sdk.ask("summarize", now).await;
    let summary = app.event_of("TranscriptionCallSummaryUpdated", "so far").await;
    check_summary(&summary.data()["transcriptionUpdate"]);
    caller.hangs_up().await;
    let last = app.event_of("TranscriptionCallSummaryUpdated", "the call").await;
    check_summary(&last.data()["transcriptionUpdate"]);
    app.event("CallDisconnected").await;
    assert_eq!(app.kinds().last().map(String::as_str), Some("CallDisconnected"));
    for event in app.events().into_iter().filter(|event| event.body.get("specversion").is_some()) {
        let parsed = sdk.ask("parse", json!({ "event": event.body })).await;
        assert_eq!(parsed["kind"], event.kind());
    }
}

fn check_summary(update: &Value) {
    assert_eq!(update["transcriptionStatus"], "callSummaryUpdated", "{update}");
    assert_eq!(update["transcriptionStatusDetails"], "callSummarySuccess", "{update}");
    let summary = update["transcriptionMessage"].as_str().expect("a summary");
    assert!(!summary.is_empty() && !summary.contains("4111"), "{summary}");
}

#[tokio::test]
async fn an_application_hears_itself_with_loopback_and_not_without() {
    let scene = Scene::new(Kind::PythonPreview).await;
    for loopback in [true, false] {
        let socket = Socket::start().await;
        let (line, incoming) = scene.is_called().await;
        let wanted = json!({ "streaming": { "url": socket.url(), "start": true }, "loopback": loopback });
        let call = scene.answer_wanting(line, &incoming, wanted).await;
        socket.frame("AudioData", |_| true).await;

        let mark = socket.count("AudioData");
        let bytes: Vec<u8> =
            sine(400.0, 2.0, 16_000).iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let data = BASE64_STANDARD.encode(bytes);
        socket.say(&json!({ "kind": "audioData", "audioData": { "data": data } }));
        call.line.media.hears_tone(400.0).await;
        let heard = |seconds: f64| socket.sound(mark).seconds_with_tone(400.0) >= seconds;
        if loopback {
            until("the application to hear itself", || heard(0.5)).await;
        } else {
            // By now it would have.
            call.line.media.hears_silence().await;
            assert!(!heard(0.1), "{} s", socket.sound(mark).seconds_with_tone(400.0));
        }
        scene.ask("hangUp", &call, json!({ "everyone": true })).await;
        socket.hung_up().await;
    }
    scene.sdk_reads_every_event().await;
}

/// Three sentences, after the ear had time to begin.
fn speech() -> Sound {
    let silence = |seconds| vec![0; Sound::tone(0.0, seconds).samples.len()];
    let sentence = || words("good morning to everybody").samples;
    let said = [silence(4.0), sentence(), silence(2.0), sentence(), silence(2.0), sentence(), silence(30.0)];
    Sound { samples: said.concat() }
}

/// A server with OpenAI's interface for transcription.
async fn ear() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let address = listener.local_addr().expect("a bound listener has an address");
    let turn = Arc::new(AtomicUsize::new(0));
    let answer = move |body: Bytes| async move {
        assert!(body.windows(4).any(|four| four == b"RIFF"), "it is sent a WAV file");
        let (text, language) =
            SENTENCES.get(turn.fetch_add(1, Ordering::Relaxed)).copied().unwrap_or_default();
        Json(json!({ "text": text, "language": language, "duration": 1.0 }))
    };
    let router = Router::new().route("/v1/audio/transcriptions", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn configuration(ear: &str) -> String {
    format!(
        "[outgoing]\nallow-private = \"loopback\"\n\n[speech]\nears = \"openai\"\nopenai = \"{ear}\"\n\n\
         [[tenants]]\nname = \"Contoso\"\n\n[[tenants.resources]]\nname = \"contoso\"\nnumbers = [\"{NUMBER}\"]\n\n\
         [[tenants.phones]]\nname = \"reception\"\nnumber = \"+14255550111\"\npassword = \"a long one\"\n"
    )
}
