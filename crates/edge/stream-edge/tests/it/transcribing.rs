//! What is said, as text. Real speech goes to a server that speaks the OpenAI protocol, which gives back the same
//! words each time.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use axum::{Json, Router};
use identifier::{CallConnectionId, CorrelationId, ResourceId};
use media_plan::{ApplicationSocket, Listening, Purpose, TapEnd, TapReport, Transcription};
use outbound_http::{OutboundHttp, OutboundPolicy};
use serde_json::{Value, json};
use speech_edge::{EarError, Hearing, OpenAiSettings, OpenAiSpeech, Opening, SpeechToText};
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;

use crate::app::{App, Habit};
use crate::stage::{NAMES, Stage, TAP};

const SAID: &str = "Thank you so much, my number is 425 555 0100.";

/// Ears of a server that understands the same in everything.
fn ears(runtime: &Runtime) -> Arc<dyn SpeechToText> {
    let endpoint = runtime.block_on(async {
        let answer = async |body: axum::body::Bytes| {
            assert!(body.windows(4).any(|part| part == b"RIFF"), "a sound file is in the form");
            let word = |word: &str, start: f64| json!({"word": word, "start": start, "end": start + 0.2});
            Json(json!({"text": SAID, "words": [word("Thank", 0.1), word("you", 0.3)]}))
        };
        let router = Router::new().route("/v1/audio/transcriptions", post(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router.layer(DefaultBodyLimit::disable())).await });
        format!("http://{address}")
    });
    let policy =
        OutboundPolicy { allow_private: vec!["loopback".parse().unwrap()], ..OutboundPolicy::default() };
    let http = OutboundHttp::new(policy).unwrap();
    Arc::new(OpenAiSpeech::new(http, OpenAiSettings { endpoint, ..OpenAiSettings::default() }))
}

fn stage() -> Stage {
    Stage::hearing(&["loopback"], None, [None, None], Some(ears))
}

fn transcription(app: &App) -> Transcription {
    Transcription {
        socket: ApplicationSocket {
            url: app.url().into(),
            connection: CallConnectionId::from_u128(3),
            correlation: CorrelationId::from_u128(4),
            resource: ResourceId::from_u128(2),
        },
        listening: Listening { languages: vec!["en-US".into()], ..Listening::default() },
        intermediate: false,
        redacted: false,
        paused: false,
        summary: None,
    }
}

/// Words as a voice says them, and a pause.
fn speech() -> Vec<i16> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "thank you so much, my number is four two five five five five zero one zero zero";
    let spoken = Command::new("espeak-ng").arg("-w").arg(file.path()).arg(text).status();
    assert!(spoken.expect("espeak-ng is installed").success());
    let sound = codec::decode_file(&std::fs::read(file.path()).unwrap(), Duration::from_secs(60)).unwrap();
    let mut samples = codec::resample(&sound, 8_000).samples;
    samples.extend([0; 8_000]);
    samples
}

fn said(app: &App) -> Vec<Value> {
    app.of_kind("TranscriptionData").into_iter().map(|message| message["transcriptionData"].clone()).collect()
}

#[test]
fn who_said_what_is_told_with_the_time_of_each_word() {
    let mut stage = stage();
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    stage.listen(Purpose::Transcribe(transcription(&app)));
    stage.until_reported(TapReport::Started);
    stage.one.say_once(&speech());
    stage.until("the first is understood", |_, _| !said(&app).is_empty());
    stage.two.say_once(&speech());
    stage.until("the second is understood", |_, _| said(&app).len() >= 2);

    let metadata = &app.messages()[0];
    let expected = json!({"kind": "TranscriptionMetadata", "transcriptionMetadata": {
        "subscriptionId": TAP.to_string(), "locale": "en-US",
        "callConnectionId": CallConnectionId::from_u128(3).to_string(),
        "correlationId": CorrelationId::from_u128(4).to_string(),
    }});
    assert_eq!(*metadata, expected);
    assert_eq!(app.header("x-ms-call-connection-id"), CallConnectionId::from_u128(3).to_string());
    let said = said(&app);
    let [first, .., last] = &said[..] else { panic!("two have spoken") };
    assert_eq!((&first["participantRawID"], &last["participantRawID"]), (&json!(NAMES[0]), &json!(NAMES[1])));
    assert_eq!((&first["text"], &first["resultStatus"]), (&json!(SAID), &json!("Final")));
    let words = first["words"].as_array().unwrap();
    let at = |value: &Value| value["offset"].as_u64().unwrap();
    assert_eq!(words.len(), 2);
    assert!(at(&words[0]) >= at(first) && at(&words[1]) - at(&words[0]) == 2_000_000);
    assert!(at(last) > at(first) + 10_000_000, "times are those of the call");
    stage.stop();
    stage.until("the socket is closed", |_, _| app.closes() == 1);
}

