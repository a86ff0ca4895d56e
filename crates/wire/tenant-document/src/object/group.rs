//! Groups of people, and the policies that they get by being in one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::PolicyType;
use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::{Reference, TenantObject};

/// People who get policies together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct Group {
    /// Its name.
    #[schemars(length(min = 1, max = 256))]
    pub identity: String,
    /// Who is in it.
    #[schemars(length(max = 100_000), inner(length(min = 1, max = 320)))]
    pub members: Vec<String>,
    /// What they get, unless something is assigned to them.
    #[schemars(length(max = 16))]
    pub policies: Vec<GroupPolicy>,
}

/// A policy of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["policyType", "policyName"]))]
pub struct GroupPolicy {
    /// Of which type.
    pub policy_type: PolicyType,
    /// Its name.
    #[schemars(length(min = 1, max = 64))]
    pub policy_name: String,
    /// Who is in several groups gets that of the lowest rank.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub rank: u32,
}

impl Default for GroupPolicy {
    fn default() -> Self {
        Self { policy_type: PolicyType::CallingPolicy, policy_name: String::new(), rank: 1 }
    }
}

impl TenantObject for Group {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        for (index, policy) in self.policies.iter().enumerate() {
            let field = format!("policies[{index}].policyType");
            if policy.policy_type == PolicyType::DialOutPolicy {
                let reason = "dial-out policies cannot be assigned to groups; assign it to each person";
                checker.refuse_field(field, reason);
            } else if self.policies[..index].iter().any(|other| other.policy_type == policy.policy_type) {
                checker.refuse_field(field, "a policy of this type is there twice; keep one of them");
            }
        }
    }

    fn references(&self) -> Vec<Reference> {
        let members = self.members.iter().enumerate();
        let members =
            members.map(|(index, name)| Reference::new(format!("members[{index}]"), &[Kind::User], name));
        let policies = self.policies.iter().enumerate().filter_map(|(index, policy)| {
            let field = format!("policies[{index}].policyName");
            Some(Reference::new(field, policy.policy_type.kinds()?, &policy.policy_name))
        });
        members.chain(policies).collect()
    }
}
