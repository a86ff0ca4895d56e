//! Nobody is recorded who has not been told, where the operator wants it so.

use conformance::app::App;
use conformance::patience::until;
use conformance::platform::{Platform, folder};
use conformance::scene::subscribed;
use conformance::sdk::{Kind, Sdk};
use conformance::signed::Client;
use conformance::soft_phone::{Conversation, SoftPhone};
use conformance::sound::{Sound, sine, wav};
use serde_json::{Value, json};

use crate::shared_configuration::{NUMBER, configuration};

const ANNOUNCEMENT: f64 = 700.0;
const ALICE: f64 = 440.0;
const BOB: f64 = 1000.0;

struct Talk {
    platform: Platform,
    app: App,
    connection: String,
    alice: Conversation,
}

impl Talk {
    async fn begin(name: &str, recording: &str) -> Self {
        let more = format!("[recording]\nhost = \"contoso.asm.skype.com\"\n{recording}");
        let platform = Platform::configured(name, &configuration("", &more)).await;
        let app = App::start().await;
        subscribed(&platform, "all", &["subscribe", "--name", "all", "--url", &app.url("/eventgrid")]).await;
        let alice = SoftPhone::dialing(&platform, "alice", "secret-of-alice", NUMBER);
        let alice = alice.saying(Sound::tone(ALICE, 60.0)).start();
        let incoming = app.event("IncomingCall").await;
        let answer = json!({
            "incomingCallContext": incoming.text("incomingCallContext"),
            "callbackUri": app.url("/callbacks"),
        });
        let answered =
            Client::new(&platform.ready).post("/calling/callConnections:answer", &answer).send().await;
        assert_eq!(answered.status, 200, "{}", answered.body);
        app.event("CallConnected").await;
        Self { connection: answered.text("callConnectionId").to_owned(), platform, app, alice }
    }

    async fn posts(&self, path: &str, body: Value) -> Value {
        let answer = Client::new(&self.platform.ready).post(path, &body).send().await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.body
    }

    async fn records(&self) -> String {
        let wish = json!({
            "callConnectionId": self.connection, "recordingStateCallbackUri": self.app.url("/recordings"),
            "recordingContentType": "audio", "recordingChannelType": "mixed", "recordingFormatType": "wav",
        });
        let started = self.posts("/calling/recordings", wish).await;
        assert_eq!(self.app.event("RecordingStateChanged").await.text("state"), "active");
        started["recordingId"].as_str().expect("an id").to_owned()
    }

    /// Waits until so much more is written.
    async fn keeps_seconds(&self, seconds: f64) {
        let written = || {
            let entries = std::fs::read_dir(self.platform.data().join("recordings")).into_iter().flatten();
            let sizes = entries.flatten().filter_map(|entry| Some(entry.metadata().ok()?.len()));
            sizes.max().unwrap_or_default()
        };
        let enough = written() + (seconds * 32_000.0) as u64;
        until("more to be recorded", || written() >= enough).await;
    }

    /// The file of a recording that is over.
    async fn file(&self, recording: &str) -> Sound {
        let client = Client::new(&self.platform.ready);
        assert_eq!(client.delete(&format!("/calling/recordings/{recording}")).send().await.status, 204);
        let told = self.app.event("RecordingFileStatusUpdated").await;
        let location = &told.data()["recordingStorageInfo"]["recordingChunks"][0]["contentLocation"];
        let path = folder("announced").join("file.wav");
        let sdk = Sdk::start(Kind::JavaScript, &self.platform.ready);
        sdk.ask("download", json!({ "location": location, "path": path })).await;
        let mut reader = hound::WavReader::open(&path).expect("a WAV file");
        let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
        Sound { samples: samples.into_iter().step_by(2).collect() }
    }
}

#[tokio::test]
async fn everybody_hears_that_they_are_recorded_before_the_first_of_them_is() {
    let file = folder("announcement").join("announcement.wav");
    std::fs::write(&file, wav(&sine(ANNOUNCEMENT, 1.5, 16_000), 16_000)).expect("the folder can be written");
    let setting = format!("announce-file = \"{}\"\n", file.display());
    let talk = Talk::begin("announced", &setting).await;
    let recording = talk.records().await;

    // Bob comes later: Alice is recorded meanwhile, he is when he has been told himself.
    let bob = SoftPhone::answering(&talk.platform, "bob", "secret-of-bob");
    let bob = bob.saying(Sound::tone(BOB, 60.0)).start_registered().await;
    let add = json!({
        "participantToAdd": { "kind": "phoneNumber", "phoneNumber": { "value": "+14255560002" } },
        "sourceCallerIdNumber": { "value": NUMBER },
    });
    talk.posts(&format!("/calling/callConnections/{}/participants:add", talk.connection), add).await;
    talk.app.event("AddParticipantSucceeded").await;
    talk.keeps_seconds(3.5).await;
    let recorded = talk.file(&recording).await;

    let (alice, bob) = (talk.alice.hangs_up().await.heard, bob.hangs_up().await.heard);
    for (name, heard) in [("Alice", &alice), ("Bob", &bob)] {
        let seconds = heard.seconds_with_tone(ANNOUNCEMENT);
        assert!((1.2..1.8).contains(&seconds), "{name} heard it once: {seconds} s");
    }
    assert!(recorded.seconds_with_tone(ANNOUNCEMENT) < 0.1, "it is not in the file");
    assert!(recorded.seconds_with_tone(ALICE) > recorded.duration() - 0.3, "Alice is, from the beginning");
    let with_bob = recorded.seconds_with_tone(BOB);
    // Bob sings from his answer on, and is kept a second and a half later.
    let talked = alice.seconds_with_tone(BOB);
    assert!(with_bob > 0.5 && with_bob < talked - 1.0, "{with_bob} s of {talked} s");
}

#[tokio::test]
async fn words_are_spoken_before_a_recording() {
    let talk = Talk::begin("announced-words", "announce = \"This call is recorded.\"\n").await;
    talk.records().await;
    let heard = talk.alice.hangs_up().await.heard;
    assert!(heard.seconds_of_speech() > 0.8, "{} s", heard.seconds_of_speech());
}
