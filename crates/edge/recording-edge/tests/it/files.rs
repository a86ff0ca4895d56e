//! Each kind of file is what it says, for programs of others, too.

use std::path::Path;
use std::process::Command;

use codec::{decode_file, goertzel};
use media_plan::{RecordingFormat, TapReport};
use store::RecordingFileState;

use crate::studio::{CALL, Studio, channels_of, sine, wish};

async fn recorded(format: RecordingFormat, check: impl FnOnce(&Path)) {
    let data = tempfile::tempdir().unwrap();
    let mut studio = Studio::open(data.path()).await;
    let mut session = studio.record(1, wish(format)).await;
    session.hear(&sine(440.0, 3.0)).await;
    let id = session.id;
    session.stop();
    let announced = studio.announced().await;
    assert_eq!((announced.call, announced.data.recording), (CALL, id));
    assert_eq!(announced.data.duration_ms, 3_000);
    assert_eq!(announced.data.session_end_reason, "CallEnded");
    let chunk = &announced.data.chunks[0];
    assert_eq!((chunk.index, chunk.end_reason.as_str()), (0, "SessionEnded"));
    let origin = "https://x.asm.skype.com:8443/v1/objects/";
    assert!(chunk.content_location.starts_with(origin), "{chunk:?}");
    let file = studio.file(id, RecordingFileState::Stored).await;
    assert_eq!(file.bytes as u64, std::fs::metadata(studio.path(&file)).unwrap().len());
    assert!(file.expires_us.is_some());
    check(&studio.path(&file));
}

/// What ffprobe says of a file: codec, rate, channels, seconds.
fn probed(path: &Path) -> Vec<String> {
    let entries = "stream=codec_name,sample_rate,channels:format=duration";
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", entries, "-of", "default=noprint_wrappers=1:nokey=1"])
        .arg(path)
        .output()
        .expect("ffprobe is there: apt-get install ffmpeg");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8_lossy(&output.stdout).split_whitespace().map(str::to_owned).collect()
}

/// A file as ffmpeg hears it: 16 kHz, one channel.
fn decoded(path: &Path) -> Vec<i16> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-f", "s16le", "-ar", "16000", "-ac", "1", "-"])
        .output()
        .expect("ffmpeg is there: apt-get install ffmpeg");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

#[track_caller]
fn sounds(samples: &[i16], hz: f64, seconds: f64) {
    let lasts = samples.len() as f64 / 16_000.0;
    assert!((lasts - seconds).abs() < 0.15, "it lasts {lasts} s");
    let middle = &samples[samples.len() / 4..samples.len() / 2];
    assert!(goertzel::share(middle, 16_000, hz) > 0.9, "{hz} Hz is heard");
}

#[tokio::test]
async fn a_wav_file_is_what_was_heard() {
    recorded(RecordingFormat::Wav, |path| {
        assert_eq!(channels_of(path), [sine(440.0, 3.0)]);
        let probed = probed(path);
        assert_eq!(probed[..3], ["pcm_s16le", "16000", "1"]);
        assert_eq!(probed[3], "3.000000");
    })
    .await;
}

#[tokio::test]
async fn an_mp3_file_is_played_by_others() {
    recorded(RecordingFormat::Mp3, |path| {
        assert_eq!(probed(path)[..3], ["mp3", "16000", "1"]);
        sounds(&decoded(path), 440.0, 3.0);
        let bytes = std::fs::read(path).unwrap();
        assert!((bytes.len() as i64 - 18_000).abs() < 900, "48 kbit/s: {} bytes", bytes.len());
        let again = decode_file(&bytes, std::time::Duration::from_secs(10)).unwrap();
        assert_eq!(again.rate_hz, 16_000);
    })
    .await;
}

#[tokio::test]
async fn an_mp4_file_is_played_by_others() {
    recorded(RecordingFormat::Mp4, |path| {
        let probed = probed(path);
        assert_eq!(probed[..3], ["opus", "48000", "1"]);
        let seconds: f64 = probed[3].parse().unwrap();
        assert!((seconds - 3.0).abs() < 0.1, "{seconds}");
        sounds(&decoded(path), 440.0, 3.0);
    })
    .await;
}

#[tokio::test]
async fn no_more_recordings_than_allowed_and_no_more_bytes() {
    let data = tempfile::tempdir().unwrap();
    let mut studio = Studio::with(data.path(), |settings| recording_edge::RecordingSettings {
        at_once: 1,
        bytes_per_resource: Some(1),
        ..settings
    })
    .await;
    let session = studio.record(1, wish(RecordingFormat::Wav)).await;
    let mut second = studio.begin(2, wish(RecordingFormat::Wav));
    assert_eq!(second.report().await, TapReport::Ended(media_plan::TapEnd::Full));
    session.stop();
    studio.announced().await;
    let mut third = studio.begin(3, wish(RecordingFormat::Wav));
    assert_eq!(third.report().await, TapReport::Ended(media_plan::TapEnd::Full));
}

#[tokio::test]
async fn whoever_is_told_of_a_file_learns_who_ended_the_recording() {
    let data = tempfile::tempdir().unwrap();
    let mut studio = Studio::open(data.path()).await;
    for (is_stopped, reason) in [(true, "InitiatorLeft"), (false, "CallEnded")] {
        let mut session = studio.record(1 + u128::from(is_stopped), wish(RecordingFormat::Wav)).await;
        session.hear(&sine(440.0, 0.5)).await;
        if is_stopped {
            session.stop_by_application()
        } else {
            session.stop()
        }
        assert_eq!(studio.announced().await.data.session_end_reason, reason);
    }
}

const DATA: &str = "RECORDING_WITHOUT_LAME_DATA";

/// Not a test of its own: a process for which `libmp3lame0` is not installed.
#[tokio::test]
async fn child_that_has_no_lame() {
    let Some(data) = std::env::var_os(DATA) else { return };
    let mut studio = Studio::open(data.as_ref()).await;
    let mut refused = studio.begin(1, wish(RecordingFormat::Mp3));
    assert_eq!(refused.report().await, TapReport::Ended(media_plan::TapEnd::NoEncoder));
    let why = recording_edge::Recordings::why_no_mp3().expect("it is not there").to_string();
    assert!(why.contains("libmp3lame0"), "{why}");
    // Nothing is left of it, and other formats are made.
    let id = refused.id.to_string();
    assert_eq!(studio.store.recording_files(&[&id]).await.unwrap(), []);
    assert_eq!(std::fs::read_dir(&studio.folder).unwrap().count(), 0);
    let mut session = studio.record(2, wish(RecordingFormat::Wav)).await;
    session.hear(&sine(440.0, 0.5)).await;
    session.stop();
    assert_eq!(studio.announced().await.data.duration_ms, 500);
}

#[tokio::test]
async fn without_lame_a_recording_of_mp3_fails_at_its_start() {
    let (data, libraries) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // What lies there under its name is none.
    for name in ["libmp3lame.so.0", "libmp3lame.so"] {
        std::fs::write(libraries.path().join(name), "not a library").unwrap();
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "files::child_that_has_no_lame", "--nocapture"])
        .env(DATA, data.path())
        .env("LD_LIBRARY_PATH", libraries.path())
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
}
