//! Resource accounts: how an application has a place in the directory, and a number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::License;
use crate::PolicyAssignments;
use crate::fault::Checker;
use crate::object::{Reference, TenantObject};

/// The account of an application, an auto attendant or a call queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["userPrincipalName", "applicationId"]))]
pub struct ResourceAccount {
    /// Its name in the directory, and its SIP address.
    #[schemars(extend("format" = "user-principal-name"))]
    pub user_principal_name: String,
    /// Its id; generated once and kept when absent.
    #[schemars(extend("format" = "guid"))]
    pub object_id: Option<String>,
    /// As agents see it; the name in the directory when empty.
    #[schemars(length(max = 256))]
    pub display_name: String,
    /// What it is for: the application of an auto attendant, of a call queue, or of a third party.
    #[schemars(extend("format" = "guid"))]
    pub application_id: String,
    /// The immutable id of the communication resource whose application takes the calls.
    #[schemars(extend("format" = "guid"))]
    pub acs_resource_id: Option<String>,
    /// Whether what is said of the application has reached those who deliver calls.
    pub synchronized: bool,
    /// The country (ISO 3166-1); the tenant's when absent.
    #[schemars(extend("format" = "country"))]
    pub usage_location: Option<String>,
    /// What it may use; without TeamsPhoneResourceAccount it has no number.
    #[schemars(length(max = 8))]
    pub licenses: Vec<License>,
    /// Whether there is money for what PayAsYouGoCallingPlan costs.
    pub funded: bool,
    /// Calls to the public network that applications may make under its number at the same time; Azure has 2.
    #[schemars(range(min = 1, max = 10000))]
    pub concurrent_outbound_calls: u16,
    /// The auto attendant or call queue behind it.
    pub configuration_association: Option<ConfigurationAssociation>,
    /// Policies that are assigned to it, by name; the Global one otherwise.
    pub policies: PolicyAssignments,
}

/// The auto attendant or call queue behind a resource account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["configurationId", "configurationType"]))]
pub struct ConfigurationAssociation {
    /// Its id.
    #[schemars(extend("format" = "guid"))]
    pub configuration_id: String,
    /// What it is.
    pub configuration_type: ConfigurationType,
    /// How urgent its calls are: 1 very much, 5 very little.
    #[schemars(range(min = 1, max = 5))]
    pub call_priority: u8,
}

/// What is behind a resource account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum ConfigurationType {
    #[default]
    AutoAttendant,
    CallQueue,
}

/// The application of auto attendants.
const AUTO_ATTENDANT: &str = "ce933385-9390-45d1-9512-c8d228074e07";
/// The application of call queues.
const CALL_QUEUE: &str = "11cd3e2e-fccb-42ad-ad00-878b93575e07";

impl Default for ResourceAccount {
    fn default() -> Self {
        Self {
            user_principal_name: String::new(),
            object_id: None,
            display_name: String::new(),
            application_id: String::new(),
            acs_resource_id: None,
            synchronized: true,
            usage_location: None,
            licenses: Vec::new(),
            funded: true,
            concurrent_outbound_calls: 2,
            configuration_association: None,
            policies: PolicyAssignments::default(),
        }
    }
}

impl Default for ConfigurationAssociation {
    fn default() -> Self {
        Self {
            configuration_id: String::new(),
            configuration_type: ConfigurationType::AutoAttendant,
            call_priority: 3,
        }
    }
}

impl ResourceAccount {
    /// Whether it may have a number.
    pub fn is_licensed(&self) -> bool {
        self.licenses.contains(&License::TeamsPhoneResourceAccount)
    }

    /// Whether it belongs to an auto attendant or a call queue of the platform.
    pub fn is_first_party(&self) -> bool {
        [AUTO_ATTENDANT, CALL_QUEUE].iter().any(|id| id.eq_ignore_ascii_case(&self.application_id))
    }
}

impl TenantObject for ResourceAccount {
    fn identity(&self) -> String {
        self.user_principal_name.clone()
    }

    fn check(&self, checker: &mut Checker) {
        self.policies.check(checker);
        if self.is_first_party() && self.acs_resource_id.is_some() {
            let reason = "this is the application of auto attendants or call queues, and no application of a third \
                          party can take its calls; write the id of your own application, or no acsResourceId";
            checker.refuse("applicationId", &self.application_id, reason);
        }
        if self.configuration_association.is_some() && !self.is_first_party() {
            let reason = "only an account of an auto attendant or call queue has one; leave it out";
            checker.refuse_field("configurationAssociation", reason);
        }
    }

    fn references(&self) -> Vec<Reference> {
        self.policies.references().collect()
    }
}
