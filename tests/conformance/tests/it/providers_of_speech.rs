//! Voices and ears of the network: a voice is heard while it still speaks, and free speech is understood.
//!
//! Both are a local server with OpenAI's interfaces, as the operator configures one. Its voice says the first half, and
//! the second only once somebody has heard the first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::routing::post;
use axum::{Json, Router};
use conformance::app::App;
use conformance::cli;
use conformance::patience::in_time;
use conformance::platform::{Platform, folder};
use conformance::scene::subscribed;
use conformance::signed::Client;
use conformance::sipp::{Scenario, Sipp};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use crate::examples::words;

const NUMBER: &str = "+14255550100";
/// What the two halves sound like, and how long each lasts.
const FIRST: f64 = 700.0;
const SECOND: f64 = 1_100.0;
const SECONDS: f64 = 2.0;
/// OpenAI's raw sound.
const RATE: f64 = 24_000.0;

/// How a speech goes on after its first half.
#[derive(Clone, Copy)]
enum Rest {
    Said,
    BrokenOff,
}

struct Voice {
    endpoint: String,
    /// How many speeches were asked for.
    asked: Arc<AtomicUsize>,
    go_on: mpsc::Sender<Rest>,
}

impl Voice {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound listener has an address");
        let (go_on, told) = mpsc::channel(8);
        let (asked, told) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(told)));
        let speak = {
            let asked = asked.clone();
            move || async move {
                asked.fetch_add(1, Ordering::Relaxed);
                let halves = stream::unfold(0, move |half| {
                    let told = told.clone();
                    async move {
                        match half {
                            0 => Some((Ok(tone(FIRST)), 1)),
                            1 => match told.lock().await.recv().await? {
                                Rest::Said => Some((Ok(tone(SECOND)), 2)),
                                Rest::BrokenOff => {
                                    Some((Err(std::io::Error::other("the voice is hoarse")), 2))
                                }
                            },
                            _ => None,
                        }
                    }
                });
                Body::from_stream(halves)
            }
        };
        let listen = |body: Bytes| async move {
            assert!(body.windows(4).any(|four| four == b"RIFF"), "it is sent a WAV file");
            Json(json!({ "text": "I would like a table for two.", "language": "english", "duration": 1.0 }))
        };
        let router = Router::new()
            .route("/v1/audio/speech", post(speak))
            .route("/v1/audio/transcriptions", post(listen));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { endpoint: format!("http://{address}"), asked, go_on }
    }

    async fn goes_on(&self, rest: Rest) {
        self.go_on.send(rest).await.expect("the server runs");
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn tone(hertz: f64) -> Bytes {
    let sample = |index: usize| (index as f64 / RATE * hertz * std::f64::consts::TAU).sin() * 12_000.0;
    (0..(RATE * SECONDS) as usize).flat_map(|index| (sample(index) as i16).to_le_bytes()).collect()
}

/// Somebody who listens to an application that speaks with this voice.
struct Talk {
    client: Client,
    app: App,
    connection: String,
    caller: Value,
    line: Sipp,
    _platform: Platform,
}

impl Talk {
    async fn begin(name: &str, voice: &Voice) -> Self {
        let configuration = format!(
            "[outgoing]\nallow-private = \"loopback\"\n[sip]\nstrangers = \"loopback\"\n\
             [speech]\nvoices = \"openai\"\nears = \"openai\"\nopenai = \"{}\"\n\
             [[tenants]]\nname = \"Contoso\"\n[[tenants.resources]]\nname = \"contoso\"\nnumbers = [\"{NUMBER}\"]\n",
            voice.endpoint
        );
        let platform = Platform::configured(name, &configuration).await;
        let app = App::start().await;
        subscribed(&platform, "all", &["subscribe", "--name", "all", "--url", &app.url("/eventgrid")]).await;
        let here = std::net::Ipv4Addr::LOCALHOST.into();
        let line = Scenario::caller(here, &platform.ready.sip.udp, NUMBER).start();
        let incoming = app.event("IncomingCall").await;
        let answer = json!({
            "incomingCallContext": incoming.text("incomingCallContext"),
            "callbackUri": app.url("/callbacks"),
            "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://contoso.example" },
        });
        let client = Client::new(&platform.ready);
        let answered = client.post("/calling/callConnections:answer", &answer).send().await;
        assert_eq!(answered.status, 200, "{}", answered.body);
        line.talks().await;
        app.event("CallConnected").await;
        let connection = answered.text("callConnectionId").to_owned();
        Self { client, app, connection, caller: incoming.data()["from"].clone(), line, _platform: platform }
    }

    async fn plays(&self, context: &str) {
        let play = json!({
            "playSources": [{ "kind": "text", "text": { "text": "Good morning." } }],
            "playTo": [],
            "operationContext": context,
        });
        self.asks("play", &play).await;
    }

    async fn asks(&self, verb: &str, what: &Value) {
        let path = format!("/calling/callConnections/{}:{verb}", self.connection);
        let asked = self.client.post(&path, what).send().await;
        assert_eq!(asked.status, 202, "{}", asked.body);
    }

    /// Both halves were heard since then, and nothing of them is missing.
    async fn heard_all_since(&self, mark: usize) {
        self.line.media.hears_silence().await;
        let heard = self.line.media.since(mark);
        for hertz in [FIRST, SECOND] {
            let seconds = heard.seconds_of_tone(hertz);
            assert!((SECONDS - 0.1..SECONDS + 0.1).contains(&seconds), "{seconds} s of {hertz} Hz");
        }
    }
}

