//! Files go to storages that speak the real protocols: moto for S3, Azurite for Azure Blob.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use media_edge::Track;
use media_plan::{Recording, RecordingFormat};
use recording_edge::{ChunkLimits, RecordingSettings, StorageKind, StorageSettings};
use redact::Secret;
use store::RecordingFileState;

use crate::studio::{Studio, leg, sine, who, wish};

/// The account that Azurite always has.
const ACCOUNT: &str = "devstoreaccount1";
const ACCOUNT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

struct Server {
    child: Child,
    url: String,
    _data: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    async fn start(program: PathBuf, arguments: impl FnOnce(&str, &str) -> Vec<String>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(&program)
            .args(arguments(&port.to_string(), &data.path().display().to_string()))
            .current_dir(data.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{} starts ({error}); has scripts/install test run?", program.display())
            });
        let patience = Instant::now() + Duration::from_secs(60);
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < patience, "{} listens", program.display());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { child, url: format!("http://127.0.0.1:{port}"), _data: data }
    }

    async fn s3() -> Self {
        Self::start(root().join(".make/storages/venv/bin/moto_server"), |port, _| {
            vec!["-p".into(), port.into()]
        })
        .await
    }

    async fn azure() -> Self {
        let program = root().join(".make/storages/node_modules/.bin/azurite-blob");
        Self::start(program, |port, data| {
            ["--blobPort", port, "--location", data, "--silent", "--skipApiVersionCheck"]
                .map(str::to_owned)
                .into()
        })
        .await
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

async fn goes_there_and_back(settings: StorageSettings) {
    let data = tempfile::tempdir().unwrap();
    let change = |own: RecordingSettings| RecordingSettings {
        storage: Some(settings),
        chunks: ChunkLimits::default(),
        ..own
    };
    let mut studio = Studio::with(data.path(), change).await;
    // Five channels and a minute are ten megabytes: more than one part.
    let channels = (1..=5).map(|number| Some(who(&format!("4:+{number}")))).collect();
    let recording = Recording { unmixed: true, channels, ..wish(RecordingFormat::Wav) };
    let mut session = studio.record(1, recording).await;
    let sound = sine(440.0, 10.0);
    for _ in 0..6 {
        session.hear_apart(&[(Track::Leg(leg(1)), &sound)]).await;
    }
    let id = session.id;
    session.stop();
    let told = studio.announced().await.data;
    assert_eq!(told.duration_ms, 60_000);
    let file = studio.file(id, RecordingFileState::Stored).await;
    assert!(file.location.is_some(), "it is there: {file:?}");
    studio.is_gone(&file).await;
    let bytes = studio.recordings.read(&id.to_string(), 0).await.expect("it is read back");
    assert_eq!(bytes.len() as i64, file.bytes);
    let first_channel: Vec<i16> =
        bytes[44..].chunks_exact(10).map(|block| i16::from_le_bytes([block[0], block[1]])).collect();
    assert!(first_channel.chunks(sound.len()).all(|piece| piece == sound));
    assert_eq!(studio.recordings.delete(&id.to_string()).await.unwrap(), Some(1));
    assert!(studio.recordings.read(&id.to_string(), 0).await.is_none());
}

#[tokio::test]
async fn files_go_to_s3_in_parts_and_come_back() {
    let server = Server::s3().await;
    let made =
        Command::new("curl").args(["-s", "-X", "PUT", &format!("{}/bucket", server.url)]).output().unwrap();
    assert!(made.status.success());
    goes_there_and_back(StorageSettings {
        url: format!("{}/bucket/below", server.url),
        kind: None,
        user: "key".into(),
        secret: Some(Secret::new("secret".into())),
        region: "us-east-1".into(),
    })
    .await;
}

#[tokio::test]
async fn files_go_to_azure_in_blocks_and_come_back() {
    let server = Server::azure().await;
    let container = format!("{}/{ACCOUNT}/container", server.url);
    make_container(&container);
    goes_there_and_back(StorageSettings {
        url: container,
        kind: Some(StorageKind::AzureBlob),
        user: String::new(),
        secret: Some(Secret::new(ACCOUNT_KEY.into())),
        region: String::new(),
    })
    .await;
}

/// Signed as Azure's documentation says (Shared Key), by openssl.
fn make_container(url: &str) {
    let script = format!(
        r#"set -e
        date=$(TZ=GMT LC_ALL=C date '+%a, %d %h %Y %H:%M:%S %Z')
        key=$(printf '%s' '{ACCOUNT_KEY}' | base64 -d | od -An -v -tx1 | tr -d ' \n')
        text=$(printf 'PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:%s\nx-ms-version:2021-08-06\n/{ACCOUNT}/{ACCOUNT}/container\nrestype:container' "$date")
        signature=$(printf '%s' "$text" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | base64)
        curl -sf -X PUT -H "x-ms-date: $date" -H 'x-ms-version: 2021-08-06' -H 'Content-Length: 0' \
            -H "Authorization: SharedKey {ACCOUNT}:$signature" '{url}?restype=container'"#
    );
    let made = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
