//! Which of the languages that were asked for a server has heard.
//!
//! It names them in English (`german`), as Whisper does, or by their code (`de`); applications name them by tags
//! (`de-DE`).

use std::sync::Arc;

/// The tag among `asked` that the server means; none when it means another language, or there was no choice.
pub(super) fn heard(named: &str, asked: &[Arc<str>]) -> Option<Arc<str>> {
    if asked.len() < 2 {
        return None;
    }
    let named = named.trim().to_ascii_lowercase();
    let code = NAMES.iter().find(|(_, name)| *name == named).map_or(named.as_str(), |(code, _)| code);
    asked.iter().find(|tag| primary(tag).eq_ignore_ascii_case(primary(code))).cloned()
}

fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or_default()
}

/// The names that Whisper gives (ISO 639-1 codes, and those of ISO 639-3 that it has besides).
const NAMES: [(&str, &str); 99] = [
    ("en", "english"),
    ("zh", "chinese"),
    ("de", "german"),
    ("es", "spanish"),
    ("ru", "russian"),
    ("ko", "korean"),
    ("fr", "french"),
    ("ja", "japanese"),
    ("pt", "portuguese"),
    ("tr", "turkish"),
    ("pl", "polish"),
    ("ca", "catalan"),
    ("nl", "dutch"),
    ("ar", "arabic"),
    ("sv", "swedish"),
    ("it", "italian"),
    ("id", "indonesian"),
    ("hi", "hindi"),
    ("fi", "finnish"),
    ("vi", "vietnamese"),
    ("he", "hebrew"),
    ("uk", "ukrainian"),
    ("el", "greek"),
    ("ms", "malay"),
    ("cs", "czech"),
    ("ro", "romanian"),
    ("da", "danish"),
    ("hu", "hungarian"),
    ("ta", "tamil"),
    ("no", "norwegian"),
    ("th", "thai"),
    ("ur", "urdu"),
    ("hr", "croatian"),
    ("bg", "bulgarian"),
    ("lt", "lithuanian"),
    ("la", "latin"),
    ("mi", "maori"),
    ("ml", "malayalam"),
    ("cy", "welsh"),
    ("sk", "slovak"),
    ("te", "telugu"),
    ("fa", "persian"),
    ("lv", "latvian"),
    ("bn", "bengali"),
    ("sr", "serbian"),
    ("az", "azerbaijani"),
    ("sl", "slovenian"),
    ("kn", "kannada"),
    ("et", "estonian"),
    ("mk", "macedonian"),
    ("br", "breton"),
    ("eu", "basque"),
    ("is", "icelandic"),
    ("hy", "armenian"),
    ("ne", "nepali"),
    ("mn", "mongolian"),
    ("bs", "bosnian"),
    ("kk", "kazakh"),
    ("sq", "albanian"),
    ("sw", "swahili"),
    ("gl", "galician"),
    ("mr", "marathi"),
    ("pa", "punjabi"),
    ("si", "sinhala"),
    ("km", "khmer"),
    ("sn", "shona"),
    ("yo", "yoruba"),
    ("so", "somali"),
    ("af", "afrikaans"),
    ("oc", "occitan"),
    ("ka", "georgian"),
    ("be", "belarusian"),
    ("tg", "tajik"),
    ("sd", "sindhi"),
    ("gu", "gujarati"),
    ("am", "amharic"),
    ("yi", "yiddish"),
    ("lo", "lao"),
    ("uz", "uzbek"),
    ("fo", "faroese"),
    ("ht", "haitian creole"),
    ("ps", "pashto"),
    ("tk", "turkmen"),
    ("nn", "nynorsk"),
    ("mt", "maltese"),
    ("sa", "sanskrit"),
    ("lb", "luxembourgish"),
    ("my", "myanmar"),
    ("bo", "tibetan"),
    ("tl", "tagalog"),
    ("mg", "malagasy"),
    ("as", "assamese"),
    ("tt", "tatar"),
    ("haw", "hawaiian"),
    ("ln", "lingala"),
    ("ha", "hausa"),
    ("ba", "bashkir"),
    ("jw", "javanese"),
    ("yue", "cantonese"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(named: &str, asked: &[&str], expected: Option<&str>) {
        let asked: Vec<Arc<str>> = asked.iter().map(|tag| (*tag).into()).collect();
        assert_eq!(heard(named, &asked).as_deref(), expected);
    }

    #[test]
    fn a_language_is_one_of_those_that_were_asked_for() {
        check("english", &["de-DE", "en-GB"], Some("en-GB"));
        check("German", &["de-DE", "en-GB"], Some("de-DE"));
        check("de", &["en-US", "de-AT"], Some("de-AT"));
        check("en-US", &["de-DE", "EN"], Some("EN"));
        check("french", &["de-DE", "en-GB"], None);
        check("", &["de-DE", "en-GB"], None);
        check("klingon", &["de-DE", "en-GB"], None);
        check("english", &["en-US"], None);
    }
}
