//! Recordings when things go wrong: the process dies, the disk is full, a storage hangs.

use std::path::{Path, PathBuf};
use std::process::Command;

use conformance::app::App;
use conformance::metrics::Metrics;
use conformance::patience::{in_time, until, until_async};
use conformance::platform::{Platform, folder};
use conformance::scene::subscribed;
use conformance::sdk::{Kind, Sdk};
use conformance::signed::{API_VERSION, Client};
use conformance::soft_phone::{Conversation, SoftPhone};
use conformance::sound::Sound;
use serde_json::{Value, json};

use crate::shared_configuration::{NUMBER, configuration};

/// Somebody sings to an application.
struct Talk {
    platform: Platform,
    app: App,
    connection: String,
    _phone: Conversation,
}

const SONG: f64 = 440.0;

impl Talk {
    async fn begin(name: &str, more: &str) -> Self {
        let platform = Platform::configured(name, &configuration("", more)).await;
        let app = App::start().await;
        subscribed(&platform, "all", &["subscribe", "--name", "all", "--url", &app.url("/eventgrid")]).await;
        let phone = SoftPhone::dialing(&platform, "alice", "secret-of-alice", NUMBER);
        let phone = phone.saying(Sound::tone(SONG, 60.0)).start();
        let incoming = app.event("IncomingCall").await;
        let answer = json!({
            "incomingCallContext": incoming.text("incomingCallContext"),
            "callbackUri": app.url("/callbacks"),
        });
        let client = Client::new(&platform.ready);
        let answered = client.post("/calling/callConnections:answer", &answer).send().await;
        assert_eq!(answered.status, 200, "{}", answered.body);
        app.event("CallConnected").await;
        Self { connection: answered.text("callConnectionId").to_owned(), platform, app, _phone: phone }
    }

    /// Starts a recording by the connection; gives its id.
    async fn records(&self, wish: Value) -> String {
        self.records_in(API_VERSION, wish).await
    }

    async fn records_in(&self, version: &str, mut wish: Value) -> String {
        wish["recordingStateCallbackUri"] = json!(self.app.url("/recordings"));
        wish["callConnectionId"] = json!(self.connection);
        let client = Client::new(&self.platform.ready);
        let started = client.post("/calling/recordings", &wish).version(version).send().await;
        assert_eq!(started.status, 202, "{}", started.body);
        started.text("recordingId").to_owned()
    }

    /// The only file of the recordings that go on, and how large it is.
    fn growing_file(&self) -> u64 {
        let entries = std::fs::read_dir(self.platform.data().join("recordings")).into_iter().flatten();
        entries.flatten().filter_map(|entry| Some(entry.metadata().ok()?.len())).max().unwrap_or_default()
    }
}

/// A file as it is downloaded with the SDK: 16 kHz, the first channel.
async fn downloaded(platform: &Platform, location: &str) -> Sound {
    let path = folder("downloaded").join("file.wav");
    let sdk = Sdk::start(Kind::Python, &platform.ready);
    sdk.ask("download", json!({ "location": location, "path": path })).await;
    let mut reader = hound::WavReader::open(&path).expect("a WAV file");
    let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
    Sound { samples: samples.into_iter().step_by(2).collect() }
}

fn chunk(file: &Value) -> &Value {
    &file["recordingStorageInfo"]["recordingChunks"][0]
}

const SDK_HOST: &str = "[recording]\nhost = \"contoso.asm.skype.com\"\n";
const WAV: &str =
    r#"{ "recordingContentType": "audio", "recordingChannelType": "mixed", "recordingFormatType": "wav" }"#;

fn wav() -> Value {
    serde_json::from_str(WAV).expect("JSON")
}

