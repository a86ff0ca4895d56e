//! Rules for numbers of strangers: callers who are refused, and callees whom nobody is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::{Reference, TenantObject};

/// Callers who are refused, or sent elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity", "pattern"]))]
pub struct InboundBlockedNumberPattern {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// What their number looks like: a .NET regular expression.
    #[schemars(length(min = 1, max = 1024))]
    pub pattern: String,
    /// Whether it applies.
    pub enabled: bool,
    /// The resource account that gets their calls; they are refused when absent. Not for CallingPlan.
    #[schemars(length(min = 1, max = 320))]
    pub resource_account: Option<String>,
}

/// Callers who are never refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity", "pattern"]))]
pub struct InboundExemptNumberPattern {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// What their number looks like: a .NET regular expression.
    #[schemars(length(min = 1, max = 1024))]
    pub pattern: String,
    /// Whether it applies.
    pub enabled: bool,
}

/// What becomes of calls to numbers that nobody holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity", "pattern", "targetType", "target", "treatmentPriority"]))]
pub struct UnassignedNumberTreatment {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// What the number looks like: a .NET regular expression.
    #[schemars(length(min = 1, max = 1024))]
    pub pattern: String,
    /// What the target is.
    pub target_type: TargetType,
    /// The person, the resource account, or the file of the announcement.
    #[schemars(length(min = 1, max = 320))]
    pub target: String,
    /// The lowest wins; one of a kind.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub treatment_priority: u32,
}

/// Where such a call goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum TargetType {
    User,
    ResourceAccount,
    #[default]
    Announcement,
}

impl Default for InboundBlockedNumberPattern {
    fn default() -> Self {
        let (identity, pattern) = (String::new(), String::new());
        Self { identity, description: None, pattern, enabled: true, resource_account: None }
    }
}

impl Default for InboundExemptNumberPattern {
    fn default() -> Self {
        Self { identity: String::new(), description: None, pattern: String::new(), enabled: true }
    }
}

impl TenantObject for InboundBlockedNumberPattern {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn references(&self) -> Vec<Reference> {
        let account = self.resource_account.as_ref();
        Reference::maybe("resourceAccount", &[Kind::ResourceAccount], account).into_iter().collect()
    }
}

impl TenantObject for InboundExemptNumberPattern {
    fn identity(&self) -> String {
        self.identity.clone()
    }
}

impl TenantObject for UnassignedNumberTreatment {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        if self.target_type == TargetType::Announcement && self.target.contains(['/', '\\']) {
            checker.refuse("target", &self.target, "an announcement is the name of a file, without a folder");
        }
    }

    fn references(&self) -> Vec<Reference> {
        let kinds: &[Kind] = match self.target_type {
            TargetType::User => &[Kind::User],
            TargetType::ResourceAccount => &[Kind::ResourceAccount],
            TargetType::Announcement => return Vec::new(),
        };
        vec![Reference::new("target", kinds, &self.target)]
    }
}
