//! Music on hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::object::TenantObject;

/// What held callers hear.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct CallHoldPolicy {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The file; the platform's own music when absent.
    #[schemars(length(min = 1, max = 256))]
    pub audio_file_id: Option<String>,
}

impl Default for CallHoldPolicy {
    fn default() -> Self {
        Self { identity: "Global".to_owned(), description: None, audio_file_id: None }
    }
}

impl TenantObject for CallHoldPolicy {
    fn identity(&self) -> String {
        self.identity.clone()
    }
}