#[test]
fn what_is_personal_is_masked_and_moods_are_told_and_a_summary_is_made_now_and_in_the_end() {
    let mut stage = stage();
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    let mut wish = transcription(&app);
    (wish.redacted, wish.listening.sentiment) = (true, true);
    stage.listen(Purpose::Transcribe(wish.clone()));
    stage.until_reported(TapReport::Started);
    stage.one.say_once(&speech());
    stage.until("it is understood", |_, _| !said(&app).is_empty());
    let told = &said(&app)[0];
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("Thank you") && !text.contains("555"), "{text}");
    assert_eq!((&told["words"], &told["sentiment"]), (&json!([]), &json!("positive")));

    wish.summary = Some("en-US".into());
    stage.listen(Purpose::Transcribe(wish));
    let is_summary =
        |report: &TapReport| matches!(report, TapReport::Summary(Ok(text)) if text.contains("Thank"));
    stage.until_told(is_summary);
    stage.stop();
    stage.until_told(is_summary);
}

#[test]
fn what_an_application_says_to_a_transcript_is_borne_until_it_is_too_long() {
    let mut stage = stage();
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    stage.listen(Purpose::Transcribe(transcription(&app)));
    stage.until_reported(TapReport::Started);
    for _ in 0..500 {
        app.say(Message::text("no JSON at all"));
        app.say(Message::binary(vec![0; 100]));
    }
    stage.one.say_once(&speech());
    stage.until("it is written down all the same", |_, _| !said(&app).is_empty());
    app.say(Message::text("x".repeat(10 << 20)));
    stage.until_reported(TapReport::Ended(TapEnd::Garbled));
}

#[test]
fn a_pause_and_another_language_are_in_force_when_it_is_said() {
    let mut stage = stage();
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    let mut wish = transcription(&app);
    stage.listen(Purpose::Transcribe(wish.clone()));
    stage.until_reported(TapReport::Started);
    wish.paused = true;
    stage.listen(Purpose::Transcribe(wish.clone()));
    stage.until_reported(TapReport::Changed);
    let speech = speech();
    stage.one.say_once(&speech);
    stage.talk_for(speech.len() as u64 / 8 + 500);
    assert!(said(&app).is_empty());
    wish.paused = false;
    wish.listening.languages = vec!["de-DE".into()];
    stage.listen(Purpose::Transcribe(wish));
    stage.until_reported(TapReport::Changed);
    stage.one.say_once(&speech);
    stage.until("it is understood", |_, _| !said(&app).is_empty());
    let metadata = app.of_kind("TranscriptionMetadata");
    assert_eq!(metadata[1]["transcriptionMetadata"]["locale"], "de-DE");
}

#[test]
fn what_somebody_said_who_leaves_in_the_middle_is_told_at_once_and_is_theirs() {
    let mut stage = stage();
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    let wish = Purpose::Transcribe(transcription(&app));
    stage.listen(wish.clone());
    stage.until_reported(TapReport::Started);
    let speech = speech();
    stage.one.say_once(&speech);
    stage.talk_for(speech.len() as u64 / 16);
    assert!(said(&app).is_empty(), "the sentence goes on");
    stage.listen_to(&[1], wish);
    stage.until("half a sentence is understood", |_, _| !said(&app).is_empty());
    assert_eq!(said(&app)[0]["participantRawID"], NAMES[0]);
}

/// As the embedded ear answers.
struct NoDictation;

impl SpeechToText for NoDictation {
    fn check(&self, _: &Hearing) -> Result<(), EarError> {
        Err(EarError::FreeSpeech)
    }

    fn listen(&self, _: Hearing) -> Opening {
        Box::pin(async { Err(EarError::FreeSpeech) })
    }
}

#[test]
fn without_a_provider_that_takes_dictation_it_fails_at_once() {
    let mut stage = Stage::hearing(&["loopback"], None, [None, None], Some(|_| Arc::new(NoDictation)));
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    stage.listen(Purpose::Transcribe(transcription(&app)));
    stage.until_reported(TapReport::Ended(TapEnd::NoProvider));
    assert_eq!(app.connections(), 0);
}
