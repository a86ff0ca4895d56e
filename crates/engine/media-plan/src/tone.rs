//! DTMF tones, by their ACS names.

use borsh::{BorshDeserialize, BorshSerialize};

/// One DTMF digit (RFC 4733 §3.2, events 0 to 15; ACS `Tone`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
#[allow(missing_docs)]
pub enum Tone {
    Zero,
    One,
    Two,
    Three,
    Four,
    Five,
    Six,
    Seven,
    Eight,
    Nine,
    Asterisk,
    Pound,
    A,
    B,
    C,
    D,
}

impl Tone {
    /// All tones in the order of their RFC 4733 event codes.
    pub const ALL: [Self; 16] = [
        Self::Zero,
        Self::One,
        Self::Two,
        Self::Three,
        Self::Four,
        Self::Five,
        Self::Six,
        Self::Seven,
        Self::Eight,
        Self::Nine,
        Self::Asterisk,
        Self::Pound,
        Self::A,
        Self::B,
        Self::C,
        Self::D,
    ];

    /// The RFC 4733 event code, 0 to 15.
    pub const fn event(self) -> u8 {
        self as u8
    }

    /// The tone of an RFC 4733 event code; codes above 15 are not DTMF.
    pub fn from_event(event: u8) -> Option<Self> {
        Self::ALL.get(usize::from(event)).copied()
    }

    /// The key on a phone: `0`–`9`, `*`, `#`, `A`–`D`.
    pub fn key(self) -> char {
        char::from(b"0123456789*#ABCD"[self as usize])
    }

    /// The tone of a key; letters in either case.
    pub fn from_key(key: char) -> Option<Self> {
        Self::ALL.into_iter().find(|tone| tone.key() == key.to_ascii_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_events_read_back() {
        for tone in Tone::ALL {
            assert_eq!(Tone::from_key(tone.key()), Some(tone));
            assert_eq!(Tone::from_event(tone.event()), Some(tone));
        }
        assert_eq!(Tone::from_event(16), None);
        assert_eq!(Tone::from_key('d'), Some(Tone::D));
    }
}
