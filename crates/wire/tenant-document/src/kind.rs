//! The kinds of objects, in one table: name, section of the document, noun of commands.

use std::fmt;
use std::str::FromStr;

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use crate::fault::Checker;
use crate::object::{Reference, TenantObject, without_defaults};
use crate::schema::Schemas;
use crate::{
    Application, CallHoldPolicy, CallParkPolicy, CallingLineIdentity, CallingPolicy, CivicAddress,
    EmergencyCallRoutingPolicy, EmergencyCallingPolicy, ExternalAccessPolicy, Group,
    InboundBlockedNumberPattern, InboundExemptNumberPattern, LisPort, LisSubnet, LisSwitch,
    LisWirelessAccessPoint, Location, NetworkRegion, NetworkSite, NetworkSubnet, PhoneNumber, PstnGateway,
    PstnUsage, ResourceAccount, SharedCallingRoutingPolicy, Tenant, TenantDialPlan, TranslationRule,
    TrustedIpAddress, UnassignedNumberTreatment, User, VoiceApplicationsPolicy, VoiceRoute,
    VoiceRoutingPolicy, VoicemailPolicy,
};

macro_rules! kinds {
    ($($kind:ident $section:literal $noun:literal $plural:literal $global:literal;)*) => {
        /// What an object is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum Kind { $($kind),* }

        /// An object of some kind.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)]
        pub enum Object { $($kind(Box<$kind>)),* }

        impl Kind {
            /// All of them, in the order of the document.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// `CallingPolicy`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),* }
            }

            /// The section of the document: `callingPolicies`.
            pub const fn section(self) -> &'static str {
                match self { $(Self::$kind => $section),* }
            }

            /// As commands call one: `calling-policy`.
            pub const fn noun(self) -> &'static str {
                match self { $(Self::$kind => $noun),* }
            }

            /// As commands call several: `calling-policies`.
            pub const fn plural(self) -> &'static str {
                match self { $(Self::$kind => $plural),* }
            }

            /// Whether there is one named Global, which is always there.
            pub const fn has_global(self) -> bool {
                match self { $(Self::$kind => $global),* }
            }

            pub(crate) fn schema(self, generator: &mut SchemaGenerator) -> Schema {
                match self { $(Self::$kind => generator.subschema_for::<$kind>()),* }
            }

            /// An object from its JSON, whose shape was checked.
            pub(crate) fn parse(self, value: Value) -> Result<Object, serde_json::Error> {
                match self {
                    $(Self::$kind => serde_json::from_value(value).map(|object| Object::$kind(Box::new(object)))),*
                }
            }

            /// The Global one, where nothing was said of it.
            pub fn global(self) -> Option<Object> {
                match self { $(Self::$kind => $global.then(|| Object::$kind(Box::default()))),* }
            }
        }

        impl Object {
            /// What it is.
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind),* }
            }

            /// Its name, one of its kind, whatever the case of letters.
            pub fn identity(&self) -> String {
                match self { $(Self::$kind(object) => object.identity()),* }
            }

            /// All fields.
            pub fn to_json(&self) -> Value {
                let written = match self { $(Self::$kind(object) => serde_json::to_value(object)),* };
                written.unwrap_or_default()
            }

            /// The fields that are not as they are by default.
            pub fn to_short_json(&self) -> Value {
                let required = Schemas::get().required(self.kind());
                match self { $(Self::$kind(object) => without_defaults(&**object, required)),* }
            }

            /// The objects that it names.
            pub fn references(&self) -> Vec<Reference> {
                match self { $(Self::$kind(object) => object.references()),* }
            }

            pub(crate) fn check(&self, checker: &mut Checker) {
                match self { $(Self::$kind(object) => object.check(checker)),* }
            }
        }
    };
}

