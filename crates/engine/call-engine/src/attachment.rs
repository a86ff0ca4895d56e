//! Where in a network a phone is attached, as it says itself: short words that are copied like numbers.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

const LONGEST: usize = 48;

/// A word of at most 48 bytes.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Word {
    bytes: [u8; LONGEST],
    length: u8,
}

impl Word {
    /// The word; nothing when it is empty or too long.
    pub fn new(text: &str) -> Option<Self> {
        let length =
            u8::try_from(text.len()).ok().filter(|length| (1..=LONGEST).contains(&usize::from(*length)))?;
        let mut bytes = [0; LONGEST];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Some(Self { bytes, length })
    }

    /// Its letters.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_what_it_was_made_of() {
        assert_eq!(Word::new("Gi1/0/12").unwrap().as_str(), "Gi1/0/12");
        assert_eq!(Word::new(&"ä".repeat(24)).unwrap().as_str().chars().count(), 24);
        assert_eq!((Word::new(""), Word::new(&"x".repeat(49))), (None, None));
    }
}
