//! Each speaker in a channel of their own.

use codec::goertzel;
use media_edge::Track;
use media_plan::{Recording, RecordingFormat};
use store::RecordingFileState;

use crate::studio::{Studio, channels_of, leg, sine, who, wish};

#[tokio::test]
async fn each_voice_is_alone_in_its_channel_and_nobodys_channels_are_left_out() {
    let data = tempfile::tempdir().unwrap();
    let mut studio = Studio::open(data.path()).await;
    let channels = vec![None, Some(who("4:+1"))];
    let recording = Recording { unmixed: true, channels, ..wish(RecordingFormat::Wav) };
    let mut session = studio.record(1, recording).await;
    let (one, two, played) = (sine(440.0, 1.0), sine(800.0, 1.0), sine(1_300.0, 1.0));
    let tracks: [(Track, &[i16]); 3] =
        [(Track::Leg(leg(1)), &one), (Track::Leg(leg(2)), &two), (Track::Played, &played)];
    session.hear_apart(&tracks).await;
    let id = session.id;
    session.stop();
    let announced = studio.announced().await;
    assert_eq!((announced.data.channel_type, announced.data.duration_ms), ("Unmixed", 1_000));
    let file = studio.file(id, RecordingFileState::Stored).await;
    let heard = channels_of(&studio.path(&file));
    assert_eq!(heard.len(), 3);
    for (channel, hz) in [(0, 800.0), (1, 440.0), (2, 1_300.0)] {
        assert!(goertzel::share(&heard[channel], 16_000, hz) > 0.99, "channel {channel} is {hz} Hz");
    }
    let report = studio.recordings.get(&id.to_string()).await.unwrap().unwrap();
    let metadata = recording_edge::Recordings::metadata(&report, &file);
    let seats: Vec<String> =
        metadata["participants"].as_array().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(seats, [r#"{"channel":0,"participantId":"4:+2"}"#, r#"{"channel":1,"participantId":"4:+1"}"#]);
}
