//! The process dies in the middle of a recording.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use media_plan::RecordingFormat;
use store::RecordingFileState;

use crate::studio::{Studio, channels_of, sine, wish};

const DATA: &str = "RECORDING_CRASH_DATA";

/// Not a test of its own: the process that dies.
#[tokio::test]
async fn child_that_records_until_it_is_killed() {
    let Some(data) = std::env::var_os(DATA) else { return };
    let studio = Studio::open(data.as_ref()).await;
    let mut sessions = Vec::new();
    for (number, format) in
        [RecordingFormat::Wav, RecordingFormat::Mp3, RecordingFormat::Mp4].into_iter().enumerate()
    {
        sessions.push(studio.record(number as u128 + 1, wish(format)).await);
    }
    let second = sine(440.0, 1.0);
    for _ in 0..60 {
        for session in &mut sessions {
            session.hear(&second).await;
        }
    }
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_files_that_the_next_start_announces() {
    let data = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child_that_records_until_it_is_killed"])
        .env(DATA, data.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    // At least two seconds of WAV, which is the slowest of the three.
    let enough = |bytes: u64| bytes > 2 * 32_000;
    while !files(&data).iter().any(|(name, bytes)| name.ends_with("wav") && enough(*bytes)) {
        assert!(Instant::now() < patience, "the child records");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let mut studio = Studio::open(data.path()).await;
    for _ in 0..3 {
        let told = studio.announced().await.data;
        assert_eq!(told.session_end_reason, "ServiceRestarted");
        assert!(told.duration_ms >= 900, "{told:?}");
    }
    let report = studio.recordings.list(&Default::default(), &Default::default()).await.unwrap();
    assert!(report.items.iter().all(|report| report.recording.end_reason.is_some()));
    for report in &report.items {
        let file = &report.files[0];
        assert_eq!(file.state, RecordingFileState::Stored);
        let path = studio.path(file);
        if report.recording.format == "wav" {
            let heard = channels_of(&path).remove(0);
            assert_eq!(heard.len() as i64 / 16, file.lasted_ms);
            assert_eq!(heard[..16_000], sine(440.0, 1.0));
        } else {
            let probe = Command::new("ffmpeg")
                .args(["-v", "error", "-i"])
                .arg(&path)
                .args(["-f", "null", "-"])
                .output();
            let probe = probe.expect("ffmpeg is there: apt-get install ffmpeg");
            assert!(probe.status.success(), "{}", report.recording.format);
        }
    }
}

fn files(data: &tempfile::TempDir) -> Vec<(String, u64)> {
    let Ok(entries) = std::fs::read_dir(data.path().join("recordings")) else { return Vec::new() };
    let named = entries.flatten().filter_map(|entry| {
        Some((entry.file_name().to_string_lossy().into_owned(), entry.metadata().ok()?.len()))
    });
    named.collect()
}
