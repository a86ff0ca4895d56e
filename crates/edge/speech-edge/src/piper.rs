//! The layout of Piper's voices: `voice.onnx`, and beside it `voice.onnx.json`.

use std::collections::HashMap;

use serde::Deserialize;

/// Ids of one sentence.
const MOST_IDS: usize = 2_000;

/// What stands beside a model.
#[derive(Debug, Deserialize)]
pub(crate) struct PiperVoice {
    audio: Audio,
    espeak: Option<EspeakVoice>,
    #[serde(default)]
    inference: Inference,
    /// `espeak`, or `text` for voices that read letters.
    #[serde(default = "espeak")]
    phoneme_type: String,
    phoneme_id_map: HashMap<String, Vec<i64>>,
    #[serde(default)]
    num_speakers: u32,
    #[serde(default)]
    speaker_id_map: HashMap<String, i64>,
}

#[derive(Debug, Deserialize)]
struct Audio {
    sample_rate: u32,
}

#[derive(Debug, Deserialize)]
struct EspeakVoice {
    voice: String,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Inference {
    noise_scale: f32,
    length_scale: f32,
    noise_w: f32,
}

impl Default for Inference {
    fn default() -> Self {
        Self { noise_scale: 0.667, length_scale: 1.0, noise_w: 0.8 }
    }
}

fn espeak() -> String {
    "espeak".to_owned()
}

/// How a sentence becomes phonemes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling<'a> {
    /// As this voice of espeak-ng says it.
    Sounds(&'a str),
    /// Letter by letter.
    Letters,
}

impl PiperVoice {
    /// Reads the file beside the model; says what is wrong with it.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        let voice: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if !(4_000..=48_000).contains(&voice.audio.sample_rate) {
            return Err(format!("its sample rate is {}", voice.audio.sample_rate));
        }
        if !matches!(voice.phoneme_type.as_str(), "espeak" | "text") {
            return Err(format!("its phoneme type is {:?}, not espeak or text", voice.phoneme_type));
        }
        if let Some(missing) =
            ["^", "$", "_"].into_iter().find(|mark| !voice.phoneme_id_map.contains_key(*mark))
        {
            return Err(format!("its phoneme_id_map lacks {missing:?}"));
        }
        let plain =
            |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+".contains(&byte));
        match voice.spelling() {
            Spelling::Sounds(name) if !plain(name) || name.starts_with('-') => {
                Err(format!("{name:?} is no voice of espeak-ng"))
            }
            Spelling::Sounds(_) | Spelling::Letters => Ok(voice),
        }
    }

    /// Samples per second.
    pub(crate) fn rate_hz(&self) -> u32 {
        self.audio.sample_rate
    }

    pub(crate) fn spelling(&self) -> Spelling<'_> {
        match (self.phoneme_type.as_str(), &self.espeak) {
            ("text", _) => Spelling::Letters,
            (_, Some(espeak)) => Spelling::Sounds(&espeak.voice),
            (_, None) => Spelling::Sounds("en-us"),
        }
    }

    /// The language it speaks, without the region.
    pub(crate) fn language(&self) -> Option<&str> {
        match self.spelling() {
            Spelling::Sounds(voice) => voice.split(['-', '+']).next(),
            Spelling::Letters => None,
        }
    }

    /// Noise of the voice, length of the sounds, noise of their length: in the order in which models take them.
    pub(crate) fn scales(&self) -> Vec<f32> {
        vec![self.inference.noise_scale, self.inference.length_scale, self.inference.noise_w]
    }

    /// Of a voice with several speakers, the one of this name, or the first.
    pub(crate) fn speaker(&self, name: Option<&str>) -> Option<i64> {
        let named = name.and_then(|name| self.speaker_id_map.get(name)).copied();
        (self.num_speakers > 1).then(|| named.unwrap_or_default())
    }

    /// The ids of a sentence in phonemes that ends with this mark. What the voice does not know is not said.
    pub(crate) fn ids(&self, phonemes: &str, end: char) -> Vec<i64> {
        let of = |mark: &str| self.phoneme_id_map.get(mark).into_iter().flatten().copied();
        let mut ids: Vec<i64> = of("^").collect();
        for phoneme in clauses(phonemes).chars().chain([end]) {
            if phoneme == '_' || ids.len() > MOST_IDS {
                continue;
            }
            let known = ids.len();
            ids.extend(of(phoneme.encode_utf8(&mut [0; 4])));
            if ids.len() > known {
                ids.extend(of("_"));
            }
        }
        ids.extend(of("$"));
        ids
    }
}

