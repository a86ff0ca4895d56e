//! Whom a person may talk with who is not of the company.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::object::TenantObject;

/// Whom a person may talk with who is not of the company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct ExternalAccessPolicy {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// People of other companies.
    pub enable_federation_access: bool,
    /// Users of communication resources.
    pub enable_acs_federation_access: bool,
    /// People with private accounts.
    pub enable_teams_consumer_access: bool,
    /// Whether those may begin.
    pub enable_teams_consumer_inbound: bool,
    /// Of which other companies.
    pub communication_with_external_orgs: CommunicationWithExternalOrgs,
    /// Only these domains, for AllowSpecificExternalDomains.
    #[schemars(length(max = 4000), extend("items" = { "type": "string", "format": "domain" }))]
    pub allowed_external_domains: Vec<String>,
    /// Not these domains, for BlockSpecificExternalDomains.
    #[schemars(length(max = 4000), extend("items" = { "type": "string", "format": "domain" }))]
    pub blocked_external_domains: Vec<String>,
}

/// Of which other companies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum CommunicationWithExternalOrgs {
    #[default]
    OrganizationDefault,
    AllowAllExternalDomains,
    AllowSpecificExternalDomains,
    BlockSpecificExternalDomains,
    BlockAllExternalDomains,
}

impl Default for ExternalAccessPolicy {
    fn default() -> Self {
        Self {
            identity: "Global".to_owned(),
            description: None,
            enable_federation_access: true,
            enable_acs_federation_access: true,
            enable_teams_consumer_access: true,
            enable_teams_consumer_inbound: true,
            communication_with_external_orgs: CommunicationWithExternalOrgs::OrganizationDefault,
            allowed_external_domains: Vec::new(),
            blocked_external_domains: Vec::new(),
        }
    }
}

impl TenantObject for ExternalAccessPolicy {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        use CommunicationWithExternalOrgs as Orgs;
        let orgs = self.communication_with_external_orgs;
        if crate::objects::same_name(&self.identity, "Global") && orgs != Orgs::OrganizationDefault {
            let reason = "for Global it is OrganizationDefault; make a policy of another name, and assign it";
            checker.refuse_field("communicationWithExternalOrgs", reason);
        }
        let lists = [
            ("allowedExternalDomains", &self.allowed_external_domains, Orgs::AllowSpecificExternalDomains),
            ("blockedExternalDomains", &self.blocked_external_domains, Orgs::BlockSpecificExternalDomains),
        ];
        for (field, domains, wants) in lists {
            if domains.is_empty() == (orgs == wants) {
                let reason =
                    format!("domains are listed exactly where communicationWithExternalOrgs is {wants:?}");
                checker.refuse_field(field, reason);
            }
        }
    }
}
