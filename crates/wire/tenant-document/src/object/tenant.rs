//! What a tenant says of itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::object::TenantObject;

/// The company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["name", "domains"]))]
pub struct Tenant {
    /// Its name, as the operator of the server wrote it into ringdown.toml.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Its id; generated once and kept when absent.
    #[schemars(extend("format" = "guid"))]
    pub tenant_id: Option<String>,
    /// Its domains. The names of people and of session border controllers are in one of them.
    #[schemars(length(min = 1, max = 900), extend("items" = { "type": "string", "format": "domain" }))]
    pub domains: Vec<String>,
    /// Where its data is kept, as the communication resource has it.
    #[schemars(length(max = 64))]
    pub data_location: Option<String>,
    /// Operators that it consents to: their trunks carry its calls, and their numbers are of OperatorConnect.
    #[schemars(length(max = 50), inner(length(min = 1, max = 128)))]
    pub operators: Vec<String>,
    /// The country of people of whom nothing else is said (ISO 3166-1).
    #[schemars(extend("format" = "country"))]
    pub usage_location: Option<String>,
    /// Whom people may dial out to, where nothing else is assigned.
    #[schemars(length(min = 1, max = 64))]
    pub dial_out_policy: String,
    /// Who of other companies may be talked with.
    pub federation: Federation,
    /// Which communication resources may call people.
    pub acs_federation: AcsFederation,
    /// How much voice applications may do.
    pub voice_limits: VoiceLimits,
    /// Whether rules are left out on calls that applications place, as Azure leaves them out: forwarding,
    /// simultaneous ring, shared lines, location-based routing, busy on busy.
    pub follow_azure_limits: bool,
    /// Whether a person who talks on a contact-center client is shown as busy to everybody.
    pub synchronize_personas: bool,
}

/// Who of other companies may be talked with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Federation {
    /// Whether anybody may.
    pub allow_federated_users: bool,
    /// Only these domains; all when empty.
    #[schemars(length(max = 4000), extend("items" = { "type": "string", "format": "domain" }))]
    pub allowed_domains: Vec<String>,
    /// These domains never.
    #[schemars(length(max = 4000), extend("items" = { "type": "string", "format": "domain" }))]
    pub blocked_domains: Vec<String>,
    /// Whether partners that were found by DNS are trusted less than those that are named.
    pub treat_discovered_partners_as_unverified: bool,
}

/// Which communication resources may call people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct AcsFederation {
    /// Whether any may.
    pub enable_acs_users: bool,
    /// Their immutable resource ids; at least one when enabled, and of no meaning when not.
    #[schemars(length(max = 1000), extend("items" = { "type": "string", "format": "guid" }))]
    pub allowed_acs_resources: Vec<String>,
}

/// How much voice applications may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct VoiceLimits {
    /// Click-to-call calls in a minute, over all auto attendants and call queues.
    #[schemars(range(min = 0, max = 100_000))]
    pub click_to_call_per_minute: u32,
    /// How often one call may go from one voice application to another.
    #[schemars(range(min = 1, max = 100))]
    pub transitions_per_call: u32,
}

impl Default for Tenant {
    fn default() -> Self {
        Self {
            name: String::new(),
            tenant_id: None,
            domains: Vec::new(),
            data_location: None,
            usage_location: None,
            dial_out_policy: "DialoutCPCandPSTNInternational".to_owned(),
            operators: Vec::new(),
            federation: Federation::default(),
            acs_federation: AcsFederation::default(),
            voice_limits: VoiceLimits::default(),
            follow_azure_limits: true,
            synchronize_personas: false,
        }
    }
}

impl Default for Federation {
    fn default() -> Self {
        Self {
            allow_federated_users: true,
            allowed_domains: Vec::new(),
            blocked_domains: Vec::new(),
            treat_discovered_partners_as_unverified: false,
        }
    }
}

impl Default for VoiceLimits {
    fn default() -> Self {
        Self { click_to_call_per_minute: 40, transitions_per_call: 25 }
    }
}

impl TenantObject for Tenant {
    fn identity(&self) -> String {
        self.name.clone()
    }

    fn check(&self, checker: &mut Checker) {
        crate::policy_type::check_dial_out("dialOutPolicy", &self.dial_out_policy, checker);
        for (index, domain) in self.domains.iter().enumerate() {
            if domain.to_ascii_lowercase().ends_with(".onmicrosoft.com") {
                let reason = "calls cannot be routed by such a domain; write one of the company's own";
                checker.refuse(format!("domains[{index}]"), domain, reason);
            }
        }
        for (index, operator) in self.operators.iter().enumerate() {
            if self.operators[..index].iter().any(|other| other.eq_ignore_ascii_case(operator)) {
                checker.refuse(format!("operators[{index}]"), operator, "it is there twice; once is enough");
            }
        }
        let acs = &self.acs_federation;
        if acs.enable_acs_users && acs.allowed_acs_resources.is_empty() {
            let reason = "with enableAcsUsers, at least one resource must be allowed; write its immutable id";
            checker.refuse_field("acsFederation.allowedAcsResources", reason);
        }
        let federation = &self.federation;
        for (index, domain) in federation.blocked_domains.iter().enumerate() {
            if federation.allowed_domains.iter().any(|allowed| allowed.eq_ignore_ascii_case(domain)) {
                let reason = "it is among allowedDomains too; take it out of one of them";
                checker.refuse(format!("federation.blockedDomains[{index}]"), domain, reason);
            }
        }
    }
}
