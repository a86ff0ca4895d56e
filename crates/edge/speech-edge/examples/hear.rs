//! `cargo run --release -p speech-edge --example hear`: how well the embedded ear tells choices apart, as the
//! table of docs/SPEECH.md. Voices of flite were not used for tuning; espeak-ng's were.

#[path = "../tests/it/voices.rs"]
mod voices;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use media_plan::{Grammar, Listening};
use speech_edge::{
    EarError, EmbeddedEar, EmbeddedEarLimits, Espeak, Heard, Hearing, LEAST_SCORE, Span, SpeechToText,
};

const MODEL: &str = "/usr/share/pocketsphinx/model/en-us";

const LISTS: [(&str, &[&str]); 4] = [
    ("yes, no", &["yes", "no"]),
    ("a menu of six", &["yes", "no", "sales", "support", "operator", "account balance"]),
    ("digits", &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]),
    ("names", &["Anna Schneider", "Peter Miller", "Thomas Kowalczyk", "Laura Bennett", "Priya Patel"]),
];

/// None of them is a choice above or a decoy.
const OTHERS: [&str; 10] = [
    "banana",
    "chocolate cake",
    "could you call me back",
    "I have not decided",
    "the train leaves at noon",
    "blue shirt",
    "my grandmother",
    "good evening",
    "turn left",
    "it is raining",
];

const FLITE: [&str; 4] = ["slt", "awb", "rms", "kal16"];
const ESPEAK: [&str; 4] = ["en-us+f2", "en-us+m3", "en-gb+m1", "en-gb+f4"];

/// Milliseconds of the line before somebody speaks, as the second argument says; a recognizer hands over so many,
/// because it notices speech some 50 ms after it has begun.
fn before_ms() -> usize {
    std::env::args().nth(2).and_then(|ms| ms.parse().ok()).unwrap_or(150)
}

#[tokio::main]
async fn main() {
    let score = std::env::args().nth(1).and_then(|score| score.parse().ok()).unwrap_or(LEAST_SCORE);
    let limits = EmbeddedEarLimits { least_score: score, ..EmbeddedEarLimits::default() };
    let ear = EmbeddedEar::new(Path::new(MODEL), Espeak::default(), limits);
    println!(
        "| voices | noise | list | right | another choice | turned away | others taken for a choice | p50 ms | p99 ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (family, voices) in [("flite", FLITE), ("espeak-ng", ESPEAK)] {
        for (noise, name) in [(10.0, "none"), (150.0, "26 dB below"), (400.0, "17 dB below")] {
            for (list, choices) in LISTS {
                let row = measure(&ear, family, &voices, noise, choices).await;
                println!("| {family} | {name} | {list} | {row}");
            }
        }
    }
}

async fn measure(ear: &EmbeddedEar, family: &str, voices: &[&str], noise: f64, choices: &[&str]) -> String {
    let grammar = Grammar::Choices(choices.iter().map(|choice| vec![Arc::from(*choice)]).collect());
    let hearing = Hearing {
        listening: Listening { languages: vec!["en-US".into()], ..Listening::default() },
        grammar,
        phrases: Vec::new(),
        partials: false,
        span: Span::Utterance,
        end_silence: Duration::from_millis(500),
    };
    let (mut right, mut wrong, mut away, mut taken) = (0, 0, 0, 0);
    let mut times = Vec::new();
    let said = choices.iter().enumerate().map(|(at, words)| (Some(at as u16), *words));
    for (choice, words) in said.chain(OTHERS.into_iter().map(|words| (None, words))) {
        for voice in voices {
            let sound = match family {
                "flite" => voices::flite(voice, words),
                _ => voices::espeak(voice, words),
            };
            let line = voices::over_the_phone(&sound, noise, before_ms(), 500);
            let mut ear = ear.listen(hearing.clone()).await.expect("it can listen");
            line.iter().for_each(|frame| _ = ear.hear(frame));
            let ended = Instant::now();
            ear.finish();
            let heard = ear.next().await.expect("an answer");
            times.push(ended.elapsed().as_millis());
            match (heard, choice) {
                (Ok(Heard::Final(phrase)), Some(choice)) if phrase.choice == Some(choice) => right += 1,
                (Ok(_), Some(_)) => wrong += 1,
                (Err(EarError::NoChoice | EarError::NotUnderstood), Some(_)) => away += 1,
                (Ok(_), None) => taken += 1,
                (Err(EarError::NoChoice | EarError::NotUnderstood), None) => {}
                (Err(error), _) => panic!("{error}"),
            }
        }
    }
    times.sort_unstable();
    let (all, others) = (choices.len() * voices.len(), OTHERS.len() * voices.len());
    let percent = |count: usize, of: usize| format!("{} %", count * 100 / of);
    format!(
        "{} | {} | {} | {} | {} | {} |",
        percent(right, all),
        percent(wrong, all),
        percent(away, all),
        percent(taken, others),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
    )
}
