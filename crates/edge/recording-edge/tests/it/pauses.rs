//! A pause is left out, and a gap is silence.

use codec::goertzel;
use media_plan::RecordingFormat;
use store::RecordingFileState;

use crate::studio::{Studio, channels_of, sine, wish};

#[tokio::test]
async fn a_pause_is_left_out_exactly_and_told() {
    let data = tempfile::tempdir().unwrap();
    let mut studio = Studio::open(data.path()).await;
    let mut session = studio.record(1, wish(RecordingFormat::Wav)).await;
    session.hear(&sine(440.0, 0.5)).await;
    session.pause(true);
    // While it is paused nothing comes, and frames are counted.
    session.skip(50);
    session.pause(false);
    session.hear(&sine(800.0, 0.5)).await;
    let id = session.id;
    session.stop();
    assert_eq!(studio.announced().await.data.duration_ms, 1_000);
    let file = studio.file(id, RecordingFileState::Stored).await;
    assert_eq!(channels_of(&studio.path(&file)), [[sine(440.0, 0.5), sine(800.0, 0.5)].concat()]);
    let report = studio.recordings.get(&id.to_string()).await.unwrap().unwrap();
    let metadata = recording_edge::Recordings::metadata(&report, &file);
    let pauses = metadata["pauseResumeIntervals"].as_array().unwrap();
    assert_eq!(pauses.len(), 1, "{metadata}");
    assert!(pauses[0]["duration"].is_i64() && pauses[0]["startTime"].is_string());
    assert_eq!(metadata["chunkDuration"], 1_000);
    assert_eq!(metadata["lostMilliseconds"], 0);
    assert_eq!(metadata["recordingInfo"]["audioConfiguration"]["channels"], 1);
    let who: Vec<_> =
        metadata["participants"].as_array().unwrap().iter().map(|one| &one["participantId"]).collect();
    assert_eq!(who, ["4:+1", "4:+2"]);
}

#[tokio::test]
async fn who_begins_paused_records_nothing_until_it_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let mut studio = Studio::open(data.path()).await;
    let recording = media_plan::Recording { paused: true, ..wish(RecordingFormat::Wav) };
    let mut session = studio.record(1, recording).await;
    session.skip(25);
    session.pause(false);
    session.hear(&sine(440.0, 0.2)).await;
    let id = session.id;
    session.stop();
    assert_eq!(studio.announced().await.data.duration_ms, 200);
    let file = studio.file(id, RecordingFileState::Stored).await;
    assert_eq!(channels_of(&studio.path(&file)), [sine(440.0, 0.2)]);
}

#[tokio::test]
async fn what_is_lost_is_silence_of_the_right_length_and_counted() {
    let data = tempfile::tempdir().unwrap();
    let mut studio = Studio::open(data.path()).await;
    let mut session = studio.record(1, wish(RecordingFormat::Wav)).await;
    session.hear(&sine(440.0, 0.5)).await;
    session.skip(10);
    session.hear(&sine(440.0, 0.5)).await;
    let id = session.id;
    session.stop();
    assert_eq!(studio.announced().await.data.duration_ms, 1_200);
    let file = studio.file(id, RecordingFileState::Stored).await;
    let heard = channels_of(&studio.path(&file)).remove(0);
    assert_eq!(heard[8_000..11_200], [0; 3_200]);
    assert!(goertzel::rms(&heard[11_200..]) > 5_000.0);
    let report = studio.recordings.get(&id.to_string()).await.unwrap().unwrap();
    assert_eq!(recording_edge::Recordings::metadata(&report, &file)["lostMilliseconds"], 200);
}
