//! What a property of something holds.

use std::borrow::Cow;

use identifier::ObjectId;
use serde_json::{Value, json};

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    Absent,
    Text(&'a str),
    Texts(&'a [Box<str>]),
    Flag(bool),
    Id(ObjectId),
}

impl Field<'_> {
    pub(crate) fn json(self) -> Value {
        match self {
            Self::Absent => Value::Null,
            Self::Text(text) => Value::from(text),
            Self::Texts(texts) => json!(texts),
            Self::Flag(flag) => Value::from(flag),
            Self::Id(id) => Value::from(id.to_string()),
        }
    }

    /// For comparing: Graph compares text without regard to case.
    pub(crate) fn folded(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Absent | Self::Texts(_) | Self::Flag(_) => None,
            Self::Text(text) => Some(fold(text)),
            Self::Id(id) => Some(Cow::Owned(id.to_string())),
        }
    }
}

/// Without regard to case.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    let is_folded = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_folded { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

/// The property of this name, whatever its capitals.
pub(crate) fn property_named(known: &'static [&'static str], name: &str) -> Option<&'static str> {
    known.iter().find(|property| property.eq_ignore_ascii_case(name)).copied()
}
