//! Recordings of real calls, downloaded with the SDKs as they are: who said what, in which channel.
//!
//! The hosts file beside the tests lets `contoso.asm.skype.com` lead to this machine, as an operator does it
//! for applications with newer SDKs.

use std::path::{Path, PathBuf};

use conformance::event::Event;
use conformance::platform::folder;
use conformance::scene::{Call, Scene, subscribed, text};
use serde_json::{Value, json};

/// What the files of a recording sound like: its channels.
fn channels(path: &Path) -> Vec<Vec<i16>> {
    let mut reader = hound::WavReader::open(path).expect("a WAV file");
    let spec = reader.spec();
    assert_eq!((spec.sample_rate, spec.bits_per_sample), (16_000, 16));
    let mut channels = vec![Vec::new(); usize::from(spec.channels)];
    let count = channels.len();
    for (index, sample) in reader.samples::<i16>().enumerate() {
        channels[index % count].push(sample.expect("a sample"));
    }
    channels
}

/// Seconds in which a tone is most of what sounds.
fn seconds_of(samples: &[i16], hertz: f64) -> f64 {
    conformance::sound::Sound { samples: samples.iter().step_by(2).copied().collect() }.seconds_of_tone(hertz)
}

/// The application hears of files, too.
async fn hears_of_files(scene: &Scene) {
    let name = format!("files-{}", scene.number.trim_start_matches('+'));
    let url = scene.app.url("/files");
    let types = "Microsoft.Communication.RecordingFileStatusUpdated";
    let arguments = ["subscribe", "--name", &name, "--url", &url, "--types", types];
    subscribed(&scene.world.platform, &name, &arguments).await;
}

async fn starts(scene: &Scene, call: &Call, mut wish: Value) -> String {
    let began = scene.app.kinds().iter().filter(|kind| *kind == "RecordingStateChanged").count();
    assert_eq!(began, 0);
    wish["callback"] = json!(scene.callback());
    // Started by a connection it is asynchronous and has no answer of use in older versions.
    let properties = scene.ask("properties", call, json!({})).await;
    wish["serverCallId"] = properties["serverCallId"].clone();
    let answer = scene.ask("startRecording", call, wish).await;
    scene.app.event_where("RecordingStateChanged", |event| event.text("state") == "active").await;
    text(&answer, "recording")
}

async fn file_of(scene: &Scene, recording: &str) -> Event {
    let is_mine =
        |event: &Event| event.body["subject"].as_str().is_some_and(|text| text.ends_with(recording));
    scene.app.event_where("RecordingFileStatusUpdated", is_mine).await
}

fn location(event: &Event, name: &str) -> String {
    text(&event.data()["recordingStorageInfo"]["recordingChunks"][0], name)
}

async fn downloaded(scene: &Scene, event: &Event, ending: &str) -> PathBuf {
    let path = folder(&format!("download-{}", text(&event.body, "id"))).join(format!("file.{ending}"));
    let arguments = json!({ "location": location(event, "contentLocation"), "path": path });
    scene.sdk.ask("download", arguments).await;
    path
}

