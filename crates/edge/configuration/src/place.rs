//! Where something stands in the configuration file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A line of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<Path>,
    /// Counted from 1.
    pub line: usize,
}

impl Place {
    /// The line in which the byte at `offset` of `text` stands.
    pub(crate) fn of(file: &Arc<Path>, text: &str, offset: usize) -> Self {
        let before = text.as_bytes().iter().take(offset);
        Self { file: Arc::clone(file), line: before.filter(|byte| **byte == b'\n').count() + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}", self.file.display(), self.line)
    }
}