#[tokio::test]
async fn a_server_that_is_killed_announces_the_recording_at_its_next_start_and_the_file_is_whole() {
    let mut talk = Talk::begin("recording-killed", SDK_HOST).await;
    let recording = talk.records(wav()).await;
    let active = talk.app.event("RecordingStateChanged").await;
    assert_eq!(active.text("state"), "active");
    // Three seconds are on the disk; what is said next may be lost.
    until("three seconds to be written", || talk.growing_file() >= 3 * 32_000).await;
    let written = talk.growing_file();
    talk.platform.kill();
    talk.platform.restart().await;

    let over = talk.app.event("RecordingStateChanged").await;
    assert_eq!((over.text("recordingId"), over.text("state")), (recording.as_str(), "inactive"));
    assert_eq!(over.text("callConnectionId"), talk.connection);
    assert_eq!(over.result(), (500, 9_999));
    talk.app.event("CallDisconnected").await;
    let file = talk.app.event("RecordingFileStatusUpdated").await;
    assert_eq!(file.text("sessionEndReason"), "ServiceRestarted");
    let told = file.data()["recordingDurationMs"].as_f64().expect("a number") / 1_000.0;
    let location = chunk(file.data())["contentLocation"].as_str().expect("a location").to_owned();
    let sound = downloaded(&talk.platform, &location).await;
    assert!(sound.duration() >= (written as f64 - 44.0) / 32_000.0 - 0.05, "{} s", sound.duration());
    assert!((sound.duration() - told).abs() < 0.05, "{} s, told {told} s", sound.duration());
    assert!(sound.seconds_of_tone(SONG) > sound.duration() - 0.3, "the singer is heard to the end");
    let states = talk.app.kinds().into_iter().filter(|kind| kind == "RecordingStateChanged").count();
    assert_eq!(states, 2, "it ends once");
}

/// A disk of its own, which goes away with this. As root; the tests of the recording edge need that too.
struct Disk {
    folder: PathBuf,
    image: Option<PathBuf>,
}

impl Disk {
    /// With room for so many bytes and no more.
    fn small(bytes: u32) -> Self {
        let folder = folder("small-disk");
        run("mount", &["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs", &shown(&folder)]);
        Self { folder, image: None }
    }

    /// One that can be made to hang.
    fn that_hangs() -> Self {
        let folder = folder("hanging-disk");
        let image = folder.with_extension("ext4");
        std::fs::File::create(&image).and_then(|file| file.set_len(16 << 20)).expect("room for an image");
        run("mkfs.ext4", &["-q", "-F", &shown(&image)]);
        run("mount", &["-o", "loop", &shown(&image), &shown(&folder)]);
        Self { folder, image: Some(image) }
    }

    /// From now on whoever writes waits.
    fn hang(&self) {
        run("fsfreeze", &["--freeze", &shown(&self.folder)]);
    }

    fn go_on(&self) {
        run("fsfreeze", &["--unfreeze", &shown(&self.folder)]);
    }

