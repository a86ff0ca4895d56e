//! What is wrong with a document: where it stands, what it says, why that cannot be, and what would be right.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Fault {
    /// The line, from 1; absent for JSON and for what was not written in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Where, as `users[2].callingSettings.unansweredDelay`.
    pub path: String,
    /// What is said there; absent where something is missing, and for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Why it cannot be, and what would be right.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.path)?;
        if let Some(value) = &self.value {
            write!(f, " = {value}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Everything that is wrong, in the order of the document. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

/// More than these are not told at once.
const MOST_FAULTS: usize = 200;

impl Faults {
    /// `Err` with all of them, if there are any.
    pub fn refuse(mut faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() {
            return Ok(());
        }
        faults.sort();
        faults.dedup();
        let more = faults.len().saturating_sub(MOST_FAULTS);
        if more > 0 {
            faults.truncate(MOST_FAULTS);
            let reason = format!("{more} more faults; correct these first");
            faults.push(Fault { line: None, path: "document".to_owned(), value: None, reason });
        }
        Err(Self(faults))
    }

    /// A single one.
    pub(crate) fn one(line: Option<usize>, path: &str, reason: impl Into<String>) -> Self {
        Self(vec![Fault { line, path: path.to_owned(), value: None, reason: reason.into() }])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Collects what is wrong with one object; fields are named relative to it.
#[derive(Debug, Default)]
pub struct Checker {
    pub(crate) found: Vec<(String, Option<String>, String)>,
}

impl Checker {
    /// This field, which says this, cannot be so.
    pub fn refuse(&mut self, field: impl Into<String>, value: impl fmt::Display, reason: impl Into<String>) {
        self.found.push((field.into(), Some(format!("{:?}", value.to_string())), reason.into()));
    }

    /// This field is missing, or goes ill with others.
    pub fn refuse_field(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.found.push((field.into(), None, reason.into()));
    }
}
