//! What to press, and when: `,,1,2#`.

use std::str::FromStr;

/// The most steps of one script.
const MOST: usize = 1_000;

/// Keys with waits between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(pub(crate) Vec<Press>);

/// One step of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Press {
    /// A second passes.
    Wait,
    /// A key: `0`–`9`, `*`, `#`, `A`–`D`.
    Key(char),
}

/// The text is no script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// A character that no phone has.
    #[error("cannot press {0:?}: a phone has the keys 0-9, *, #, A-D, and a comma waits a second")]
    NoSuchKey(char),
    /// Longer than any call.
    #[error("cannot press more than {MOST} keys")]
    TooLong,
}

impl FromStr for Keys {
    type Err = KeysError;

    fn from_str(text: &str) -> Result<Self, KeysError> {
        if text.chars().count() > MOST {
            return Err(KeysError::TooLong);
        }
        let press = |character: char| match character.to_ascii_uppercase() {
            ',' => Ok(Press::Wait),
            key @ ('0'..='9' | '*' | '#' | 'A'..='D') => Ok(Press::Key(key)),
            other => Err(KeysError::NoSuchKey(other)),
        };
        text.chars().filter(|character| *character != ' ').map(press).collect::<Result<_, _>>().map(Self)
    }
}

/// The code of a key (RFC 4733 §3.2).
pub(crate) fn event_of(key: char) -> u8 {
    KEYS.iter().position(|known| *known == key).unwrap_or_default() as u8
}

/// The key of a code.
pub(crate) fn key_of(event: u8) -> Option<char> {
    KEYS.get(usize::from(event)).copied()
}

const KEYS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_waits_and_everything_else_is_a_key() {
        let keys: Keys = ",1 #d".parse().unwrap();
        assert_eq!(keys.0, [Press::Wait, Press::Key('1'), Press::Key('#'), Press::Key('D')]);
        assert_eq!("1x".parse::<Keys>(), Err(KeysError::NoSuchKey('X')));
        assert_eq!("1".repeat(1_001).parse::<Keys>(), Err(KeysError::TooLong));
    }

    #[test]
    fn keys_have_the_codes_of_the_standard() {
        assert_eq!((event_of('0'), event_of('*'), event_of('#'), event_of('D')), (0, 10, 11, 15));
        assert_eq!((key_of(11), key_of(16)), (Some('#'), None));
    }
}