    fn configuration(&self) -> String {
        format!("{SDK_HOST}folder = \"{}/recordings\"\n", self.folder.display())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // It may not hang now.
        let _ = Command::new("fsfreeze").args(["--unfreeze", &shown(&self.folder)]).output();
        let _ = Command::new("umount").args(["-l", &shown(&self.folder)]).output();
        if let Some(image) = &self.image {
            let _ = std::fs::remove_file(image);
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn run(command: &str, arguments: &[&str]) {
    let done = Command::new(command).args(arguments).output();
    let done =
        done.unwrap_or_else(|error| panic!("{command} runs ({error}); it is in util-linux and e2fsprogs"));
    assert!(done.status.success(), "{command} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

impl Talk {
    /// The call is there, and its sound flows.
    async fn goes_on(&self) {
        let path = format!("/calling/callConnections/{}", self.connection);
        let known = Client::new(&self.platform.ready).get(&path).send().await;
        assert_eq!((known.status, known.text("callConnectionState")), (200, "connected"));
        let packets =
            || async { Metrics::of(&self.platform).await.sum("ringdown_media_packets_received_total", &[]) };
        let before = packets().await;
        until_async("more sound", || async { (packets().await > before + 40.0).then_some(()) }).await;
    }

    async fn stops(&self, recording: &str) {
        let path = format!("/calling/recordings/{recording}");
        let stopped = Client::new(&self.platform.ready).delete(&path).send().await;
        assert_eq!(stopped.status, 204, "{}", stopped.body);
    }
}

#[tokio::test]
async fn a_full_disk_ends_a_recording_and_no_call_and_what_it_had_room_for_is_there() {
    let disk = Disk::small(100 * 1024);
    let talk = Talk::begin("recording-full", &disk.configuration()).await;
    let recording = talk.records(wav()).await;
    assert_eq!(talk.app.event("RecordingStateChanged").await.text("state"), "active");
    let over = talk.app.event("RecordingStateChanged").await;
    assert_eq!((over.text("recordingId"), over.text("state")), (recording.as_str(), "inactive"));
    assert_eq!(over.result(), (500, 9_999));
    let file = talk.app.event("RecordingFileStatusUpdated").await;
    assert_eq!(file.text("sessionEndReason"), "ChunkCreationFailed");
    let location = chunk(file.data())["contentLocation"].as_str().expect("a location").to_owned();
    let sound = downloaded(&talk.platform, &location).await;
    assert!(sound.seconds_of_tone(SONG) > 1.5, "{} s", sound.duration());
    talk.goes_on().await;

    // Where no file can be made another one fails at its start, in the words of the version.
    std::fs::remove_dir_all(disk.folder.join("recordings")).expect("it can be removed");
    for (version, kind) in [("2025-06-15", "StartRecordingFailed"), ("2025-05-15", "RecordingStateChanged")] {
        let failed = talk.records_in(version, wav()).await;
        let told = talk.app.event(kind).await;
        assert_eq!((told.text("recordingId"), told.result()), (failed.as_str(), (500, 9_999)));
    }
    talk.goes_on().await;
}

#[tokio::test]
async fn a_disk_that_hangs_costs_the_recording_what_was_said_meanwhile_and_the_call_nothing() {
    let disk = Disk::that_hangs();
    let mut talk = Talk::begin("recording-hangs", &disk.configuration()).await;
    let recording = talk.records(wav()).await;
    assert_eq!(talk.app.event("RecordingStateChanged").await.text("state"), "active");
    let lost =
        || async { Metrics::of(&talk.platform).await.sum("ringdown_media_tap_frames_missed_total", &[]) };
    assert_eq!(lost().await, 0.0);
    disk.hang();
    // A second of sound waits; what comes then is not kept, and not waited for.
    let memory = talk.platform.kernel_says("VmRSS:");
    talk.goes_on().await;
    talk.goes_on().await;
    talk.goes_on().await;
    let grown = talk.platform.kernel_says("VmRSS:").saturating_sub(memory);
    assert!(grown < 20 * 1024, "it grew by {grown} kB");
    disk.go_on();
    until_async("the loss to be counted", || async { (lost().await > 0.0).then_some(()) }).await;
    talk.goes_on().await;
    talk.stops(&recording).await;
    let file = talk.app.event("RecordingFileStatusUpdated").await;
    assert_eq!(file.text("sessionEndReason"), "InitiatorLeft");
    let location = chunk(file.data())["contentLocation"].as_str().expect("a location").to_owned();
    let sound = downloaded(&talk.platform, &location).await;
    let silent = sound.duration() - sound.seconds_of_sound();
    assert!(silent > 0.5, "what is lost is silence: {silent} s of {} s", sound.duration());
    assert!(sound.last(0.5).seconds_of_tone(SONG) > 0.4, "it goes on after it");
    assert!(talk.platform.is_alive());
}

#[tokio::test]
async fn a_storage_that_hangs_costs_neither_the_call_nor_another_recording() {
    let talk = Talk::begin("recording-stalls", SDK_HOST).await;
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let address = mute.local_addr().expect("a bound listener has an address");
    let mut wish = wav();
    wish["externalStorage"] = json!({
        "recordingStorageKind": "azureBlobStorage",
        "recordingDestinationContainerUrl": format!("http://{address}/account/container?sig=secret"),
    });
    let stalled = talk.records(wish).await;
    assert_eq!(talk.app.event("RecordingStateChanged").await.text("state"), "active");
    talk.stops(&stalled).await;
    assert_eq!(talk.app.event("RecordingStateChanged").await.text("state"), "inactive");
    let (_socket, _) = in_time("the file to set out", mute.accept()).await.expect("somebody connects");

    let recording = talk.records(wav()).await;
    assert_eq!(talk.app.event("RecordingStateChanged").await.text("state"), "active");
    talk.goes_on().await;
    talk.stops(&recording).await;
    let file = talk.app.event("RecordingFileStatusUpdated").await;
    assert!(file.body["subject"].as_str().is_some_and(|subject| subject.ends_with(&recording)), "{file:?}");
    talk.goes_on().await;
}
