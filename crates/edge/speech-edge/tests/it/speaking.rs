//! Words become sound.

use codec::Pcm;
use codec::goertzel::rms;
use media_plan::SpeechService;
use media_plan::VoiceKind;
use speech_edge::{Espeak, Speech, SpeechError, TextToSpeech, Words};

pub fn text(words: &str) -> Speech {
    Speech {
        words: Words::Text(words.into()),
        locale: None,
        voice: None,
        voice_name: None,
        service: SpeechService::default(),
    }
}

pub fn ssml(document: &str) -> Speech {
    Speech { words: Words::Ssml(document.into()), ..text("") }
}

/// All that a voice says.
pub async fn said(voice: &impl TextToSpeech, speech: Speech) -> Result<Pcm, SpeechError> {
    voice.speak(speech).await?.whole().await
}

#[tokio::test]
async fn a_sentence_can_be_heard() {
    let sound = said(&Espeak::default(), text("Welcome to Ringdown.")).await.unwrap();
    assert!((0.8..4.0).contains(&sound.duration().as_secs_f64()), "{:?}", sound.duration());
    assert!(rms(&sound.samples) > 500.0);
}

#[tokio::test]
async fn voices_and_languages_differ() {
    let voice = Espeak::default();
    let mut sounds = Vec::new();
    for (locale, kind) in [
        ("en-US", None),
        ("en-US", Some(VoiceKind::Female)),
        ("en-GB", None),
        ("de-DE", None),
        ("fr-CA", None),
    ] {
        let speech = Speech { locale: Some(locale.into()), voice: kind, ..text("Information") };
        sounds.push(said(&voice, speech).await.unwrap());
    }
    for (index, sound) in sounds.iter().enumerate() {
        assert!(!sounds[..index].contains(sound), "voice {index} sounds like an earlier one");
    }
}

#[tokio::test]
async fn a_pause_in_markup_is_heard_as_a_pause() {
    let voice = Espeak::default();
    let short = said(&voice, ssml("<speak>one <break time=\"100ms\"/> two</speak>")).await.unwrap();
    let long = said(&voice, ssml("<speak>one <break time=\"2100ms\"/> two</speak>")).await.unwrap();
    let longer = long.duration() - short.duration();
    assert!((1.7..2.3).contains(&longer.as_secs_f64()), "{longer:?}");
}

#[tokio::test]
async fn markup_in_plain_text_is_read_out() {
    let voice = Espeak::default();
    let read_out = said(&voice, text("one <break time=\"30s\"/> two")).await.unwrap();
    assert!(read_out.duration().as_secs() < 15);
}

#[tokio::test]
async fn a_document_that_names_a_file_speaks_without_it() {
    let voice = Espeak::default();
    let sound = said(&voice, ssml("<speak>hello <audio src=\"/etc/passwd\">there</audio></speak>")).await;
    let plain = said(&voice, ssml("<speak>hello there</speak>")).await;
    assert_eq!(sound.unwrap(), plain.unwrap());
}

#[tokio::test]
async fn a_long_text_is_heard_before_all_of_it_was_spoken() {
    let long = "One thing after the other is said here. ".repeat(40);
    let mut spoken = Espeak::default().speak(text(&long)).await.unwrap();
    let first = spoken.next().await.unwrap().unwrap();
    assert!(first.duration().as_millis() < 500, "{:?}", first.duration());
    let rest = spoken.whole().await.unwrap();
    assert!(rest.duration().as_secs() > 30, "{:?}", rest.duration());
}

#[tokio::test]
async fn nothing_and_unknown_languages_are_told_apart() {
    let voice = Espeak::default();
    assert_eq!(said(&voice, text(" \n")).await, Err(SpeechError::Empty));
    let martian = Speech { locale: Some("xx-Mars".into()), ..text("hello") };
    assert_eq!(said(&voice, martian).await, Err(SpeechError::Locale("xx-mars".into())));
    assert!(matches!(said(&voice, ssml("<speak>&passwd;</speak>")).await, Err(SpeechError::Ssml(_))));
}
