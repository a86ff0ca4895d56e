//! What a speech may cost.

use std::time::Duration;

use futures_util::future::join_all;
use speech_edge::{Espeak, EspeakLimits, SpeechError};

use crate::speaking::{said, ssml, text};

#[tokio::test]
async fn a_missing_program_is_named_with_its_package() {
    let voice = Espeak::new("/nowhere/espeak-ng", EspeakLimits::default());
    let error = said(&voice, text("hello")).await.unwrap_err();
    assert_eq!(error, SpeechError::NotInstalled);
    assert!(error.to_string().contains("install the package espeak-ng"));
}

/// A program that knows one voice and never finishes a sentence.
const DAWDLER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/dawdler.sh");

#[tokio::test]
async fn a_child_that_hangs_is_ended() {
    let time = Duration::from_millis(500);
    let voice = Espeak::new(DAWDLER, EspeakLimits { time, ..EspeakLimits::default() });
    voice.check().await.unwrap();
    assert_eq!(said(&voice, text("hello")).await, Err(SpeechError::TooSlow(time)));
}

#[tokio::test]
async fn a_program_that_says_nothing_does_not_hold_up_the_start() {
    let time = Duration::from_millis(300);
    let mute = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/mute.sh");
    let voice = Espeak::new(mute, EspeakLimits { time, ..EspeakLimits::default() });
    assert_eq!(voice.check().await, Err(SpeechError::TooSlow(time)));
}

#[tokio::test]
async fn whoever_waits_too_long_for_a_turn_is_told_so() {
    let time = Duration::from_millis(500);
    let voice = Espeak::new(DAWDLER, EspeakLimits { time, at_once: 1, ..EspeakLimits::default() });
    let spoken = join_all((0..5).map(|_| said(&voice, text("hello")))).await;
    assert!(spoken.iter().all(|sound| *sound == Err(SpeechError::TooSlow(time))), "{spoken:?}");
}

#[tokio::test]
async fn long_sound_is_refused() {
    let limits = EspeakLimits { sound: Duration::from_secs(2), ..EspeakLimits::default() };
    let voice = Espeak::new("espeak-ng", limits);
    let error = said(&voice, ssml("<speak>one<break time=\"30s\"/>two</speak>")).await.unwrap_err();
    assert_eq!(error, SpeechError::TooLong(Duration::from_secs(2)));
}

#[tokio::test]
async fn too_many_words_are_refused() {
    let limits = EspeakLimits { characters: 10, ..EspeakLimits::default() };
    let error = said(&Espeak::new("espeak-ng", limits), text("eleven chars")).await.unwrap_err();
    assert_eq!(error, SpeechError::TooManyWords { limit: 10 });
}

#[tokio::test]
async fn many_at_once_take_turns() {
    let voice = Espeak::new("espeak-ng", EspeakLimits { at_once: 1, ..EspeakLimits::default() });
    let spoken = join_all((0..8).map(|number| said(&voice, text(&format!("number {number}"))))).await;
    assert!(spoken.iter().all(Result::is_ok), "{spoken:?}");
}
