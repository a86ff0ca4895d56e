//! The envelope of every refusal (contract §3).

use serde::{Deserialize, Serialize};

/// The body of any answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What is wrong.
    pub error: ErrorDetail,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// The numeric sub-code as text, for example `8522`.
    pub code: String,
    /// For the developer of the application.
    pub message: String,
    /// The property it is about.
    pub target: Option<String>,
    /// Further errors.
    #[serde(default)]
    pub details: Vec<ErrorDetail>,
    /// The cause, when it may be shown.
    pub innererror: Option<Box<ErrorDetail>>,
}

impl ErrorBody {
    /// An envelope without further details.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        let error = ErrorDetail {
            code: code.to_owned(),
            message: message.into(),
            target: None,
            details: Vec::new(),
            innererror: None,
        };
        Self { error }
    }

    /// The same, naming the property it is about.
    pub fn about(mut self, target: impl Into<String>) -> Self {
        self.error.target = Some(target.into());
        self
    }
}
