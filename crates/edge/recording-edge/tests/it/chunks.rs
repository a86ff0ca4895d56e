//! A long recording is several files.

use std::time::Duration;

use media_plan::RecordingFormat;
use recording_edge::{ChunkLimits, RecordingSettings};

use crate::studio::{Studio, channels_of, sine, wish};

#[tokio::test]
async fn a_long_recording_is_several_files_and_nothing_is_missing_between_them() {
    let data = tempfile::tempdir().unwrap();
    let chunks = ChunkLimits { length: Duration::from_secs(1), ..ChunkLimits::default() };
    let mut studio = Studio::with(data.path(), |settings| RecordingSettings { chunks, ..settings }).await;
    let mut session = studio.record(1, wish(RecordingFormat::Wav)).await;
    let sound = sine(440.0, 2.5);
    session.hear(&sound).await;
    let id = session.id;
    session.stop();
    let mut told = Vec::new();
    for _ in 0..3 {
        let fact = studio.announced().await.data;
        let chunk = fact.chunks[0].clone();
        told.push((chunk.index, fact.duration_ms, chunk.end_reason, fact.session_end_reason));
    }
    told.sort();
    let full =
        |index| (index, 1_000, "ChunkMaximumTimeExceeded".to_owned(), "SessionStillOngoing".to_owned());
    assert_eq!(told, [full(0), full(1), (2, 500, "SessionEnded".into(), "CallEnded".into())]);
    let files = studio.store.recording_files(&[&id.to_string()]).await.unwrap();
    let heard: Vec<i16> = files.iter().flat_map(|file| channels_of(&studio.path(file)).remove(0)).collect();
    assert_eq!(heard, sound);
}

#[tokio::test]
async fn a_large_recording_is_several_files() {
    let data = tempfile::tempdir().unwrap();
    let chunks = ChunkLimits { bytes: 16_000, ..ChunkLimits::default() };
    let mut studio = Studio::with(data.path(), |settings| RecordingSettings { chunks, ..settings }).await;
    let mut session = studio.record(1, wish(RecordingFormat::Wav)).await;
    session.hear(&sine(440.0, 0.8)).await;
    session.stop();
    let first = studio.announced().await.data;
    assert_eq!(first.chunks[0].end_reason, "ChunkMaximumSizeExceeded");
}

#[tokio::test]
async fn files_are_deleted_when_their_time_is_over() {
    let data = tempfile::tempdir().unwrap();
    let keep = Duration::from_millis(1);
    let mut studio = Studio::with(data.path(), |settings| RecordingSettings { keep, ..settings }).await;
    let mut session = studio.record(1, wish(RecordingFormat::Wav)).await;
    session.hear(&sine(440.0, 0.2)).await;
    let id = session.id.to_string();
    session.stop();
    studio.announced().await;
    let is_gone = async || studio.recordings.get(&id).await.unwrap().is_none();
    let patience = tokio::time::Instant::now() + Duration::from_secs(20);
    while !is_gone().await {
        assert!(tokio::time::Instant::now() < patience, "the recording is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(std::fs::read_dir(&studio.folder).unwrap().count(), 0);
}
