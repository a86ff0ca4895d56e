//! A call is recorded, and the file downloaded.

use std::path::PathBuf;

use conformance::patience::until_some;
use conformance::sound::Sound;

use super::{Example, Line};

with_each_example! {
    fn the_recording_example_saves_what_was_said_but_not_in_the_pause() = is_saved("recording");
}

async fn is_saved(line: Line, language: &str, name: &str) {
    let example = Example::start(&line.service, language, name, &[]).await;
    example.takes_calls(&line.service).await;
    example.hears_of(&line.service, "RecordingFileStatusUpdated", &[]).await;
    let caller = line.is_called();
    caller.talks().await;
    caller.media.hears_speech().await;
    example.prints("recording active", 1).await;
    caller.media.sing(440.0);
    caller.media.hears_for("a second to pass", 1.0, |_| true).await;
    caller.media.press("1");
    example.prints("recording inactive", 1).await;
    caller.media.sing(1000.0);
    caller.media.hears_for("a second to pass", 1.0, |_| true).await;
    caller.media.sing(700.0);
    caller.media.hears_for("the new tone to be everywhere", 0.5, |_| true).await;
    caller.media.press("2");
    example.prints("recording active", 2).await;
    caller.media.hears_for("a second to pass", 1.0, |_| true).await;
    caller.media.press("#");
    example.prints("CallDisconnected", 1).await;
    example.prints("saved", 1).await;

    let file = until_some("the file", || saved(&example)).await;
    let sound = Sound::read(&file);
    assert!(sound.seconds_with_tone(440.0) > 0.8, "{}", example.log());
    assert!(sound.seconds_with_tone(700.0) > 0.8, "{}", example.log());
    assert!(sound.seconds_with_tone(1000.0) < 0.15, "what was said in the pause is not in the file");
}

fn saved(example: &Example) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(&example.folder).ok()?.flatten().map(|entry| entry.path());
    entries.find(|path| path.extension().is_some_and(|ending| ending == "wav"))
}
