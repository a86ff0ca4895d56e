//! Caller id policies: who a callee sees.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::{Reference, TenantObject};

/// Who a callee sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct CallingLineIdentity {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The person's own number, nobody, or the number of a resource account.
    #[serde(rename = "callingIDSubstitute")]
    pub calling_id_substitute: CallingIdSubstitute,
    /// The resource account, for Resource.
    #[schemars(length(min = 1, max = 320))]
    pub resource_account: Option<String>,
    /// The name that goes with the number.
    #[schemars(length(max = 256))]
    pub company_name: Option<String>,
    /// Whether a person may hide the number.
    pub enable_user_override: bool,
    /// Whether the person does not see who calls from the phone network.
    #[serde(rename = "blockIncomingPstnCallerID")]
    pub block_incoming_pstn_caller_id: bool,
}

/// Whose number is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum CallingIdSubstitute {
    #[default]
    LineUri,
    Anonymous,
    Resource,
}

impl Default for CallingLineIdentity {
    fn default() -> Self {
        Self {
            identity: "Global".to_owned(),
            description: None,
            calling_id_substitute: CallingIdSubstitute::LineUri,
            resource_account: None,
            company_name: None,
            enable_user_override: false,
            block_incoming_pstn_caller_id: false,
        }
    }
}

impl TenantObject for CallingLineIdentity {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        let resource = self.calling_id_substitute == CallingIdSubstitute::Resource;
        if resource && self.resource_account.is_none() {
            let reason = "the number of a resource account is shown, and it is not said of which";
            checker.refuse_field("resourceAccount", reason);
        }
        if !resource && self.resource_account.is_some() {
            let reason = "it is shown only with callingIDSubstitute: Resource; write that, or leave it out";
            checker.refuse_field("resourceAccount", reason);
        }
    }

    fn references(&self) -> Vec<Reference> {
        let account = self.resource_account.as_ref();
        Reference::maybe("resourceAccount", &[Kind::ResourceAccount], account).into_iter().collect()
    }
}
