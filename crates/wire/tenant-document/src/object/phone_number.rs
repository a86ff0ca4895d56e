//! Numbers, and who holds them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::{Reference, TenantObject};

/// A number of the company.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["telephoneNumber", "numberType"]))]
pub struct PhoneNumber {
    /// In E.164; that of a session border controller may have an extension.
    #[schemars(extend("format" = "telephone-number"))]
    pub telephone_number: String,
    /// Who brings its calls.
    pub number_type: NumberType,
    /// Who may hold it; where nothing is said, people for CallingPlan and OperatorConnect, anybody for DirectRouting.
    #[schemars(length(max = 4))]
    pub capability: Vec<Capability>,
    /// The person or resource account who holds it, by name or object id.
    #[schemars(length(min = 1, max = 320))]
    pub assigned_pstn_target_id: Option<String>,
    /// Which of their numbers it is.
    pub assignment_category: AssignmentCategory,
    /// The country (ISO 3166-1).
    #[schemars(extend("format" = "country"))]
    pub iso_country_code: Option<String>,
    /// The city.
    #[schemars(length(max = 128))]
    pub city: Option<String>,
    /// The state, province or county.
    #[schemars(length(max = 128))]
    pub iso_subdivision: Option<String>,
    /// The operator who brings its calls: a trunk of this server for OperatorConnect.
    #[schemars(length(max = 128))]
    pub pstn_partner_name: Option<String>,
    /// Where it was entered.
    pub number_source: NumberSource,
    /// The civic address that is registered for it, by name or id.
    #[schemars(length(min = 1, max = 256))]
    pub civic_address_id: Option<String>,
    /// The place that is registered for it, by name or id: calls for help come from there.
    #[schemars(length(min = 1, max = 256))]
    pub location_id: Option<String>,
    /// The network site that is registered for it.
    #[schemars(length(min = 1, max = 256))]
    pub network_site_id: Option<String>,
    /// Whether calls from within the company leave it first.
    #[schemars(length(max = 1), extend("items" = { "type": "string", "enum": ["SkipInternalVoip"] }))]
    pub reverse_number_lookup: Vec<String>,
    /// Whether nobody may get it.
    pub assignment_blocked: bool,
    /// For how many days more.
    #[schemars(range(min = 1, max = 365))]
    pub assignment_blocked_days: Option<u32>,
    /// For people.
    #[schemars(length(max = 50), inner(length(min = 1, max = 50)))]
    pub tags: Vec<String>,
    /// Whether it takes text messages.
    pub sms_activated: bool,
}

/// Who brings a number's calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum NumberType {
    /// The operator of this server.
    #[default]
    CallingPlan,
    /// An operator whom the company has consented to.
    OperatorConnect,
    /// The company's own session border controllers.
    DirectRouting,
}

/// Who may hold a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Capability {
    /// People.
    UserAssignment,
    /// Resource accounts: a service number.
    VoiceApplicationAssignment,
    /// Conference bridges.
    ConferenceAssignment,
    /// People with TeamsPhoneMobile.
    TeamsPhoneMobile,
}

/// Which of somebody's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum AssignmentCategory {
    #[default]
    Primary,
    Private,
    Alternate,
}

/// Where a number was entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum NumberSource {
    #[default]
    Online,
    OnPremises,
}

impl PhoneNumber {
    /// Whether somebody of this kind may hold it.
    pub fn has_capability(&self, capability: Capability) -> bool {
        if !self.capability.is_empty() {
            return self.capability.contains(&capability);
        }
        match self.number_type {
            NumberType::CallingPlan | NumberType::OperatorConnect => capability == Capability::UserAssignment,
            NumberType::DirectRouting => capability != Capability::TeamsPhoneMobile,
        }
    }
}

impl TenantObject for PhoneNumber {
    fn identity(&self) -> String {
        self.telephone_number.clone()
    }

    fn check(&self, checker: &mut Checker) {
        if self.telephone_number.contains(';') && self.number_type != NumberType::DirectRouting {
            let reason = "only numbers of DirectRouting have an extension; leave it out";
            checker.refuse("telephoneNumber", &self.telephone_number, reason);
        }
        let service = self.capability.contains(&Capability::VoiceApplicationAssignment);
        let subscriber = self.capability.contains(&Capability::UserAssignment);
        if service && subscriber && self.number_type != NumberType::DirectRouting {
            let reason = "a number of CallingPlan or OperatorConnect is for people or for services, not for both; \
                          keep one of UserAssignment and VoiceApplicationAssignment";
            checker.refuse_field("capability", reason);
        }
        if self.pstn_partner_name.is_some() && self.number_type == NumberType::DirectRouting {
            let reason = "no operator brings calls to numbers of DirectRouting; leave it out";
            checker.refuse_field("pstnPartnerName", reason);
        }
        if self.assignment_blocked && self.assigned_pstn_target_id.is_some() {
            let reason = "the number is blocked, and somebody holds it; do one or the other";
            checker.refuse_field("assignmentBlocked", reason);
        }
        if self.assignment_blocked_days.is_some() && !self.assignment_blocked {
            let reason =
                "it says for how long the number is blocked, and it is not; write assignmentBlocked: true";
            checker.refuse_field("assignmentBlockedDays", reason);
        }
    }

    fn references(&self) -> Vec<Reference> {
        let holder = &[Kind::User, Kind::ResourceAccount];
        [
            Reference::maybe("assignedPstnTargetId", holder, self.assigned_pstn_target_id.as_ref()),
            Reference::maybe("civicAddressId", &[Kind::CivicAddress], self.civic_address_id.as_ref()),
            Reference::maybe("locationId", &[Kind::Location, Kind::CivicAddress], self.location_id.as_ref()),
            Reference::maybe("networkSiteId", &[Kind::NetworkSite], self.network_site_id.as_ref()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
