//! Emergency call routing policies: which digits call for help, and where such calls leave.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::{Reference, TenantObject};

/// Which digits call for help, and where such calls leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct EmergencyCallRoutingPolicy {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// Whether it is said from where help is called.
    pub allow_enhanced_emergency_services: bool,
    /// The digits.
    #[schemars(length(max = 100))]
    pub emergency_numbers: Vec<EmergencyNumber>,
}

/// Digits that call for help.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["emergencyDialString"]))]
pub struct EmergencyNumber {
    /// What is sent, such as 112.
    #[schemars(extend("format" = "dial-string"))]
    pub emergency_dial_string: String,
    /// What may be dialed instead, separated by semicolons, such as 110;911.
    #[schemars(extend("format" = "dial-mask"))]
    pub emergency_dial_mask: String,
    /// The usage whose routes it takes; none for numbers of CallingPlan and OperatorConnect.
    #[serde(rename = "onlinePSTNUsage")]
    #[schemars(length(min = 1, max = 256))]
    pub online_pstn_usage: Option<String>,
}

impl Default for EmergencyCallRoutingPolicy {
    fn default() -> Self {
        Self {
            identity: "Global".to_owned(),
            description: None,
            allow_enhanced_emergency_services: false,
            emergency_numbers: Vec::new(),
        }
    }
}

impl EmergencyNumber {
    /// What may be dialed instead.
    pub fn masks(&self) -> impl Iterator<Item = &str> {
        self.emergency_dial_mask.split(';').filter(|mask| !mask.is_empty())
    }
}

impl TenantObject for EmergencyCallRoutingPolicy {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        let mut known: Vec<&str> = Vec::new();
        for (index, number) in self.emergency_numbers.iter().enumerate() {
            let said = [("emergencyDialString", vec![&*number.emergency_dial_string])];
            let said = said.into_iter().chain([("emergencyDialMask", number.masks().collect())]);
            for (field, digits) in said {
                for digits in digits {
                    if known.contains(&digits) {
                        let reason = "these digits are in the policy twice; what they mean must be clear";
                        checker.refuse(format!("emergencyNumbers[{index}].{field}"), digits, reason);
                    }
                    known.push(digits);
                }
            }
        }
    }

    fn references(&self) -> Vec<Reference> {
        let usages = self.emergency_numbers.iter().enumerate().filter_map(|(index, number)| {
            let field = format!("emergencyNumbers[{index}].onlinePSTNUsage");
            Some(Reference::new(field, &[Kind::PstnUsage], number.online_pstn_usage.as_ref()?))
        });
        usages.collect()
    }
}