/// What espeak-ng writes in a line for each clause, with commas between them, and without its remarks about the
/// language of a word.
fn clauses(phonemes: &str) -> String {
    let mut spoken = String::new();
    for clause in phonemes.lines().map(str::trim).filter(|clause| !clause.is_empty()) {
        if !spoken.is_empty() {
            spoken.push_str(", ");
        }
        let mut remark = false;
        spoken.extend(clause.chars().filter(|one| {
            let is_remark = remark || *one == '(';
            remark = is_remark && *one != ')';
            !is_remark
        }));
    }
    spoken
}

/// Sentences as they are spoken one after the other, each with the mark that ends it; long ones are cut between words.
pub(crate) fn sentences(text: &str) -> Vec<(String, char)> {
    /// Bytes.
    const LONG: usize = 400;
    let mut sentences = Vec::new();
    let mut sentence = String::new();
    let mut end = |sentence: &mut String, mark: char| {
        let said = sentence.trim();
        if said.chars().any(char::is_alphanumeric) {
            sentences.push((said.to_owned(), mark));
        }
        sentence.clear();
    };
    let mut characters = text.chars().peekable();
    while let Some(one) = characters.next() {
        let is_last = characters.peek().is_none_or(|next| next.is_whitespace());
        match one {
            '.' | '?' | '!' if is_last => end(&mut sentence, one),
            '\n' => end(&mut sentence, '.'),
            _ if one.is_whitespace() && sentence.len() > LONG => end(&mut sentence, ','),
            _ => sentence.push(one),
        }
    }
    end(&mut sentence, '.');
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{ "audio": { "sample_rate": 22050, "quality": "medium" }, "espeak": { "voice": "en-us" },
        "inference": { "noise_scale": 0.5, "length_scale": 1.5, "noise_w": 0.25 }, "phoneme_type": "espeak",
        "num_speakers": 2, "speaker_id_map": { "anna": 0, "ben": 1 },
        "phoneme_id_map": { "_": [0], "^": [1], "$": [2], " ": [3], ",": [8], ".": [10], "a": [14], "ˈ": [120] } }"#;

    #[test]
    fn a_sentence_becomes_ids_with_pads_between_them() {
        let voice = PiperVoice::read(JSON.as_bytes()).unwrap();
        assert_eq!(
            voice.ids("ˈa a\n(de)a(en)x\n", '.'),
            [1, 120, 0, 14, 0, 3, 0, 14, 0, 8, 0, 3, 0, 14, 0, 10, 0, 2]
        );
        assert_eq!(voice.scales(), [0.5, 1.5, 0.25]);
        assert_eq!((voice.rate_hz(), voice.language()), (22_050, Some("en")));
        assert_eq!(
            [None, Some("ben"), Some("carl")].map(|name| voice.speaker(name)),
            [Some(0), Some(1), Some(0)]
        );
        assert!(voice.ids(&"a".repeat(100_000), '.').len() <= MOST_IDS + 4);
    }

    #[test]
    fn what_is_no_voice_says_why() {
        for (from, to, why) in [
            ("22050", "0", "sample rate"),
            ("\"espeak\",", "\"pinyin\",", "phoneme type"),
            ("\"^\": [1],", "", "lacks \"^\""),
            ("en-us", "--path=/tmp", "no voice"),
            ("\"audio\"", "\"sound\"", "audio"),
        ] {
            let error = PiperVoice::read(JSON.replace(from, to).as_bytes()).unwrap_err();
            assert!(error.contains(why), "{to}: {error}");
        }
    }

    #[test]
    fn texts_are_cut_where_sentences_end() {
        let cut = |text: &str| {
            sentences(text).into_iter().map(|(said, end)| format!("{said}{end}")).collect::<Vec<_>>()
        };
        assert_eq!(
            cut("Hello, Anna. How are you?\nIt is 3.5 km!  ..."),
            ["Hello, Anna.", "How are you?", "It is 3.5 km!"]
        );
        assert!(cut(" . !").is_empty());
        let long = cut(&"many words ".repeat(100));
        assert!(
            long.len() > 2 && long.iter().all(|part| part.len() < 420 && !part.starts_with("ords")),
            "{long:?}"
        );
    }
}
