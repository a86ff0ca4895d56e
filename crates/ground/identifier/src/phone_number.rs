//! Phone numbers in E.164: a plus sign and at most fifteen digits.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};

/// A number such as `+14255550100`. ITU-T E.164 §6: at most 15 digits, no leading zero.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct PhoneNumber(Box<str>);

/// The text is not a number in E.164.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a phone number is '+' and 2 to 15 digits, the first of them not 0 (E.164), for example +14255550100"
)]
pub struct PhoneNumberError;

impl PhoneNumber {
    /// The number with its plus sign.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits without the plus sign.
    pub fn digits(&self) -> &str {
        &self.0[1..]
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    fn from_str(text: &str) -> Result<Self, PhoneNumberError> {
        let digits = text.strip_prefix('+').ok_or(PhoneNumberError)?;
        let sound = (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if sound { Ok(Self(text.into())) } else { Err(PhoneNumberError) }
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, sound: bool) {
        assert_eq!(text.parse::<PhoneNumber>().is_ok(), sound, "{text}");
    }

    #[test]
    fn only_e164_is_a_number() {
        check("+14255550100", true);
        check("+123456789012345", true);
        check("+1234567890123456", false);
        check("14255550100", false);
        check("+0123", false);
        check("+1425x", false);
        check("+", false);
        check("", false);
        check("+١٢٣", false);
    }
}
