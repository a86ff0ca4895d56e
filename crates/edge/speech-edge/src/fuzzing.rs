//! What strangers and providers send, for fuzz targets: panics when something does not hold. No part of the
//! product uses this.

use std::collections::HashMap;
use std::sync::Arc;

use media_plan::{Grammar, SpeechService};

use crate::azure;
use crate::choices::{choice_of, words};
use crate::lexicon::Lexicon;
use crate::ssml;
use crate::text_to_speech::{Speech, Words};
use crate::wave::{NoSound, Reader};

/// A document: what is handed to the synthesizer holds no command of it, and reads as itself; what a voice
/// without markup reads is no longer than what was written; and to Azure it goes as it came.
pub fn ssml(text: &str) {
    let speech = |words: Words| Speech {
        words,
        locale: Some(text.into()),
        voice: None,
        voice_name: Some(text.into()),
        service: SpeechService::default(),
    };
    // Words that are no document become one, whatever they are.
    if let Ok(document) = azure::fuzzing::document(&speech(Words::Text(text.into()))) {
        let read = ssml::read(&document).expect("what Azure gets is well-formed");
        assert!(!read.plain.chars().any(char::is_control), "control characters pass: {:?}", read.plain);
    }
    let as_it_came = azure::fuzzing::document(&speech(Words::Ssml(text.into())));
    let Ok(document) = ssml::read(text) else { return assert!(as_it_came.is_err(), "no document goes out") };
    assert_eq!(as_it_came.as_deref(), Ok(text));
    assert!(!document.text.contains("[["), "phonemes pass: {}", document.text);
    for written in [&document.text, &document.plain] {
        assert!(!written.chars().any(char::is_control), "control characters pass: {written:?}");
    }
    for opening in document.text.split('<').skip(1) {
        let name = opening.trim_start_matches('/').split([' ', '>']).next().unwrap_or_default();
        let known =
            ["speak", "p", "s", "break", "emphasis", "prosody", "say-as", "sub", "voice"].contains(&name);
        assert!(known, "an element called {name:?} passes: {}", document.text);
    }
    // An escaped quotation mark takes six characters, a bracket two; a voice is named in full.
    assert!(document.text.len() <= 8 * text.len() + 64);
    assert!(document.plain.len() <= 2 * text.len());
    let again = ssml::read(&document.text).expect("what is handed over is well-formed");
    // A bracket gets its space again.
    assert_eq!(again.text.replace(' ', ""), document.text.replace(' ', ""), "it means what it meant");
}

/// A message of Azure's ears.
pub fn azure_message(text: &str) {
    azure::fuzzing::message(text);
}

/// The sound of a provider, raw or as a file: however it is cut, the same is heard, and no more than came.
pub fn spoken_sound(bytes: &[u8], piece: usize) {
    let read = |length: usize| {
        let mut reader = Reader::new(24_000);
        let mut samples = Vec::new();
        for piece in bytes.chunks(length.max(1)) {
            let part = reader.read(piece)?;
            assert!((4_000..=192_000).contains(&part.rate_hz), "{} Hz", part.rate_hz);
            samples.extend(part.samples);
        }
        Ok::<Vec<i16>, NoSound>(samples)
    };
    let (whole, cut) = (read(bytes.len()), read(piece));
    assert!(whole.as_ref().map_or(0, Vec::len) <= bytes.len() / 2);
    // What is no sound is found out earlier or later, by where it is cut.
    assert_eq!(whole, cut, "cut into {piece}");
}

/// A list of choices and what somebody says, a line each; the wordings of a choice stand between bars.
pub fn choices(text: &str) {
    let (said, list) = text.split_once('\n').unwrap_or((text, ""));
    let choices: Vec<Vec<Arc<str>>> =
        list.lines().map(|line| line.split('|').map(Arc::from).collect()).collect();
    let first =
        |said: &[String]| choices.iter().position(|wordings| wordings.iter().any(|one| words(one) == said));
    let grammar = Grammar::Choices(choices.clone());
    for wording in choices.iter().flatten() {
        let spoken = words(wording);
        assert_eq!(words(&spoken.join(" ")), spoken, "what is said of {wording:?} is said so");
        assert!(
            spoken.iter().all(|word| !word.is_empty() && !word.contains(char::is_whitespace)),
            "{spoken:?}"
        );
        assert!(spoken.len() <= wording.chars().count() * 2, "{spoken:?}");
        assert_eq!(choice_of(&grammar, wording).map(usize::from), first(&spoken), "{wording:?}");
    }
    let chosen = choice_of(&grammar, said);
    assert!(chosen.is_none_or(|chosen| usize::from(chosen) < choices.len()));
    assert_eq!(chosen, choice_of(&grammar, &words(said).join(" ")));
    check_grammar(&choices);
}

/// What the decoder gets holds nothing of the wordings that it could take for more than names.
fn check_grammar(choices: &[Vec<Arc<str>>]) {
    let numbered = choices.iter().zip(0..).flat_map(|(wordings, number)| {
        wordings.iter().map(move |wording| (words(wording), number)).filter(|(words, _)| !words.is_empty())
    });
    let wordings: Vec<(Vec<String>, u16)> = numbered.collect();
    let sounds: HashMap<String, Vec<String>> = wordings
        .iter()
        .flat_map(|(words, _)| words)
        .map(|word| (word.clone(), vec!["AH B".to_owned()]))
        .collect();
    let Some(lexicon) = Lexicon::new(wordings, &sounds) else { return };
    let is_name = |word: &str| {
        let mut bytes = word.bytes();
        bytes.next() == Some(b'w') && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    for grammar in [lexicon.choices(), lexicon.choices_and_decoys()] {
        let rule =
            grammar.split_once(" = ").and_then(|(_, rule)| rule.strip_suffix(" ;\n")).expect("one rule");
        assert!(rule.split([' ', '|', '(', ')']).filter(|word| !word.is_empty()).all(is_name), "{rule}");
    }
    assert!(lexicon.sounds().iter().all(|(name, _)| is_name(name)));
}