kinds! {
    Tenant                      "tenant"                      "tenant"                        "tenants"                         false;
    User                        "users"                       "user"                          "users"                           false;
    ResourceAccount             "resourceAccounts"            "resource-account"              "resource-accounts"               false;
    Group                       "groups"                      "group"                         "groups"                          false;
    Application                 "applications"                "application"                   "applications"                    false;
    PhoneNumber                 "phoneNumbers"                "phone-number"                  "phone-numbers"                   false;
    UnassignedNumberTreatment   "unassignedNumberTreatments"  "unassigned-number-treatment"   "unassigned-number-treatments"    false;
    InboundBlockedNumberPattern "inboundBlockedNumberPatterns" "inbound-blocked-number-pattern" "inbound-blocked-number-patterns" false;
    InboundExemptNumberPattern  "inboundExemptNumberPatterns" "inbound-exempt-number-pattern" "inbound-exempt-number-patterns"  false;
    CallingPolicy               "callingPolicies"             "calling-policy"                "calling-policies"                true;
    CallingLineIdentity         "callingLineIdentities"       "calling-line-identity"         "calling-line-identities"         true;
    TenantDialPlan              "tenantDialPlans"             "tenant-dial-plan"              "tenant-dial-plans"               true;
    PstnUsage                   "pstnUsages"                  "pstn-usage"                    "pstn-usages"                     false;
    VoiceRoute                  "voiceRoutes"                 "voice-route"                   "voice-routes"                    false;
    VoiceRoutingPolicy          "voiceRoutingPolicies"        "voice-routing-policy"          "voice-routing-policies"          true;
    PstnGateway                 "pstnGateways"                "pstn-gateway"                  "pstn-gateways"                   false;
    TranslationRule             "translationRules"            "translation-rule"              "translation-rules"               false;
    EmergencyCallingPolicy      "emergencyCallingPolicies"    "emergency-calling-policy"      "emergency-calling-policies"      true;
    EmergencyCallRoutingPolicy  "emergencyCallRoutingPolicies" "emergency-call-routing-policy" "emergency-call-routing-policies" true;
    SharedCallingRoutingPolicy  "sharedCallingRoutingPolicies" "shared-calling-routing-policy" "shared-calling-routing-policies" true;
    CallHoldPolicy              "callHoldPolicies"            "call-hold-policy"              "call-hold-policies"              true;
    CallParkPolicy              "callParkPolicies"            "call-park-policy"              "call-park-policies"              true;
    VoicemailPolicy             "voicemailPolicies"           "voicemail-policy"              "voicemail-policies"              true;
    ExternalAccessPolicy        "externalAccessPolicies"      "external-access-policy"        "external-access-policies"        true;
    VoiceApplicationsPolicy     "voiceApplicationsPolicies"   "voice-applications-policy"     "voice-applications-policies"     true;
    CivicAddress                "civicAddresses"              "civic-address"                 "civic-addresses"                 false;
    Location                    "locations"                   "location"                      "locations"                       false;
    LisSubnet                   "lisSubnets"                  "lis-subnet"                    "lis-subnets"                     false;
    LisWirelessAccessPoint      "lisWirelessAccessPoints"     "lis-wireless-access-point"     "lis-wireless-access-points"      false;
    LisSwitch                   "lisSwitches"                 "lis-switch"                    "lis-switches"                    false;
    LisPort                     "lisPorts"                    "lis-port"                      "lis-ports"                       false;
    TrustedIpAddress            "trustedIpAddresses"          "trusted-ip-address"            "trusted-ip-addresses"            false;
    NetworkRegion               "networkRegions"              "network-region"                "network-regions"                 false;
    NetworkSite                 "networkSites"                "network-site"                  "network-sites"                   false;
    NetworkSubnet               "networkSubnets"              "network-subnet"                "network-subnets"                 false;
}

/// The text names no kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKind(pub String);

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.noun()).collect();
        write!(f, "there is no kind {:?}; there are {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownKind {}

impl FromStr for Kind {
    type Err = UnknownKind;

    /// By name, noun or section, whatever the case of letters.
    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let named = |kind: &&Self| {
            [kind.name(), kind.noun(), kind.plural(), kind.section()]
                .iter()
                .any(|name| name.eq_ignore_ascii_case(text))
        };
        let text = text.get(..64).unwrap_or(text);
        Self::ALL.iter().find(named).copied().ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
