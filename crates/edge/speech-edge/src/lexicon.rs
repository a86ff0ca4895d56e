//! A list of choices as the decoder needs it, and the judgment of what it heard.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use crate::ear::{EarError, Phrase, Word};
use crate::sphinx::{SPHINX_FRAME_MS, Segment};

/// Ticks of 100 ns in a frame of the decoder.
const TICKS: u64 = SPHINX_FRAME_MS * 10_000;
/// A decoy must differ from every choice in so much of its phones, or it would take its place.
const LEAST_DIFFERENCE: f64 = 0.5;

/// What people say that is no choice: whatever resembles these more than a choice was none.
const DECOYS: [&str; 72] = [
    "about",
    "again",
    "always",
    "people",
    "because",
    "before",
    "between",
    "water",
    "city",
    "country",
    "different",
    "doctor",
    "early",
    "enough",
    "father",
    "finger",
    "garden",
    "house",
    "idea",
    "island",
    "january",
    "kitchen",
    "language",
    "letter",
    "machine",
    "money",
    "mountain",
    "mother",
    "music",
    "never",
    "number",
    "office",
    "often",
    "orange",
    "paper",
    "picture",
    "please",
    "problem",
    "question",
    "really",
    "river",
    "school",
    "second",
    "something",
    "station",
    "sugar",
    "summer",
    "table",
    "together",
    "travel",
    "under",
    "village",
    "window",
    "winter",
    "woman",
    "yellow",
    "yesterday",
    "young",
    "what",
    "when",
    "where",
    "who",
    "why",
    "hello",
    "goodbye",
    "wait",
    "moment",
    "maybe",
    "okay",
    "sorry",
    "thanks",
    "how",
];

/// The words that are looked up for decoys.
pub(crate) fn decoys() -> impl Iterator<Item = String> {
    DECOYS.into_iter().map(str::to_owned)
}

/// Choices and decoys, with how they sound.
#[derive(Debug)]
pub(crate) struct Lexicon {
    /// Choices only.
    choices: String,
    /// Choices and decoys.
    all: String,
    /// Names of words as the decoder knows them, and their phones.
    sounds: Vec<(String, String)>,
    /// Wordings in the decoder's words, with what they are in plain ones and whose they are.
    wordings: HashMap<Vec<String>, (String, u16)>,
}

impl Lexicon {
    /// `sounds` has the pronunciations of words; one without any cannot be said. `None` when no wording can.
    pub(crate) fn new(
        wordings: Vec<(Vec<String>, u16)>,
        sounds: &HashMap<String, Vec<String>>,
    ) -> Option<Self> {
        let mut lexicon =
            Self { choices: String::new(), all: String::new(), sounds: Vec::new(), wordings: HashMap::new() };
        let mut used: BTreeMap<String, &Vec<String>> = BTreeMap::new();
        let mut alternatives = Vec::new();
        let sound_of = |word: &String| sounds.get(word).filter(|variants| !variants.is_empty());
        for (words, choice) in wordings {
            let Some(said) = words.iter().map(sound_of).collect::<Option<Vec<_>>>() else { continue };
            let names: Vec<String> = words.iter().map(|word| name_of(word)).collect();
            for (name, variants) in names.iter().zip(said) {
                used.insert(name.clone(), variants);
            }
            let said: Vec<String> = names
                .iter()
                .zip(words.iter().filter_map(sound_of))
                .map(|(name, variants)| variants_of(name, variants))
                .collect();
            alternatives.push(said.join(" "));
            // Of two choices with the same wording the first is meant.
            lexicon.wordings.entry(names).or_insert((words.join(" "), choice));
        }
        if lexicon.wordings.is_empty() {
            return None;
        }
        let sound_of = |names: &Vec<String>| phones(names.iter().filter_map(|name| used.get(name).copied()));
        let choices: Vec<Vec<&str>> = lexicon.wordings.keys().map(sound_of).collect();
        lexicon.choices = grammar(&alternatives);
        for decoy in DECOYS {
            let Some(variants) = sounds.get(decoy).filter(|variants| !variants.is_empty()) else { continue };
            let sound: Vec<&str> = variants[0].split(' ').collect();
            if choices.iter().all(|choice| difference(choice, &sound) >= LEAST_DIFFERENCE) {
                alternatives.push(variants_of(&name_of(decoy), variants));
                used.entry(name_of(decoy)).or_insert(variants);
            }
        }
        for (name, variants) in used {
            for (number, variant) in variants.iter().enumerate() {
                lexicon.sounds.push((variant_of(&name, number), variant.clone()));
            }
        }
        lexicon.all = grammar(&alternatives);
        Some(lexicon)
    }

