//! The types of policies that are assigned to people, groups and resource accounts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;

/// What is assigned by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum PolicyType {
    CallingPolicy,
    CallingLineIdentity,
    TenantDialPlan,
    VoiceRoutingPolicy,
    DialOutPolicy,
    EmergencyCallingPolicy,
    EmergencyCallRoutingPolicy,
    SharedCallingRoutingPolicy,
    CallHoldPolicy,
    CallParkPolicy,
    VoicemailPolicy,
    ExternalAccessPolicy,
    VoiceApplicationsPolicy,
}

/// The dial-out policies that there are; nobody can make others.
pub const DIAL_OUT_POLICIES: [&str; 12] = [
    "DialoutCPCandPSTNInternational",
    "DialoutCPCDomesticPSTNInternational",
    "DialoutCPCDisabledPSTNInternational",
    "DialoutCPCInternationalPSTNDomestic",
    "DialoutCPCInternationalPSTNDisabled",
    "DialoutCPCandPSTNDomestic",
    "DialoutCPCDomesticPSTNDisabled",
    "DialoutCPCDisabledPSTNDomestic",
    "DialoutCPCandPSTNDisabled",
    "DialoutCPCZoneAPSTNInternational",
    "DialoutCPCZoneAPSTNDomestic",
    "DialoutCPCZoneAPSTNDisabled",
];

impl PolicyType {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::CallingPolicy,
        Self::CallingLineIdentity,
        Self::TenantDialPlan,
        Self::VoiceRoutingPolicy,
        Self::DialOutPolicy,
        Self::EmergencyCallingPolicy,
        Self::EmergencyCallRoutingPolicy,
        Self::SharedCallingRoutingPolicy,
        Self::CallHoldPolicy,
        Self::CallParkPolicy,
        Self::VoicemailPolicy,
        Self::ExternalAccessPolicy,
        Self::VoiceApplicationsPolicy,
    ];

    /// The kind of the objects that are assigned; those of dial-out policies nobody makes.
    pub const fn kind(self) -> Option<Kind> {
        match self.kinds() {
            Some([kind, ..]) => Some(*kind),
            Some([]) | None => None,
        }
    }

    pub(crate) const fn kinds(self) -> Option<&'static [Kind]> {
        Some(match self {
            Self::CallingPolicy => &[Kind::CallingPolicy],
            Self::CallingLineIdentity => &[Kind::CallingLineIdentity],
            Self::TenantDialPlan => &[Kind::TenantDialPlan],
            Self::VoiceRoutingPolicy => &[Kind::VoiceRoutingPolicy],
            Self::DialOutPolicy => return None,
            Self::EmergencyCallingPolicy => &[Kind::EmergencyCallingPolicy],
            Self::EmergencyCallRoutingPolicy => &[Kind::EmergencyCallRoutingPolicy],
            Self::SharedCallingRoutingPolicy => &[Kind::SharedCallingRoutingPolicy],
            Self::CallHoldPolicy => &[Kind::CallHoldPolicy],
            Self::CallParkPolicy => &[Kind::CallParkPolicy],
            Self::VoicemailPolicy => &[Kind::VoicemailPolicy],
            Self::ExternalAccessPolicy => &[Kind::ExternalAccessPolicy],
            Self::VoiceApplicationsPolicy => &[Kind::VoiceApplicationsPolicy],
        })
    }

    /// The field of `policies` that names one.
    pub const fn field(self) -> &'static str {
        match self {
            Self::CallingPolicy => "callingPolicy",
            Self::CallingLineIdentity => "callingLineIdentity",
            Self::TenantDialPlan => "tenantDialPlan",
            Self::VoiceRoutingPolicy => "voiceRoutingPolicy",
            Self::DialOutPolicy => "dialOutPolicy",
            Self::EmergencyCallingPolicy => "emergencyCallingPolicy",
            Self::EmergencyCallRoutingPolicy => "emergencyCallRoutingPolicy",
            Self::SharedCallingRoutingPolicy => "sharedCallingRoutingPolicy",
            Self::CallHoldPolicy => "callHoldPolicy",
            Self::CallParkPolicy => "callParkPolicy",
            Self::VoicemailPolicy => "voicemailPolicy",
            Self::ExternalAccessPolicy => "externalAccessPolicy",
            Self::VoiceApplicationsPolicy => "voiceApplicationsPolicy",
        }
    }

    /// The type that a command calls so: `calling-policy`, `CallingPolicy` or `callingPolicy`.
    pub fn named(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(|letter| *letter != '-').take(64).collect();
        Self::ALL.iter().find(|kind| kind.field().eq_ignore_ascii_case(&plain)).copied()
    }
}

pub(crate) fn check_dial_out(field: &str, name: &str, checker: &mut Checker) {
    let known = DIAL_OUT_POLICIES.iter().any(|known| crate::objects::same_name(known, name));
    if !known && !name.eq_ignore_ascii_case("global") {
        checker.refuse(field, name, format!("expected one of {}", DIAL_OUT_POLICIES.join(", ")));
    }
}
