//! Files are fetched, decoded, and fetched no more often than needed.

use std::time::Duration;

use codec::{goertzel, tone, wav};
use futures_util::future::join_all;
use media_plan::{PlaySource, Unplayable};
use outbound_http::{OutboundHttp, OutboundPolicy};
use sound_edge::{LibraryLimits, SoundLibrary};
use speech_edge::Espeak;

use crate::shelf::{Shelf, library, whole};

fn beep(rate_hz: u32) -> Vec<u8> {
    wav::write(&tone::sine(rate_hz, 440.0, Duration::from_secs(1), 0.5))
}

#[tokio::test]
async fn a_file_of_any_usual_rate_sounds_the_same() {
    let shelf =
        Shelf::with(&[("a.wav", beep(16_000)), ("b.wav", beep(44_100)), ("c.wav", beep(8_000))]).await;
    let library = library(LibraryLimits::default());
    for name in ["a.wav", "b.wav", "c.wav"] {
        let sound = whole(library.sound(&shelf.file(name)).await.unwrap());
        let length = sound.duration().as_millis();
        assert!((995..=1_005).contains(&length), "{name}: {length} ms");
        assert!(goertzel::share(&sound.samples()[800..1_600], 8_000, 440.0) > 0.95, "{name}");
    }
}

#[tokio::test]
async fn many_who_ask_at_once_cause_one_fetch() {
    let shelf = Shelf::with(&[("a.wav", beep(8_000))]).await;
    let library = library(LibraryLimits::default());
    let source = shelf.file("a.wav");
    let sounds = join_all((0..20).map(|_| library.sound(&source))).await;
    assert!(sounds.iter().all(Result::is_ok));
    library.sound(&source).await.unwrap();
    assert_eq!(shelf.fetched(), 1);
}

#[tokio::test]
async fn a_file_that_may_not_be_stored_is_fetched_again_unless_the_application_named_it() {
    let shelf = Shelf::with(&[("fresh.wav", beep(8_000))]).await;
    let library = library(LibraryLimits::default());
    let source = shelf.file("fresh.wav");
    library.sound(&source).await.unwrap();
    library.sound(&source).await.unwrap();
    assert_eq!(shelf.fetched(), 2);

    let PlaySource::File { uri, .. } = source else { unreachable!("the shelf gives files") };
    let named = PlaySource::File { uri, cache_id: Some("greeting".into()) };
    library.sound(&named).await.unwrap();
    library.sound(&named).await.unwrap();
    assert_eq!(shelf.fetched(), 3);
}

#[tokio::test]
async fn what_cannot_be_played_says_why() {
    let html = b"<html>this is not a sound, whatever its name says</html>".to_vec();
    let shelf =
        Shelf::with(&[("page.wav", html), ("empty.wav", Vec::new()), ("big.wav", beep(48_000))]).await;
    let library = library(LibraryLimits { file_bytes: 50_000, ..LibraryLimits::default() });
    for (name, why) in [
        ("page.wav", Unplayable::Format),
        ("empty.wav", Unplayable::Format),
        ("missing.wav", Unplayable::Download),
        ("big.wav", Unplayable::Download),
    ] {
        assert_eq!(library.sound(&shelf.file(name)).await.unwrap_err(), why, "{name}");
    }
    let nobody = PlaySource::File { uri: "http://nobody.invalid/a.wav".into(), cache_id: None };
    assert_eq!(library.sound(&nobody).await.unwrap_err(), Unplayable::Download);
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let shelf = Shelf::with(&[]).await;
    let library = library(LibraryLimits::default());
    assert!(library.sound(&shelf.file("a.wav")).await.is_err());
    assert!(library.sound(&shelf.file("a.wav")).await.is_err());
    assert_eq!(shelf.fetched(), 2);
}

#[tokio::test]
async fn a_private_address_is_refused_by_default() {
    let shelf = Shelf::with(&[("a.wav", beep(8_000))]).await;
    let http = OutboundHttp::new(OutboundPolicy::default()).unwrap();
    let library = SoundLibrary::new(http, std::sync::Arc::new(Espeak::default()), LibraryLimits::default());
    assert_eq!(library.sound(&shelf.file("a.wav")).await.unwrap_err(), Unplayable::Download);
    assert_eq!(shelf.fetched(), 0);
}

#[tokio::test]
async fn a_sound_that_is_too_long_is_refused() {
    let shelf = Shelf::with(&[("a.wav", beep(8_000))]).await;
    let library = library(LibraryLimits { sound: Duration::from_millis(500), ..LibraryLimits::default() });
    assert_eq!(library.sound(&shelf.file("a.wav")).await.unwrap_err(), Unplayable::Download);
}
