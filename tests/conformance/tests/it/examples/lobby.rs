//! Callers wait in a lobby until somebody lets them in.

use conformance::sipp::Scenario;

use super::{Example, Line};

with_each_example! {
    fn the_lobby_example_lets_in_whom_the_host_lets_in() = is_let_in("lobby");
    fn the_lobby_example_turns_away_whom_the_host_does_not_let_in() = is_turned_away("lobby");
}

async fn is_let_in(line: Line, language: &str, name: &str) {
    let (example, host) = opens(&line, language, name).await;
    let caller = line.is_called();
    caller.talks().await;
    caller.media.hears_speech().await;
    host.talks().await;
    host.media.hears_speech().await;
    host.media.press("1");
    example.prints("MoveParticipantSucceeded", 1).await;
    caller.media.sing(440.0);
    host.media.sing(1000.0);
    host.media.hears_tone(440.0).await;
    caller.media.hears_tone(1000.0).await;
    example.prints("in the call: 2", 1).await;
    example.prints("CallDisconnected", 1).await;
}

async fn is_turned_away(line: Line, language: &str, name: &str) {
    let (example, host) = opens(&line, language, name).await;
    let caller = line.is_called();
    caller.talks().await;
    host.talks().await;
    host.media.hears_speech().await;
    caller.media.hears_silence().await;
    host.media.press("2");
    caller.media.hears_speech().await;
    example.prints("CallDisconnected", 2).await;
    caller.ends_well().await;
    host.ends_well().await;
}

async fn opens(line: &Line, language: &str, name: &str) -> (Example, conformance::sipp::Sipp) {
    let host = Scenario::callee(line.carrier.address).start_listening().await;
    let number = line.carrier.number(2);
    let example = Example::start(&line.service, language, name, &[("SECOND_PHONE", &number)]).await;
    example.takes_calls(&line.service).await;
    (example, host)
}
