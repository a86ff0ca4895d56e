//! Several phones are called for a caller, and some callers are sent elsewhere.

use conformance::sipp::Scenario;

use super::{Example, Line};

with_each_example! {
    fn the_dial_out_example_connects_the_first_that_answers() = is_connected("dial_out");
    fn the_dial_out_example_sends_a_caller_elsewhere() = is_sent_elsewhere("dial_out");
}

async fn is_connected(line: Line, language: &str, name: &str) {
    let (busy, away) = (line.world.carrier(), line.world.carrier());
    let refuses = Scenario::refusing_callee(busy.address, 486, "Busy Here").start_listening().await;
    let rings = Scenario::unanswering_callee(away.address).start_listening().await;
    let answers = Scenario::callee(line.carrier.address).start_listening().await;
    let phones = [busy.number(1), away.number(1), line.carrier.number(2)].join(",");
    let example = Example::start(&line.service, language, name, &[("PHONES", &phones)]).await;
    example.takes_calls(&line.service).await;

    let caller = line.is_called();
    caller.talks().await;
    answers.talks().await;
    example.prints("in the call: 2", 1).await;
    caller.media.sing(440.0);
    answers.media.sing(1000.0);
    answers.media.hears_tone(440.0).await;
    caller.media.hears_tone(1000.0).await;
    refuses.ends_well().await;
    rings.ends_well().await;
}

async fn is_sent_elsewhere(line: Line, language: &str, name: &str) {
    let elsewhere = Scenario::callee(line.carrier.address).start_listening().await;
    let (from, to) = (line.carrier.number(1), line.carrier.number(2));
    let settings = [("PHONES", to.as_str()), ("REDIRECT_FROM", &from), ("REDIRECT_TO", &to)];
    let example = Example::start(&line.service, language, name, &settings).await;
    example.takes_calls(&line.service).await;

    let caller = line.is_called();
    caller.talks().await;
    elsewhere.talks().await;
    caller.media.sing(440.0);
    elsewhere.media.hears_tone(440.0).await;
    assert!(!example.log().contains("CallConnected"), "the application has no part in it: {}", example.log());
}
