//! The two wrappers, and how they print: not at all.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

/// A key, token or password. `Debug` and `Display` print `<secret>`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Secret<T>(T);

/// Something about a person: a number, a name, words they said.
/// `Debug` and `Display` print `<redacted>`.
///
/// The journal of calls may hold it. It never holds a [`Secret`]: that cannot be written down.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Pii<T>(T);

macro_rules! wrapper {
    ($name:ident, $text:literal) => {
        impl<T> $name<T> {
            /// Wraps a value so that it no longer prints.
            pub const fn new(value: T) -> Self {
                Self(value)
            }

            /// The value itself, for the one place that needs it.
            pub const fn expose(&self) -> &T {
                &self.0
            }

            /// Gives the value back.
            pub fn into_inner(self) -> T {
                self.0
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl<T> From<T> for $name<T> {
            fn from(value: T) -> Self {
                Self(value)
            }
        }
    };
}

wrapper!(Secret, "<secret>");
wrapper!(Pii, "<redacted>");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_prints() {
        let text = format!("{:?} {} {:?}", Secret::new("key"), Secret::new("key"), Pii::new("Ada"));
        assert_eq!(text, "<secret> <secret> <redacted>");
    }
}
