//! Words are spoken, and the platform has music of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use media_edge::SoundSource;
use media_plan::{PlaySource, SpeechService, Unplayable};
use sound_edge::LibraryLimits;
use speech_edge::{Espeak, Speaking, Speech, SpeechError, TextToSpeech};

use crate::shelf::{kept, library, library_with, whole};

fn text(text: &str) -> PlaySource {
    PlaySource::Text {
        text: text.into(),
        locale: None,
        voice: None,
        voice_name: None,
        service: SpeechService::default(),
        cache_id: None,
    }
}

/// espeak-ng, counted.
#[derive(Default)]
struct Counted {
    voice: Espeak,
    spoken: AtomicUsize,
}

impl TextToSpeech for Counted {
    fn speak(&self, speech: Speech) -> Speaking {
        self.spoken.fetch_add(1, Ordering::SeqCst);
        self.voice.speak(speech)
    }
}

/// A voice that is ill.
struct Hoarse(SpeechError);

impl TextToSpeech for Hoarse {
    fn speak(&self, _: Speech) -> Speaking {
        let error = self.0.clone();
        Box::pin(async move { Err(error) })
    }
}

#[tokio::test]
async fn the_same_words_are_spoken_once() {
    let voice = Arc::new(Counted::default());
    let library = library_with(voice.clone(), LibraryLimits::default());
    let first = kept(&library, &text("Good morning.")).await;
    let second = kept(&library, &text("Good morning.")).await;
    assert!(Arc::ptr_eq(&first, &second));
    assert!(first.duration().as_millis() > 300);
    library.sound(&text("Good evening.")).await.unwrap();
    assert_eq!(voice.spoken.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn markup_is_spoken() {
    let ssml = PlaySource::Ssml {
        ssml: "<speak>Good <emphasis>morning</emphasis></speak>".into(),
        service: SpeechService::default(),
        cache_id: None,
    };
    assert!(kept(&library(LibraryLimits::default()), &ssml).await.duration().as_millis() > 300);
}

#[tokio::test]
async fn words_that_cannot_be_spoken_say_why() {
    for (error, why) in [
        (SpeechError::Empty, Unplayable::Empty),
        (SpeechError::NotInstalled, Unplayable::Speech),
        (SpeechError::Ssml("it is odd"), Unplayable::Speech),
    ] {
        let library = library_with(Arc::new(Hoarse(error)), LibraryLimits::default());
        assert_eq!(library.sound(&text("hello")).await.unwrap_err(), why);
    }
    let empty = library(LibraryLimits::default()).sound(&text("")).await;
    assert_eq!(empty.unwrap_err(), Unplayable::Empty);
}

#[tokio::test]
async fn hold_music_is_always_there() {
    let library: Arc<dyn SoundSource> =
        Arc::new(library_with(Arc::new(Hoarse(SpeechError::NotInstalled)), LibraryLimits::default()));
    let music = whole(library.sound(PlaySource::HoldMusic).await.unwrap());
    assert_eq!(music.duration().as_secs(), 16);
}
