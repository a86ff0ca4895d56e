//! An application that listens and speaks over a WebSocket.

use super::{Example, Line};

with_each_example! {
    fn the_voice_agent_answers_when_the_caller_has_finished() = answers("voice_agent");
    fn the_voice_agent_falls_silent_when_the_caller_interrupts() = is_interrupted("voice_agent");
}

async fn answers(line: Line, language: &str, name: &str) {
    let example = Example::start(&line.service, language, name, &[]).await;
    example.takes_calls(&line.service).await;
    let caller = line.is_called();
    caller.talks().await;
    example.prints("MediaStreamingStarted", 1).await;
    caller.media.sing(440.0);
    caller.media.hears_for("a second and a half to pass", 1.5, |sound| sound.seconds_of_sound() < 0.05).await;
    caller.media.be_silent();
    caller.media.hears_tone(440.0).await;
    caller.media.hears_silence().await;
    let heard = caller.media.heard().seconds_of_tone(440.0);
    assert!((1.2..2.2).contains(&heard), "{heard} s came back: {}", example.log());
    caller.nudge();
    example.prints("CallDisconnected", 1).await;
}

async fn is_interrupted(line: Line, language: &str, name: &str) {
    let example = Example::start(&line.service, language, name, &[]).await;
    example.takes_calls(&line.service).await;
    let caller = line.is_called();
    caller.talks().await;
    example.prints("MediaStreamingStarted", 1).await;
    caller.media.sing(440.0);
    caller.media.hears_for("three seconds to pass", 3.0, |_| true).await;
    caller.media.be_silent();
    caller.media.hears_tone(440.0).await;
    caller.media.sing(1000.0);
    caller.media.hears_no_tone(440.0).await;
    let heard = caller.media.heard().seconds_of_tone(440.0);
    assert!(heard < 2.0, "of three seconds {heard} s were said: {}", example.log());
    caller.media.be_silent();
    caller.media.hears_tone(1000.0).await;
}
