//! A few words of somebody about themselves.

use redact::Pii;

/// What somebody says about themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusMessage {
    /// The words.
    pub content: Pii<Box<str>>,
    /// How they are to be read.
    pub content_type: ContentType,
    /// When they were said.
    pub published_us: i64,
    /// Until when they hold, when they do not hold for good.
    pub expires_us: Option<i64>,
}

/// How words are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentType {
    /// As they stand.
    Text,
    /// With markup.
    Html,
}
