//! Recordings in a container of the application's own: Azurite speaks the real protocol of Azure Blob.

use std::path::Path;

use aws_lc_rs::hmac;
use base64::prelude::{BASE64_STANDARD, Engine};
use conformance::event::Event;
use conformance::patience::until_async;
use conformance::platform::folder;
use conformance::scene::subscribed;
use conformance::sound::sounds_in;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// The account that Azurite always has.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A storage account with one container.
struct Storage {
    _server: Child,
    /// Where the container is.
    container: String,
    /// What lets anybody in who has it.
    signature: String,
}

impl Storage {
    async fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let program = root.join(".make/storages/node_modules/.bin/azurite-blob");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let port = free.local_addr().expect("a bound listener has an address").port();
        drop(free);
        let data = folder("azurite");
        let server = Command::new(&program)
            .args(["--blobPort", &port.to_string(), "--silent", "--skipApiVersionCheck", "--location"])
            .arg(&data)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let server = server.unwrap_or_else(|error| {
            panic!("{} starts ({error}); has scripts/install test run?", program.display())
        });
        until_async("Azurite to listen", || async {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok().map(drop)
        })
        .await;
        let container = format!("http://127.0.0.1:{port}/{ACCOUNT}/recordings");
        let storage = Self { _server: server, container, signature: signature() };
        let made =
            reqwest::Client::new().put(storage.signed("?restype=container")).header("content-length", 0);
        let made = made.send().await.expect("Azurite answers");
        assert_eq!(made.status(), 201, "{}", made.text().await.unwrap_or_default());
        storage
    }

    /// A blob, or a query of the container.
    fn signed(&self, rest: &str) -> String {
        let joint = if rest.contains('?') { '&' } else { '?' };
        format!("{}{rest}{joint}{}", self.container, self.signature)
    }

    async fn bytes(&self, address: &str) -> Vec<u8> {
        let rest = address.strip_prefix(&self.container).expect("it is in the container");
        let answer = reqwest::get(self.signed(rest)).await.expect("Azurite answers");
        assert_eq!(answer.status(), 200, "{address}");
        answer.bytes().await.expect("a body").to_vec()
    }
}

/// A signature of the account, good for containers and blobs until 2099 (Azure's documentation, account SAS).
fn signature() -> String {
    let (permissions, services, types) = ("rwdlac", "b", "co");
    let (expiry, version) = ("2099-01-01T00:00:00Z", "2021-08-06");
    let text =
        format!("{ACCOUNT}\n{permissions}\n{services}\n{types}\n\n{expiry}\n\nhttps,http\n{version}\n\n");
    let key = BASE64_STANDARD.decode(KEY).expect("base64");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), text.as_bytes());
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let sig = BASE64_STANDARD.encode(tag);
    let parts = [
        ("sv", version),
        ("ss", services),
        ("srt", types),
        ("sp", permissions),
        ("se", expiry),
        ("spr", "https,http"),
        ("sig", &sig),
    ];
    query.extend_pairs(parts).finish()
}

with_each_sdk! {
    async fn a_recording_goes_to_a_container_of_the_application(scene: Scene) {
        let storage = Storage::start().await;
        let name = format!("stored-{}", scene.number.trim_start_matches('+'));
        let types = "Microsoft.Communication.RecordingFileStatusUpdated";
        let url = scene.app.url("/files");
        let arguments = ["subscribe", "--name", &name, "--url", &url, "--types", types];
        subscribed(&scene.world.platform, &name, &arguments).await;
        let call = scene.answers().await;
        call.line.media.sing(440.0);
        let properties = scene.ask("properties", &call, json!({})).await;
        let started = scene.sdk.ask("startRecording", json!({
            "serverCallId": properties["serverCallId"],
            "callback": scene.callback(),
            "content": "audio", "channel": "mixed", "format": "wav",
            "container": storage.signed(""),
        })).await;
        scene.app.event("RecordingStateChanged").await;
        call.line.media.hears_for("a second to pass", 1.0, |_| true).await;
        scene.sdk.ask("stopRecording", json!({ "recording": started["recording"] })).await;
        let recording = started["recording"].as_str().expect("an id");
        let is_mine =
            |event: &Event| event.body["subject"].as_str().is_some_and(|text| text.ends_with(recording));
        let told = scene.app.event_where("RecordingFileStatusUpdated", is_mine).await;
        assert_eq!(told.text("sessionEndReason"), "InitiatorLeft");
        let chunk = &told.data()["recordingStorageInfo"]["recordingChunks"][0];
        let location = |name: &str| chunk[name].as_str().expect("a location").to_owned();
        assert!(!told.body.to_string().contains("sig="), "the signature is the application's secret");

        let file = storage.bytes(&location("contentLocation")).await;
        let samples: Vec<i16> =
            file[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        assert!(samples.len() > 12_000 && sounds_in(middle, 16_000, 440.0), "{} samples", samples.len());
        let metadata: Value =
            serde_json::from_slice(&storage.bytes(&location("metadataLocation")).await).expect("JSON");
        assert_eq!(metadata["recordingId"], recording);
        let told_ms = told.data()["recordingDurationMs"].as_i64().expect("a number");
        assert_eq!(metadata["chunkDuration"], told_ms);
        assert_eq!(samples.len() as i64 / 16, told_ms);
    }
}
