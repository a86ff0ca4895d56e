//! Which of espeak-ng's voices is meant.

use media_plan::VoiceKind;

/// The language spoken when nobody says which.
const DEFAULT_LANGUAGE: &str = "en-us";

/// Masculine names among the neural voices that applications ask for; all others count as feminine.
const MASCULINE: [&str; 24] = [
    "Andrew",
    "Antoine",
    "Brian",
    "Christopher",
    "Conrad",
    "Davis",
    "Diego",
    "Eric",
    "Florian",
    "Guy",
    "Henri",
    "Jacob",
    "Jason",
    "Jorge",
    "Keita",
    "Liam",
    "Roger",
    "Ryan",
    "Steffan",
    "Thomas",
    "Tony",
    "William",
    "Yunxi",
    "Yunyang",
];

/// Language tags that espeak-ng knows under another name.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("zh", "cmn"),
    ("zh-cn", "cmn"),
    ("zh-tw", "cmn"),
    ("zh-hk", "yue"),
    ("no", "nb"),
    ("en-au", "en-gb"),
    ("en-ca", "en-us"),
    ("es-mx", "es-419"),
];

/// Who shall speak, before it is known which voices exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// A lower-case language tag.
    pub(crate) language: String,
    /// The kind of voice.
    pub(crate) kind: Option<VoiceKind>,
}

impl Wanted {
    /// What a request's own words ask for. The locale is stronger than the name of a voice.
    pub(crate) fn new(locale: Option<&str>, kind: Option<VoiceKind>, name: Option<&str>) -> Self {
        let language = locale.map(str::to_ascii_lowercase).or_else(|| name.and_then(language_of_name));
        Self {
            language: language.unwrap_or_else(|| DEFAULT_LANGUAGE.to_owned()),
            kind: kind.or_else(|| name.and_then(kind_of_name)),
        }
    }

    /// The value of `-v`, if one of `installed` languages fits: the very one, or its language without the region,
    /// or with another one.
    pub(crate) fn argument(&self, installed: &[String]) -> Option<String> {
        let other = |tag: &str| OTHER_NAMES.iter().find(|(known, _)| *known == tag).map(|(_, name)| *name);
        let bare = self.language.split('-').next().unwrap_or_default();
        let candidates = [Some(self.language.as_str()), other(&self.language), Some(bare), other(bare)]
            .into_iter()
            .flatten();
        let exact = candidates.into_iter().find_map(|tag| installed.iter().find(|known| *known == tag));
        let region = format!("{bare}-");
        let language = exact.or_else(|| installed.iter().find(|known| known.starts_with(&region)))?;
        let variant = match self.kind {
            Some(VoiceKind::Female) => "+f2",
            Some(VoiceKind::Male) => "+m3",
            None => "",
        };
        Some(format!("{language}{variant}"))
    }
}

/// `en-us` of `en-US-NancyNeural`.
pub(crate) fn language_of_name(name: &str) -> Option<String> {
    let mut parts = name.split('-');
    let (language, region) = (parts.next()?, parts.next()?);
    parts.next()?;
    let sound =
        |part: &str| (2..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    (sound(language) && sound(region)).then(|| format!("{language}-{region}").to_ascii_lowercase())
}

/// The kind of voice that a name such as `en-US-GuyNeural` stands for.
pub(crate) fn kind_of_name(name: &str) -> Option<VoiceKind> {
    language_of_name(name)?;
    let person = name.rsplit('-').next()?;
    let masculine = MASCULINE.iter().any(|known| {
        person
            .strip_prefix(known)
            .is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_lowercase()))
    });
    Some(if masculine { VoiceKind::Male } else { VoiceKind::Female })
}

/// The languages in espeak-ng's own list of voices: a line each, the language second, the file fifth.
pub(crate) fn read_list(list: &str) -> Vec<String> {
    list.lines()
        .skip(1)
        .filter_map(|line| {
            let mut columns = line.split_whitespace();
            let language = columns.nth(1)?;
            // MBROLA's voices are listed whether or not they are installed.
            (!columns.nth(2)?.starts_with("mb/")).then(|| language.to_ascii_lowercase())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_installed_voice_speaks() {
        let installed: Vec<String> =
            ["en-us", "en-gb", "de", "fr-fr", "pt-br", "pt", "cmn"].map(String::from).into();
        let table = [
            (None, None, None, Some("en-us")),
            (Some("en-US"), Some(VoiceKind::Female), None, Some("en-us+f2")),
            (Some("en-AU"), None, None, Some("en-gb")),
            (Some("de-AT"), None, None, Some("de")),
            (Some("fr-CA"), None, None, Some("fr-fr")),
            (Some("fr-FR"), Some(VoiceKind::Male), None, Some("fr-fr+m3")),
            (Some("zh-CN"), None, None, Some("cmn")),
            (None, None, Some("en-US-NancyNeural"), Some("en-us+f2")),
            (None, None, Some("en-GB-RyanNeural"), Some("en-gb+m3")),
            (Some("de-DE"), None, Some("en-GB-RyanNeural"), Some("de+m3")),
            (None, None, Some("Nancy"), Some("en-us")),
            (Some("xx-YY"), None, None, None),
            (Some("../../etc/passwd"), None, None, None),
            (Some(""), None, None, None),
        ];
        for (locale, kind, name, expected) in table {
            let argument = Wanted::new(locale, kind, name).argument(&installed);
            assert_eq!(argument.as_deref(), expected, "{locale:?} {kind:?} {name:?}");
        }
    }
}