#[tokio::test]
async fn a_prompt_is_heard_while_the_voice_still_speaks() {
    let voice = Voice::start().await;
    let talk = Talk::begin("spoken-as-it-comes", &voice).await;
    let mark = talk.line.media.now();
    talk.plays("once").await;
    talk.line.media.hears_tone(FIRST).await;
    talk.app.event_of("PlayStarted", "once").await;
    talk.line.media.hears_silence().await;
    assert!(!talk.app.kinds().contains(&"PlayCompleted".to_owned()), "the rest is not there");
    voice.goes_on(Rest::Said).await;
    talk.line.media.hears_tone(SECOND).await;
    assert_eq!(talk.app.event_of("PlayCompleted", "once").await.result(), (200, 0));
    talk.heard_all_since(mark).await;

    // What was said is kept: the voice is not asked again.
    let mark = talk.line.media.now();
    talk.plays("again").await;
    talk.app.event_of("PlayCompleted", "again").await;
    talk.heard_all_since(mark).await;
    assert_eq!(voice.asked(), 1);
}

#[tokio::test]
async fn a_voice_that_breaks_off_fails_the_prompt_and_is_asked_again_for_the_next() {
    let voice = Voice::start().await;
    let talk = Talk::begin("broken-off", &voice).await;
    talk.plays("hoarse").await;
    talk.line.media.hears_tone(FIRST).await;
    voice.goes_on(Rest::BrokenOff).await;
    let failed = talk.app.event_of("PlayFailed", "hoarse").await;
    assert_eq!(failed.result(), (400, 8565));
    talk.line.media.hears_silence().await;

    let mark = talk.line.media.now();
    talk.plays("well").await;
    voice.goes_on(Rest::Said).await;
    in_time("the prompt to be played", talk.app.event_of("PlayCompleted", "well")).await;
    talk.heard_all_since(mark).await;
    assert_eq!(voice.asked(), 2, "what broke off is not kept");
}

#[tokio::test]
async fn a_caller_says_anything_and_the_application_reads_it() {
    let voice = Voice::start().await;
    let talk = Talk::begin("free-speech", &voice).await;
    let recognize = json!({
        "recognizeInputType": "speech",
        "recognizeOptions": {
            "targetParticipant": talk.caller,
            "initialSilenceTimeoutInSeconds": 20,
            "speechOptions": { "endSilenceTimeoutInMs": 700 },
        },
        "operationContext": "what it is about",
    });
    talk.asks("recognize", &recognize).await;
    talk.line.media.say(words("I would like a table for two"));
    let done = talk.app.event_of("RecognizeCompleted", "what it is about").await;
    assert_eq!(done.data()["recognitionType"], "speech");
    assert_eq!(done.data()["speechResult"]["speech"], "I would like a table for two.");
}

#[tokio::test]
async fn a_neural_voice_that_cannot_be_loaded_is_said_at_the_start_with_what_to_do() {
    let folder = folder("no-runtime");
    let (configuration, voice) = (folder.join("ringdown.toml"), folder.join("voice.onnx"));
    let beside =
        r#"{ "audio": { "sample_rate": 22050 }, "phoneme_id_map": { "_": [0], "^": [1], "$": [2] } }"#;
    std::fs::write(folder.join("voice.onnx.json"), beside).expect("the folder can be written");
    let serve = async |speech: String| {
        std::fs::write(&configuration, format!("[speech]\nvoices = \"local\"\n{speech}"))
            .expect("it can be written");
        let (file, data) = (configuration.display().to_string(), folder.join("data").display().to_string());
        let said = cli::ringdown(&["serve", "--config", &file, "--data", &data]).await;
        assert_eq!(said.status, 2, "{}", said.error);
        let mut lines = said.error.lines().filter(|line| line.starts_with("ringdown: "));
        let line = lines.next().unwrap_or_else(|| panic!("it says why: {}", said.error)).to_owned();
        assert_eq!(lines.next(), None, "one clear line");
        line
    };
    let unnamed = serve(String::new()).await;
    assert!(unnamed.contains("speech.local-voice"), "{unnamed}");
    let voice =
        format!("local-voice = \"{}\"\nonnx-runtime = \"/nowhere/libonnxruntime.so\"\n", voice.display());
    let unloaded = serve(voice).await;
    assert!(
        unloaded.contains("speech.onnx-runtime") && unloaded.contains("OpenAI's interfaces"),
        "{unloaded}"
    );
}
