//! What was dialled, and what it may mean.

use identifier::{CommunicationIdentifier, PhoneNumber};

/// What a caller gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialled<'a> {
    /// The user part of a request URI, as keyed.
    Text(&'a str),
    /// Somebody as an application names them.
    Identifier(&'a CommunicationIdentifier),
}

/// What keyed text can stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Somebody by raw id.
    Identifier(CommunicationIdentifier),
    /// A number; whether it was written with its plus sign.
    Number(PhoneNumber, bool),
    /// The name of a phone, or nothing.
    Name,
}

/// Reads keyed text. Separators that people write between digits are passed over.
pub(crate) fn meaning(text: &str) -> Meaning {
    let identifier = CommunicationIdentifier::from_raw_id(text);
    if !matches!(identifier, CommunicationIdentifier::Unknown(_)) {
        return Meaning::Identifier(identifier);
    }
    let digits: String = text.chars().filter(|character| !" -.()/".contains(*character)).collect();
    if let Ok(number) = digits.parse() {
        return Meaning::Number(number, true);
    }
    match format!("+{digits}").parse() {
        Ok(number) => Meaning::Number(number, false),
        Err(_) => Meaning::Name,
    }
}
