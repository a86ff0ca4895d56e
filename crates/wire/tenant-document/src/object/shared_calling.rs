//! Shared calling: people without a number call under that of a resource account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::voice_route::{list, twice};
use crate::object::{Reference, TenantObject};

/// People without a number call under that of a resource account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct SharedCallingRoutingPolicy {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The resource account whose number is shown.
    #[schemars(length(min = 1, max = 320))]
    pub resource_account: Option<String>,
    /// Numbers by which those who answer a call for help call back: held by nobody, of the same type and country.
    #[schemars(length(max = 1000), extend("items" = { "type": "string", "format": "e164" }))]
    pub emergency_numbers: Vec<String>,
}

impl Default for SharedCallingRoutingPolicy {
    fn default() -> Self {
        let identity = "Global".to_owned();
        Self { identity, description: None, resource_account: None, emergency_numbers: Vec::new() }
    }
}

impl TenantObject for SharedCallingRoutingPolicy {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        let global = crate::objects::same_name(&self.identity, "Global");
        if self.resource_account.is_none() && (!global || !self.emergency_numbers.is_empty()) {
            checker.refuse_field("resourceAccount", "it is missing: whose number do people call under?");
        }
        twice("emergencyNumbers", &self.emergency_numbers, checker);
    }

    fn references(&self) -> Vec<Reference> {
        let account =
            Reference::maybe("resourceAccount", &[Kind::ResourceAccount], self.resource_account.as_ref());
        account
            .into_iter()
            .chain(list("emergencyNumbers", &[Kind::PhoneNumber], &self.emergency_numbers))
            .collect()
    }
}