    /// The grammar of the choices (JSGF).
    pub(crate) fn choices(&self) -> &str {
        &self.choices
    }

    /// The grammar of the choices and the decoys.
    pub(crate) fn choices_and_decoys(&self) -> &str {
        &self.all
    }

    pub(crate) fn sounds(&self) -> &[(String, String)] {
        &self.sounds
    }

    /// What was said: `heard` as one of the alternatives, `any` as phones alone.
    pub(crate) fn judge(&self, heard: &[Segment], any: &[Segment], least: f64) -> Result<Phrase, EarError> {
        let spoken: Vec<(&str, &Segment)> = heard
            .iter()
            .filter_map(|segment| plain_name(&segment.word).map(|name| (name, segment)))
            .collect();
        let speech: i64 = any.iter().filter(|phone| is_phone(phone)).map(frames).sum();
        if spoken.is_empty() || speech == 0 {
            return Err(EarError::NotUnderstood);
        }
        let names: Vec<String> = spoken.iter().map(|(name, _)| (*name).to_owned()).collect();
        let score = (total(heard) - total(any)) as f64 / speech as f64;
        let Some((text, choice)) = self.wordings.get(&names).filter(|_| score >= least) else {
            return Err(EarError::NoChoice);
        };
        let words: Vec<Word> = text
            .split(' ')
            .zip(&spoken)
            .map(|(word, (_, segment))| Word {
                text: word.into(),
                offset_ticks: segment.from.max(0) as u64 * TICKS,
                duration_ticks: frames(segment).max(0) as u64 * TICKS,
            })
            .collect();
        let offset_ticks = words.first().map_or(0, |word| word.offset_ticks);
        let end = words.last().map_or(0, |word| word.offset_ticks + word.duration_ticks);
        Ok(Phrase {
            text: Arc::from(text.as_str()),
            confidence_ppm: confidence_ppm(score, least),
            offset_ticks,
            duration_ticks: end.saturating_sub(offset_ticks),
            words,
            language: None,
            choice: Some(*choice),
        })
    }
}

fn grammar(alternatives: &[String]) -> String {
    format!("#JSGF V1.0;\ngrammar choices;\npublic <choice> = {} ;\n", alternatives.join(" | "))
}

/// From one half where it was nearly turned away, up to nearly one.
fn confidence_ppm(score: f64, least: f64) -> u32 {
    let margin = (score - least).max(0.0);
    ((1.0 - 0.5 * (-margin / 12.0).exp()) * 1_000_000.0) as u32
}

fn total(segments: &[Segment]) -> i64 {
    segments.iter().map(|segment| segment.score).sum()
}

fn frames(segment: &Segment) -> i64 {
    segment.to - segment.from + 1
}

fn is_phone(segment: &Segment) -> bool {
    !matches!(segment.word.as_str(), "SIL" | "+NSN+" | "+SPN+") && !segment.word.starts_with(['<', '[', '('])
}

/// The word without the number of its pronunciation; `None` for silence.
fn plain_name(word: &str) -> Option<&str> {
    let spoken = !word.starts_with(['<', '[', '(']) && !word.starts_with("++");
    spoken.then(|| word.rsplit_once(VARIANT).map_or(word, |(word, _)| word))
}

/// Stands between a word and the number of its pronunciation; no name of a word holds it.
const VARIANT: &str = "_v";

/// Each pronunciation is a word of its own: the library crashes over many that it knows to be one word's.
fn variant_of(name: &str, number: usize) -> String {
    if number == 0 { name.to_owned() } else { format!("{name}{VARIANT}{number}") }
}

fn variants_of(name: &str, variants: &[String]) -> String {
    let names: Vec<String> = (0..variants.len()).map(|number| variant_of(name, number)).collect();
    if names.len() == 1 { name.to_owned() } else { format!("( {} )", names.join(" | ")) }
}

/// A word in characters that neither the grammar nor the decoder takes for anything else.
fn name_of(word: &str) -> String {
    let mut name = String::from("w");
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "_{byte:02x}");
        }
    }
    name
}

fn phones<'a>(words: impl Iterator<Item = &'a Vec<String>>) -> Vec<&'a str> {
    words.flat_map(|variants| variants[0].split(' ')).collect()
}

/// How many phones must be changed, added or left out, of those of the longer.
fn difference(from: &[&str], to: &[&str]) -> f64 {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, phone) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for column in 0..to.len() {
            let replaced = diagonal + usize::from(phone != &to[column]);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()] as f64 / from.len().max(to.len()).max(1) as f64
}
