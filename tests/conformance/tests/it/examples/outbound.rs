//! Somebody is called and asked, and answers by voice or by key.

use conformance::sipp::{Scenario, Sipp};

use super::{Example, Line, words};

with_each_example! {
    fn the_outbound_example_understands_the_word_that_is_said() = is_understood("outbound");
    fn the_outbound_example_asks_again_and_takes_a_key() = is_asked_again("outbound");
}

async fn is_understood(line: Line, language: &str, name: &str) {
    let (example, person) = calls(&line, language, name).await;
    person.media.hears_speech().await;
    person.media.say(words("cancel the appointment"));
    example.prints("answer: Cancel by voice", 1).await;
    person.media.hears_speech().await;
    example.prints("CallDisconnected", 1).await;
    person.ends_well().await;
}

async fn is_asked_again(line: Line, language: &str, name: &str) {
    let (example, person) = calls(&line, language, name).await;
    person.media.hears_speech().await;
    person.media.press("9");
    example.prints("RecognizeFailed", 1).await;
    person.media.hears_speech().await;
    person.media.press("1");
    example.prints("answer: Confirm by key", 1).await;
    example.prints("CallDisconnected", 1).await;
    person.ends_well().await;
}

/// The example calls somebody, who answers.
async fn calls(line: &Line, language: &str, name: &str) -> (Example, Sipp) {
    let person = Scenario::callee(line.carrier.address).start_listening().await;
    let number = line.carrier.number(2);
    let example = Example::start(&line.service, language, name, &[("SECOND_PHONE", &number)]).await;
    person.talks().await;
    example.prints("CallConnected", 1).await;
    (example, person)
}
