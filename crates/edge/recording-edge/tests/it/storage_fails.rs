//! Disks that are full and storages that refuse.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use identifier::ResourceId;
use media_plan::{Recording, RecordingFormat, TapEnd, TapReport};
use recording_edge::RecordingSettings;
use store::RecordingFileState;

use crate::studio::{Studio, channels_of, sine, wish};

/// A small disk of its own, which goes away with this.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(bytes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={bytes}");
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder.path())
            .status()
            .unwrap();
        assert!(mounted.success(), "a tmpfs can be mounted; run the tests as root or in a user namespace");
        Self(folder)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_ends_the_recording_with_what_it_had_room_for() {
    let (data, disk) = (tempfile::tempdir().unwrap(), SmallDisk::new(128 * 1024));
    let folder = disk.0.path().join("recordings");
    let mut studio = Studio::with(data.path(), |settings| RecordingSettings { folder, ..settings }).await;
    let mut session = studio.record(1, wish(RecordingFormat::Wav)).await;
    let second = sine(440.0, 1.0);
    for _ in 0..10 {
        if session.is_abandoned() {
            break;
        }
        session.hear(&second[..6_400]).await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        if let Ok(report) = session.reports.try_recv() {
            assert_eq!(report, TapReport::Ended(TapEnd::Storage));
            break;
        }
    }
    let id = session.id;
    drop(session);
    let told = studio.announced().await.data;
    let file = studio.file(id, RecordingFileState::Stored).await;
    let heard = channels_of(&studio.path(&file)).remove(0);
    assert!(heard.len() > 16_000, "{} samples; {told:?}", heard.len());
}

#[tokio::test]
async fn a_storage_that_refuses_keeps_the_file_here_and_says_why() {
    let data = tempfile::tempdir().unwrap();
    let studio = Studio::open(data.path()).await;
    // Nobody listens there.
    let destination = Some("http://127.0.0.1:9/account/container?sig=secret".into());
    let mut session = studio.record(1, Recording { destination, ..wish(RecordingFormat::Wav) }).await;
    session.hear(&sine(440.0, 0.5)).await;
    let id = session.id;
    session.stop();
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let file = loop {
        let file = studio.file(id, RecordingFileState::Finished).await;
        if file.attempts > 0 {
            break file;
        }
        assert!(std::time::Instant::now() < patience);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    let problem = file.problem.clone().unwrap();
    assert!(!problem.contains("secret"), "{problem}");
    assert!(file.next_attempt_us.is_some(), "it is tried again");
    assert_eq!(channels_of(&studio.path(&file)), [sine(440.0, 0.5)]);
    assert_eq!(studio.store.waiting_recording_files().await.unwrap().0, 1);
}

/// A storage that takes connections and never says a word.
struct Mute {
    url: String,
    taken: Arc<AtomicUsize>,
}

impl Mute {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/account/container?sig=secret", listener.local_addr().unwrap());
        let taken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&taken);
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((socket, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                held.push(socket);
            }
        });
        Self { url, taken }
    }
}

#[tokio::test]
async fn a_storage_that_hangs_holds_up_nobody_else_and_is_given_time_again_later() {
    let data = tempfile::tempdir().unwrap();
    let storage_patience = Duration::from_secs(2);
    let mut studio =
        Studio::with(data.path(), |settings| RecordingSettings { storage_patience, ..settings }).await;
    let mute = Mute::start().await;
    let mut hanging = Vec::new();
    for number in 1..=6 {
        let destination = Some(mute.url.as_str().into());
        let recording = Recording { destination, ..wish(RecordingFormat::Wav) };
        let mut session = studio.record(number, recording).await;
        session.hear(&sine(440.0, 0.2)).await;
        hanging.push(session.id);
        session.stop();
    }
    let until = Instant::now() + Duration::from_secs(30);
    while mute.taken.load(Ordering::SeqCst) < 1 {
        assert!(Instant::now() < until, "a file sets out");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // While the storage says nothing, another recording is made, whole and announced.
    let mut session = studio.record(7, wish(RecordingFormat::Wav)).await;
    session.hear(&sine(700.0, 0.2)).await;
    let id = session.id;
    session.stop();
    assert_eq!(studio.announced().await.data.recording, id);

    let tried = loop {
        let file = studio.file(hanging[0], RecordingFileState::Finished).await;
        if file.attempts > 0 {
            break file;
        }
        assert!(Instant::now() < until, "it is given up for a while");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let problem = tried.problem.clone().unwrap();
    assert!(!problem.contains("secret"), "{problem}");
    assert!(tried.next_attempt_us.is_some(), "it is tried again");
    assert_eq!(channels_of(&studio.path(&tried)), [sine(440.0, 0.2)]);
}

/// A storage that takes everything.
async fn willing() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/account/container?sig=secret", listener.local_addr().unwrap());
    let take = async || {
        let said = [("etag", "\"1\""), ("last-modified", "Sat, 21 Nov 2026 20:00:00 GMT")];
        (axum::http::StatusCode::CREATED, said)
    };
    let router = axum::Router::new().fallback(take);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn resources_whose_storages_hang_leave_room_for_the_files_of_another() {
    let data = tempfile::tempdir().unwrap();
    let mut studio = Studio::open(data.path()).await;
    let mute = Mute::start().await;
    let away = |resource: u128, url: &str| Recording {
        resource: ResourceId::from_u128(resource),
        destination: Some(url.into()),
        ..wish(RecordingFormat::Wav)
    };
    for number in 1..=16 {
        let mut session = studio.record(number, away(100 + number % 4, &mute.url)).await;
        session.hear(&sine(440.0, 0.1)).await;
        session.stop();
    }
    let until = Instant::now() + Duration::from_secs(30);
    while mute.taken.load(Ordering::SeqCst) < 4 {
        assert!(Instant::now() < until, "one of each resource sets out");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut session = studio.record(17, away(200, &willing().await)).await;
    session.hear(&sine(700.0, 0.1)).await;
    let id = session.id;
    session.stop();
    // Long before anybody gives up on those that hang.
    assert_eq!(studio.announced().await.data.recording, id);
    assert_eq!(mute.taken.load(Ordering::SeqCst), 4);
}
