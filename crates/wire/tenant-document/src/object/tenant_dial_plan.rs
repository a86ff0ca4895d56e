//! Dial plans: what dialed digits mean.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::object::TenantObject;

/// What dialed digits mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct TenantDialPlan {
    /// Its name: letters, digits, dots and dashes.
    #[schemars(length(min = 1, max = 49))]
    pub identity: String,
    /// Its short name, one of a kind; the name when absent.
    #[schemars(length(min = 1, max = 49))]
    pub simple_name: Option<String>,
    /// For people.
    #[schemars(length(max = 1040))]
    pub description: Option<String>,
    /// Tried from the top; the first that matches decides.
    #[schemars(length(max = 50))]
    pub normalization_rules: Vec<NormalizationRule>,
}

/// What digits of one form mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["name"]))]
pub struct NormalizationRule {
    /// Its name, one of its plan.
    #[schemars(length(min = 1, max = 49))]
    pub name: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// What is dialed: a .NET regular expression.
    #[schemars(length(min = 1, max = 1024))]
    pub pattern: String,
    /// What it means; $1 is what the first pair of parentheses matched.
    #[schemars(length(max = 256))]
    pub translation: String,
    /// Whether it means somebody within the company.
    pub is_internal_extension: bool,
}

impl Default for TenantDialPlan {
    fn default() -> Self {
        let identity = "Global".to_owned();
        Self { identity, simple_name: None, description: None, normalization_rules: Vec::new() }
    }
}

impl Default for NormalizationRule {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: None,
            pattern: r"^(\d{11})$".to_owned(),
            translation: "+$1".to_owned(),
            is_internal_extension: false,
        }
    }
}

impl TenantObject for TenantDialPlan {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        if !self.identity.bytes().all(letter) || self.identity.starts_with('.') {
            let reason = "a dial plan is named with letters, digits, dots and dashes, and begins with no dot";
            checker.refuse("identity", &self.identity, reason);
        }
        if let Some(name) = &self.simple_name
            && (!name.bytes().all(|byte| letter(byte) || b"()".contains(&byte)) || name.starts_with('.'))
        {
            let reason = "it has letters, digits, dots, dashes and parentheses, and begins with no dot";
            checker.refuse("simpleName", name, reason);
        }
        for (index, rule) in self.normalization_rules.iter().enumerate() {
            let said = |other: &NormalizationRule| other.name.eq_ignore_ascii_case(&rule.name);
            if self.normalization_rules[..index].iter().any(said) {
                let reason = "a rule of this name is there twice; name one of them otherwise";
                checker.refuse(format!("normalizationRules[{index}].name"), &rule.name, reason);
            }
        }
    }
}
