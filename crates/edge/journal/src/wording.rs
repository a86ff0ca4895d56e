//! What is said, in the words of SIP and of ACS, with people hidden.

pub(crate) mod commands;
pub(crate) mod events;
pub(crate) mod legs;
pub(crate) mod media;

use call_engine::{Caller, CustomHeaders};
use identifier::{CommunicationIdentifier, PhoneNumber};
use media_plan::Tone;

/// Whether people can be told from each other only, or be recognized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reveal {
    /// The last digits of numbers, the ends of identifiers; no names, no words.
    #[default]
    Nothing,
    /// Everything.
    Numbers,
}

/// So much is shown of what is hidden.
const SHOWN: usize = 4;

impl Reveal {
    /// A number or an identifier.
    pub(crate) fn text(self, text: &str) -> String {
        if self == Self::Numbers || text.chars().count() <= SHOWN {
            return text.to_owned();
        }
        let hidden = text.chars().count() - SHOWN;
        let plus = if text.starts_with('+') { "+" } else { "" };
        format!("{plus}…{}", text.chars().skip(hidden).collect::<String>())
    }

    pub(crate) fn number(self, number: &PhoneNumber) -> String {
        self.text(number.as_str())
    }

    pub(crate) fn who(self, who: &CommunicationIdentifier) -> String {
        match who {
            CommunicationIdentifier::PhoneNumber { number: Some(number), .. } => self.number(number),
            CommunicationIdentifier::PhoneNumber { number: None, .. } => "anonymous".to_owned(),
            CommunicationIdentifier::CommunicationUser(raw) => self.text(raw),
            CommunicationIdentifier::MicrosoftTeamsUser { .. }
            | CommunicationIdentifier::MicrosoftTeamsApp { .. }
            | CommunicationIdentifier::TeamsExtensionUser { .. }
            | CommunicationIdentifier::Unknown(_) => self.text(&who.raw_id()),
        }
    }

    pub(crate) fn everybody<'a>(self, who: impl IntoIterator<Item = &'a CommunicationIdentifier>) -> String {
        who.into_iter().map(|one| self.who(one)).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn caller(self, caller: &Caller) -> String {
        caller.number.as_ref().map_or_else(|| "anonymous".to_owned(), |number| self.number(number))
    }

    /// An address; what follows the question mark may be a key.
    pub(crate) fn uri(self, uri: &str) -> String {
        match (self, uri.split_once('?')) {
            (Self::Nothing, Some((address, _))) => format!("{address}?…"),
            (Self::Numbers, _) | (_, None) => uri.to_owned(),
        }
    }

    /// A key: perhaps one of a secret.
    pub(crate) fn key(self, tone: Tone) -> char {
        if self == Self::Numbers { tone.key() } else { '•' }
    }

    /// Words that somebody hears or wrote.
    pub(crate) fn words(self, words: &str) -> String {
        match self {
            Self::Numbers => format!("{words:?}"),
            Self::Nothing => format!("{} letters", words.chars().count()),
        }
    }

    pub(crate) fn headers(self, headers: &CustomHeaders) -> String {
        let names = headers.custom.iter().map(|(name, value)| match self {
            Self::Numbers => format!("{name}: {value}"),
            Self::Nothing => name.to_string(),
        });
        let uui = headers.user_to_user.iter().map(|value| match self {
            Self::Numbers => format!("User-to-User: {value}"),
            Self::Nothing => "User-to-User".to_owned(),
        });
        // There may be a thousand of them.
        let voip = (!headers.voip.is_empty()).then(|| format!("{} VoIP headers", headers.voip.len()));
        let all: Vec<String> = uui.chain(names).chain(voip).collect();
        if all.is_empty() { String::new() } else { format!(" with {}", all.join(", ")) }
    }
}

/// The name of a variant.
pub(crate) fn first_word(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_hidden_until_they_are_asked_for() {
        let shown = |reveal: Reveal| {
            let phone = CommunicationIdentifier::from_raw_id("4:+14255550123");
            let user = CommunicationIdentifier::from_raw_id("8:acs:1_00000000-0000-0000-0000-00000000cafe");
            [
                reveal.everybody([&phone, &user]),
                reveal.uri("https://files/a.wav?sig=key"),
                reveal.words("hello"),
            ]
        };
        assert_eq!(shown(Reveal::Nothing), ["+…0123, …cafe", "https://files/a.wav?…", "5 letters"]);
        let [who, uri, words] = shown(Reveal::Numbers);
        assert_eq!(who, "+14255550123, 8:acs:1_00000000-0000-0000-0000-00000000cafe");
        assert_eq!((uri.as_str(), words.as_str()), ("https://files/a.wav?sig=key", "\"hello\""));
    }
}
