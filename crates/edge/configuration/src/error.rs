//! What is wrong with the configuration, in one line with the way out.

use crate::place::Place;
use crate::setting::Source;

/// Why the server cannot start as it was told.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The file cannot be read.
    #[error(
        "cannot read the configuration file {path}: {reason}; name a readable file with --config, or leave it out"
    )]
    Unreadable {
        /// The file.
        path: String,
        /// What the operating system says.
        reason: String,
    },
    /// The file is not TOML, or a table in it is wrong.
    #[error("cannot use the configuration file {place}: {reason}")]
    Malformed {
        /// Where.
        place: Place,
        /// What, in one line.
        reason: String,
    },
    /// Nobody knows this key.
    #[error(
        "cannot use the configuration file {place}: unknown key {key}{hint}; `ringdown config` lists every key"
    )]
    UnknownKey {
        /// Where.
        place: Place,
        /// The key, dotted.
        key: String,
        /// A similar key, if there is one.
        hint: String,
    },
    /// A setting is a table, or a number with a fraction.
    #[error(
        "cannot use the configuration file {place}: {key}: expected a string, a number, true, false, or a list of strings"
    )]
    NotOneValue {
        /// Where.
        place: Place,
        /// The key, dotted.
        key: String,
    },
    /// A value of the wrong kind.
    #[error("cannot use {key} = \"{value}\" ({source_name}): expected {expected}", source_name = .origin)]
    BadValue {
        /// The setting.
        key: &'static str,
        /// What it says.
        value: String,
        /// Who said it.
        origin: Source,
        /// What would be right.
        expected: &'static str,
    },
    /// Two settings that do not go together, or one that needs another.
    #[error("cannot use {key}{}: {reason}", .origin.as_ref().map(|origin| format!(" ({origin})")).unwrap_or_default())]
    Contradiction {
        /// The setting.
        key: String,
        /// What is wrong and what would be right.
        reason: String,
        /// Who said it, where that is known.
        origin: Option<Source>,
    },
}

impl ConfigurationError {
    pub(crate) fn unreadable(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Unreadable { path: path.display().to_string(), reason: error.to_string() }
    }

    /// Something about one setting.
    pub fn contradiction(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Contradiction { key: key.into(), reason: reason.into(), origin: None }
    }

    /// The same, with the place of the entry that it is about.
    pub fn at(self, place: Option<&Place>) -> Self {
        self.said_by(|_| place.cloned().map(Source::File))
    }

    /// The same, with who said it.
    pub(crate) fn said_by(self, who: impl FnOnce(&str) -> Option<Source>) -> Self {
        match self {
            Self::Contradiction { key, reason, origin: None } => {
                let origin = who(&key);
                Self::Contradiction { key, reason, origin }
            }
            told => told,
        }
    }
}
