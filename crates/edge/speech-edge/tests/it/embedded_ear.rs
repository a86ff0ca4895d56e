//! The embedded ear with real sound: voices it was not tuned on, over a telephone line.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use media_plan::{Grammar, Listening};
use speech_edge::{
    Ear, EarError, EmbeddedEar, EmbeddedEarLimits, Espeak, Heard, Hearing, Phrase, Span, SpeechToText,
};

use crate::voices::{Frame, flite, over_the_phone};

/// Where Debian keeps the model.
pub const MODEL: &str = "/usr/share/pocketsphinx/model/en-us";

pub fn ear() -> EmbeddedEar {
    EmbeddedEar::new(Path::new(MODEL), Espeak::default(), EmbeddedEarLimits::default())
}

pub fn hearing(choices: &[&[&str]]) -> Hearing {
    let wordings = |choice: &&[&str]| choice.iter().map(|wording| Arc::from(*wording)).collect();
    Hearing {
        listening: Listening { languages: vec!["en-US".into()], ..Listening::default() },
        grammar: Grammar::Choices(choices.iter().map(wordings).collect()),
        phrases: Vec::new(),
        partials: false,
        span: Span::Utterance,
        end_silence: Duration::from_millis(500),
    }
}

pub async fn understand(mut ear: Ear, line: &[Frame]) -> Result<Phrase, EarError> {
    for frame in line {
        ear.hear(frame);
    }
    ear.finish();
    let heard = tokio::time::timeout(Duration::from_secs(60), ear.next()).await.expect("an answer in time");
    match heard.expect("an answer")? {
        Heard::Final(phrase) => Ok(phrase),
        other => panic!("nothing else: {other:?}"),
    }
}

#[tokio::test]
async fn a_caller_chooses_by_voice() {
    let ear = ear();
    let menu = hearing(&[&["Sales", "buy something"], &["Support", "technical support"], &["Operator"]]);
    let (mut right, mut all) = (0, 0);
    for (words, choice) in [("sales", 0), ("technical support", 1), ("operator", 2), ("buy something", 0)] {
        for voice in ["slt", "rms"] {
            let line = over_the_phone(&flite(voice, words), 15.0, 300, 500);
            let said = understand(ear.listen(menu.clone()).await.unwrap(), &line).await;
            all += 1;
            match said {
                Ok(phrase) => {
                    assert_eq!(phrase.choice, Some(choice), "{voice} says {words}: {phrase:?}");
                    assert_eq!(&*phrase.text, words);
                    assert!((500_000..1_000_000).contains(&phrase.confidence_ppm));
                    let first = phrase.words.first().expect("words with their times");
                    assert!((2_000_000..8_000_000).contains(&first.offset_ticks), "{first:?}");
                    right += 1;
                }
                Err(error) => println!("{voice} says {words}: {error}"),
            }
        }
    }
    assert!(right * 100 >= all * 75, "{right} of {all}");
}

#[tokio::test]
async fn what_is_no_choice_is_turned_away() {
    let ear = ear();
    let menu = hearing(&[&["yes"], &["no"], &["operator"]]);
    let mut accepted = Vec::new();
    for words in
        ["banana", "the weather is nice today", "could you please call me back", "elephant", "chocolate cake"]
    {
        for voice in ["slt", "rms"] {
            let line = over_the_phone(&flite(voice, words), 15.0, 300, 500);
            let said = understand(ear.listen(menu.clone()).await.unwrap(), &line).await;
            match said {
                Ok(phrase) => accepted.push((words, phrase.text)),
                Err(error) => {
                    assert!(matches!(error, EarError::NoChoice | EarError::NotUnderstood), "{error}")
                }
            }
        }
    }
    assert!(accepted.len() <= 1, "{accepted:?}");
}

#[tokio::test]
async fn a_name_that_is_in_no_dictionary_is_heard() {
    let menu = hearing(&[&["Kowalczyk"], &["Ringdown"], &["O'Brien"]]);
    let line = over_the_phone(&flite("slt", "Ringdown"), 15.0, 300, 500);
    let said = understand(ear().listen(menu).await.unwrap(), &line).await.unwrap();
    assert_eq!((&*said.text, said.choice), ("ringdown", Some(1)));
}

#[tokio::test]
async fn what_it_cannot_do_is_said_with_the_setting_that_helps() {
    let ear = ear();
    let free = Hearing { grammar: Grammar::Free, ..hearing(&[]) };
    let error = ear.listen(free).await.unwrap_err();
    assert_eq!(error, EarError::FreeSpeech);
    assert!(error.to_string().contains("speech.ears"));

    let mut german = hearing(&[&["ja"]]);
    german.listening.languages = vec!["de-DE".into()];
    assert_eq!(ear.check(&german), Err(EarError::Language("de-DE".into())));
    german.listening.languages.push("en-US".into());
    assert_eq!(ear.check(&german), Err(EarError::Languages(2)));

    let elsewhere = EmbeddedEar::new(Path::new("/nowhere"), Espeak::default(), EmbeddedEarLimits::default());
    let error = elsewhere.check_installed().unwrap_err();
    assert!(error.to_string().contains("install the package pocketsphinx-en-us"), "{error}");
}

#[tokio::test]
async fn lists_that_nobody_could_tell_apart_are_refused() {
    let ear = ear();
    let long = "one ".repeat(40);
    let many: Vec<String> = (0..400).map(|number| format!("choice {number}")).collect();
    let many: Vec<[&str; 1]> = many.iter().map(|wording| [wording.as_str()]).collect();
    let many: Vec<&[&str]> = many.iter().map(|choice| choice.as_slice()).collect();
    for menu in [hearing(&[]), hearing(&[&[""]]), hearing(&[&["!?"]]), hearing(&[&[&long]]), hearing(&many)] {
        let error = ear.listen(menu).await.unwrap_err();
        assert!(matches!(error, EarError::Choices(_)), "{error}");
    }
    // What is not Latin, and what a grammar might take for its own.
    let strange = hearing(&[&["</choice> | ; {x}"], &["да"], &["operator"]]);
    let line = over_the_phone(&flite("slt", "operator"), 15.0, 300, 500);
    let said = understand(ear.listen(strange).await.unwrap(), &line).await.unwrap();
    assert_eq!(said.choice, Some(2));
}

#[tokio::test]
async fn more_callers_than_decoders_wait_for_their_turn_and_no_more_than_allowed() {
    let limits = EmbeddedEarLimits { decoders: 1, waiting: 3, ..EmbeddedEarLimits::default() };
    let ear = EmbeddedEar::new(Path::new(MODEL), Espeak::default(), limits);
    let line = over_the_phone(&flite("slt", "yes"), 15.0, 300, 500);
    let menu = hearing(&[&["yes"], &["no"]]);
    let callers = (0..20).map(|_| {
        let (ear, menu, line) = (ear.clone(), menu.clone(), line.clone());
        async move { understand(ear.listen(menu).await.unwrap(), &line).await }
    });
    let answers = futures_util::future::join_all(callers).await;
    let full = answers.iter().filter(|answer| **answer == Err(EarError::Full)).count();
    let understood = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(full + understood, 20, "{answers:?}");
    assert!(understood >= 3 && full > 0, "{understood} understood, {full} refused");
}
