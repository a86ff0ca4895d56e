//! What is wrong with the configuration, in one line with the way out.

use std::path::PathBuf;

use super::setting::Source;

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
    #[error("cannot use the configuration file {path}: {reason}")]
    Malformed {
        /// The file.
        path: String,
        /// What and where, in one line.
        reason: String,
    },
    /// Nobody knows this key.
    #[error(
        "cannot use the configuration file {path}: unknown key {key}{hint}; `ringdown config` lists every key"
    )]
    UnknownKey {
        /// The file.
        path: String,
        /// The key, dotted.
        key: String,
        /// A similar key, if there is one.
        hint: String,
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
    #[error("cannot use {key}: {reason}")]
    Contradiction {
        /// The setting.
        key: String,
        /// What is wrong and what would be right.
        reason: String,
    },
}

impl ConfigurationError {
    pub(super) fn unreadable(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Unreadable { path: show(path), reason: error.to_string() }
    }

    pub(super) fn malformed(path: &std::path::Path, reason: impl Into<String>) -> Self {
        Self::Malformed { path: show(path), reason: reason.into() }
    }

    /// Something about one setting.
    pub fn contradiction(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Contradiction { key: key.into(), reason: reason.into() }
    }
}

fn show(path: &std::path::Path) -> String {
    PathBuf::from(path).display().to_string()
}
