//! What a caller says is written down while they say it.
//!
//! The words come from a local server with OpenAI's interface for transcription, as the operator configures one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use axum::routing::post;
use axum::{Json, Router};
use conformance::platform::Platform;
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;
use serde_json::json;

use super::{Example, Service, words};

const NUMBER: &str = "+14255550100";

mod the_transcription_example_prints_what_each_caller_says {
    #[tokio::test]
    async fn javascript() {
        super::the_transcription_example_prints_what_each_caller_says("javascript").await;
    }

    #[tokio::test]
    async fn python() {
        super::the_transcription_example_prints_what_each_caller_says("python").await;
    }
}

async fn the_transcription_example_prints_what_each_caller_says(language: &str) {
    let ear = ear().await;
    let platform = Platform::configured("transcription", &configuration(&ear)).await;
    let service = Service { platform: &platform, number: NUMBER.to_owned() };
    let example = Example::start(&service, language, "transcription", &[]).await;
    example.takes_calls(&service).await;

    let silence = |seconds| vec![0; Sound::tone(0.0, seconds).samples.len()];
    let said = [
        silence(4.0),
        words("good morning").samples,
        silence(2.0),
        words("I would like a table for two").samples,
        silence(30.0),
    ];
    let caller = SoftPhone::dialing(&platform, "reception", "a long one", NUMBER)
        .saying(Sound { samples: said.concat() })
        .start();
    example.prints("TranscriptionStarted", 1).await;
    example.prints("4:+14255550111: Good morning.", 1).await;
    example.prints("4:+14255550111: I would like a table for two.", 1).await;
    let memory = caller.hangs_up().await;
    assert!(memory.heard.seconds_of_speech() > 0.5, "the caller is greeted: {}", example.log());
    example.prints("CallDisconnected", 1).await;
}

/// A server that is sent sound and answers with words, one sentence after the other.
async fn ear() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let address = listener.local_addr().expect("a bound listener has an address");
    let turn = Arc::new(AtomicUsize::new(0));
    let answer = move |body: Bytes| async move {
        assert!(body.windows(4).any(|four| four == b"RIFF"), "it is sent a WAV file");
        let sentences = ["Good morning.", "I would like a table for two."];
        let text = sentences.get(turn.fetch_add(1, Ordering::Relaxed)).copied().unwrap_or_default();
        Json(json!({ "text": text, "language": "english", "duration": 1.0 }))
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
