//! How a command fails: one line, and an exit status that scripts can tell apart.

use std::fmt;
use std::process::ExitCode;

use configuration::ConfigurationError;

/// Why a command ends without success.
#[derive(Debug)]
pub enum Failure {
    /// What it was told cannot be: exit status 2.
    Told(String),
    /// It did not work out: exit status 1.
    Happened(String),
}

impl Failure {
    /// The exit status of the process.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Told(_) => ExitCode::from(2),
            Self::Happened(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told(line) | Self::Happened(line) => f.write_str(line),
        }
    }
}

impl From<ConfigurationError> for Failure {
    fn from(error: ConfigurationError) -> Self {
        Self::Told(error.to_string())
    }
}