with_each_sdk! {
    async fn each_party_is_heard_in_the_channel_of_their_own(scene: Scene) {
        hears_of_files(&scene).await;
        let call = scene.answers().await;
        call.line.media.sing(440.0);
        let (target, other) = scene.brings_in(&call).await;
        other.media.sing(1000.0);
        call.line.media.hears_tone(1000.0).await;
        let affinity = json!([{ "channel": 0, "who": target }]);
        let wish = json!({ "content": "audio", "channel": "unmixed", "format": "wav", "affinity": affinity });
        let recording = starts(&scene, &call, wish).await;
        call.line.media.hears_for("two seconds of the other", 2.0, |sound| sound.seconds_of_tone(1000.0) > 1.9).await;
        scene.sdk.ask("stopRecording", json!({ "recording": recording })).await;
        let event = file_of(&scene, &recording).await;
        assert_eq!(event.text("recordingChannelType"), "Unmixed");
        assert!(location(&event, "contentLocation").starts_with("https://contoso.asm.skype.com:"));
        let channels = channels(&downloaded(&scene, &event, "wav").await);
        assert_eq!(channels.len(), 2, "one for each party");
        let seconds = channels[0].len() as f64 / 16_000.0;
        let told = event.data()["recordingDurationMs"].as_f64().expect("a number") / 1_000.0;
        assert!(seconds > 1.8 && (seconds - told).abs() < 0.001, "{seconds} s, told {told} s");
        for (channel, own, foreign) in [(0, 1000.0, 440.0), (1, 440.0, 1000.0)] {
            assert!(seconds_of(&channels[channel], own) > seconds - 0.3, "channel {channel} has {own} Hz");
            assert_eq!(seconds_of(&channels[channel], foreign), 0.0, "channel {channel} has no {foreign} Hz");
        }
    }

    async fn a_pause_is_missing_in_the_file(scene: Scene) {
        hears_of_files(&scene).await;
        let call = scene.answers().await;
        call.line.media.sing(440.0);
        let recording = starts(&scene, &call, json!({ "content": "audio", "channel": "mixed", "format": "wav" })).await;
        let of = json!({ "recording": recording });
        call.line.media.hears_for("a second to pass", 1.0, |_| true).await;
        scene.sdk.ask("pauseRecording", of.clone()).await;
        scene.app.event_where("RecordingStateChanged", |event| event.text("state") == "inactive").await;
        call.line.media.sing(1000.0);
        call.line.media.hears_for("a second to pass", 1.0, |_| true).await;
        call.line.media.sing(700.0);
        call.line.media.hears_for("the new tone to be everywhere", 0.5, |_| true).await;
        scene.sdk.ask("resumeRecording", of.clone()).await;
        call.line.media.hears_for("a second to pass", 1.0, |_| true).await;
        scene.sdk.ask("stopRecording", of).await;
        let event = file_of(&scene, &recording).await;
        let samples = channels(&downloaded(&scene, &event, "wav").await).remove(0);
        assert!(seconds_of(&samples, 440.0) > 0.8 && seconds_of(&samples, 700.0) > 0.8);
        assert!(seconds_of(&samples, 1000.0) < 0.15, "what was said in the pause is not in the file");
    }

    async fn a_recording_as_the_sdk_starts_it_is_a_file_that_plays(scene: Scene) {
        hears_of_files(&scene).await;
        let call = scene.answers().await;
        call.line.media.sing(440.0);
        let recording = starts(&scene, &call, json!({})).await;
        call.line.media.hears_for("a second to pass", 1.0, |_| true).await;
        // Nobody stops it: the call ends.
        scene.ask("hangUp", &call, json!({ "everyone": true })).await;
        let event = file_of(&scene, &recording).await;
        assert_eq!((event.text("recordingFormatType"), event.text("sessionEndReason")), ("Mp4", "CallEnded"));
        let path = downloaded(&scene, &event, "mp4").await;
        let decoded = path.with_extension("wav");
        let played = tokio::process::Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-i"])
            .arg(&path)
            .args(["-ar", "16000", "-ac", "1"])
            .arg(&decoded)
            .output()
            .await
            .expect("ffmpeg is there");
        assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
        let mut reader = hound::WavReader::open(&decoded).expect("a WAV file");
        let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
        assert!(seconds_of(&samples, 440.0) > 0.8);
    }

    async fn parts_are_downloaded_and_a_deleted_file_is_gone(scene: Scene) {
        hears_of_files(&scene).await;
        let call = scene.answers().await;
        call.line.media.sing(440.0);
        let recording = starts(&scene, &call, json!({ "content": "audio", "channel": "mixed", "format": "mp3" })).await;
        call.line.media.hears_for("a second to pass", 1.0, |_| true).await;
        scene.sdk.ask("stopRecording", json!({ "recording": recording })).await;
        let event = file_of(&scene, &recording).await;
        let whole = std::fs::read(downloaded(&scene, &event, "mp3").await).expect("the file");
        let content = location(&event, "contentLocation");
        let path = folder(&format!("part-{recording}")).join("part");
        let range = json!({ "offset": 100, "length": 200 });
        scene.sdk.ask("download", json!({ "location": content, "path": path, "range": range })).await;
        let part = std::fs::read(&path).expect("the file");
        assert_eq!(part, whole[100..][..part.len()]);
        assert!((200..=201).contains(&part.len()), "{} bytes", part.len());
        scene.sdk.ask("deleteRecording", json!({ "location": location(&event, "deleteLocation") })).await;
        let refusal = scene.sdk.ask_refused("download", json!({ "location": content, "path": path })).await;
        assert_eq!(refusal.status, Some(404), "{refusal:?}");
    }
}
