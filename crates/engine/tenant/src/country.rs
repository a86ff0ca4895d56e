//! Countries by their two letters.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};

/// A country or region by ISO 3166-1 alpha-2, for example `DE`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Country([u8; 2]);

/// The text is not two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a country is two letters (ISO 3166-1 alpha-2), for example DE")]
pub struct CountryError;

impl Country {
    /// The United States, where nothing else is said.
    pub const US: Self = Self(*b"US");

    /// The two capital letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, CountryError> {
        let letters: [u8; 2] = text.as_bytes().try_into().map_err(|_| CountryError)?;
        if !letters.iter().all(u8::is_ascii_alphabetic) {
            return Err(CountryError);
        }
        Ok(Self(letters.map(|letter| letter.to_ascii_uppercase())))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_are_a_country() {
        assert_eq!("de".parse::<Country>().map(|country| country.to_string()), Ok("DE".to_owned()));
        assert!("D1".parse::<Country>().is_err());
        assert!("DEU".parse::<Country>().is_err());
        assert!("ß".parse::<Country>().is_err());
    }
}
