//! How words sound, for the embedded ear: from the dictionary of its model, and for names and
//! words that are not in it, from the embedded voice's own rules.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::ear::EarError;

/// Pronunciations that are tried of one word.
const MOST_VARIANTS: usize = 4;

/// All pronunciations that the model's dictionary has for these words; a pass over a file of 3 MB.
pub(crate) fn look_up(
    model: &Path,
    wanted: &HashSet<String>,
) -> Result<HashMap<String, Vec<String>>, EarError> {
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    let unreadable = |_| EarError::NotInstalled {
        what: model.join("cmudict-en-us.dict").display().to_string().into(),
        package: "pocketsphinx-en-us",
    };
    let file = std::fs::File::open(model.join("cmudict-en-us.dict")).map_err(unreadable)?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).map_err(unreadable)? == 0 {
            return Ok(found);
        }
        let Some((word, phones)) = line.trim_end().split_once(' ') else { continue };
        // A second pronunciation is listed as "word(2)".
        let word = word.split_once('(').map_or(word, |(word, _)| word);
        if wanted.contains(word) {
            let variants = found.entry(word.to_owned()).or_default();
            if variants.len() < MOST_VARIANTS {
                variants.push(phones.trim().to_owned());
            }
        }
    }
}

/// The model's phones for what the voice writes in the phonetic alphabet; `None` when nothing of it can be said.
pub(crate) fn phones_of(ipa: &str) -> Option<String> {
    let mut phones: Vec<&str> = Vec::new();
    let mut rest = ipa.trim();
    while let Some(first) = rest.chars().next() {
        let known = SOUNDS.iter().find(|(sound, _)| rest.starts_with(sound));
        match known {
            Some((sound, same)) => {
                phones.extend(same.split(' ').filter(|phone| !phone.is_empty()));
                rest = &rest[sound.len()..];
            }
            None => rest = &rest[first.len_utf8()..],
        }
    }
    (!phones.is_empty()).then(|| phones.join(" "))
}

/// Sounds of the phonetic alphabet as espeak-ng writes them for American English; longer ones stand before their beginnings.
const SOUNDS: &[(&str, &str)] = &[
    ("t͡ʃ", "CH"),
    ("d͡ʒ", "JH"),
    ("tʃ", "CH"),
    ("dʒ", "JH"),
    ("aɪɚ", "AY ER"),
    ("aɪə", "AY AH"),
    ("aɪ", "AY"),
    ("aʊ", "AW"),
    ("eɪ", "EY"),
    ("oʊ", "OW"),
    ("əʊ", "OW"),
    ("ɔɪ", "OY"),
    ("oːɹ", "AO R"),
    ("ɔːɹ", "AO R"),
    ("ɑːɹ", "AA R"),
    ("ɛɹ", "EH R"),
    ("ɪɹ", "IH R"),
    ("ʊɹ", "UH R"),
    ("əl", "AH L"),
    ("ən", "AH N"),
    ("iː", "IY"),
    ("uː", "UW"),
    ("ɔː", "AO"),
    ("ɑː", "AA"),
    ("ɜː", "ER"),
    ("oː", "AO"),
    ("i", "IY"),
    ("ɪ", "IH"),
    ("ᵻ", "IH"),
    ("ɨ", "IH"),
    ("e", "EH"),
    ("ɛ", "EH"),
    ("æ", "AE"),
    ("a", "AE"),
    ("ɐ", "AH"),
    ("ə", "AH"),
    ("ʌ", "AH"),
    ("ɚ", "ER"),
    ("ɑ", "AA"),
    ("ɒ", "AA"),
    ("ɔ", "AO"),
    ("o", "OW"),
    ("ʊ", "UH"),
    ("u", "UW"),
    ("θ", "TH"),
    ("ð", "DH"),
    ("ʃ", "SH"),
    ("ʒ", "ZH"),
    ("ŋ", "NG"),
    ("ɹ", "R"),
    ("r", "R"),
    ("ɾ", "D"),
    ("ɡ", "G"),
    ("g", "G"),
    ("p", "P"),
    ("b", "B"),
    ("t", "T"),
    ("d", "D"),
    ("k", "K"),
    ("x", "K"),
    ("f", "F"),
    ("v", "V"),
    ("j", "Y"),
    ("w", "W"),
    ("h", "HH"),
    ("l", "L"),
    ("m", "M"),
    ("n", "N"),
    ("s", "S"),
    ("z", "Z"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_said_as_the_voice_would() {
        for (ipa, phones) in [
            ("ɹˈɪŋdaʊn", "R IH NG D AW N"),
            ("kˈɑːɹl", "K AA R L"),
            ("dʒˈoʊ", "JH OW"),
            ("ʃˈɹoʊdɚ", "SH R OW D ER"),
            ("zˈeɪvɪɚ", "Z EY V IH ER"),
            ("hˈɛloʊ", "HH EH L OW"),
        ] {
            assert_eq!(phones_of(ipa).as_deref(), Some(phones), "{ipa}");
        }
        assert_eq!(phones_of("ˈː"), None);
        assert_eq!(phones_of(""), None);
    }
}
