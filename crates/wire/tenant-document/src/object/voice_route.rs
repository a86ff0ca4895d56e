//! By which session border controllers calls leave.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::{Reference, TenantObject};

/// A name that joins policies with routes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct PstnUsage {
    /// The name.
    #[schemars(length(min = 1, max = 256))]
    pub identity: String,
}

/// Which session border controllers take which numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct VoiceRoute {
    /// Its name.
    #[schemars(length(min = 1, max = 256))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The numbers: a .NET regular expression, which may match anywhere in the number.
    #[schemars(length(min = 1, max = 1024))]
    pub number_pattern: String,
    /// The lowest is tried first.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub priority: u32,
    /// The usages that it belongs to.
    #[schemars(length(max = 1000), inner(length(min = 1, max = 256)))]
    pub online_pstn_usages: Vec<String>,
    /// The session border controllers, in no order.
    #[schemars(length(max = 100), inner(length(min = 1, max = 253)))]
    pub online_pstn_gateway_list: Vec<String>,
    /// Shown as the caller, for routes without session border controllers.
    #[schemars(extend("format" = "e164"))]
    pub bridge_source_phone_number: Option<String>,
}

/// The usages whose routes a person's calls may take, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct VoiceRoutingPolicy {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The first that has a route for the number decides.
    #[schemars(length(max = 1000), inner(length(min = 1, max = 256)))]
    pub online_pstn_usages: Vec<String>,
}

impl Default for VoiceRoute {
    fn default() -> Self {
        Self {
            identity: String::new(),
            description: None,
            number_pattern: "[0-9]{10}".to_owned(),
            priority: 0,
            online_pstn_usages: Vec::new(),
            online_pstn_gateway_list: Vec::new(),
            bridge_source_phone_number: None,
        }
    }
}

impl Default for VoiceRoutingPolicy {
    fn default() -> Self {
        Self { identity: "Global".to_owned(), description: None, online_pstn_usages: Vec::new() }
    }
}

impl TenantObject for PstnUsage {
    fn identity(&self) -> String {
        self.identity.clone()
    }
}

impl TenantObject for VoiceRoute {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        if self.bridge_source_phone_number.is_some() && !self.online_pstn_gateway_list.is_empty() {
            let reason =
                "a route has session border controllers or this number, not both; leave one of them out";
            checker.refuse_field("bridgeSourcePhoneNumber", reason);
        }
        twice("onlinePstnUsages", &self.online_pstn_usages, checker);
        twice("onlinePstnGatewayList", &self.online_pstn_gateway_list, checker);
    }

    fn references(&self) -> Vec<Reference> {
        let usages = list("onlinePstnUsages", &[Kind::PstnUsage], &self.online_pstn_usages);
        usages
            .chain(list("onlinePstnGatewayList", &[Kind::PstnGateway], &self.online_pstn_gateway_list))
            .collect()
    }
}

impl TenantObject for VoiceRoutingPolicy {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        twice("onlinePstnUsages", &self.online_pstn_usages, checker);
    }

    fn references(&self) -> Vec<Reference> {
        list("onlinePstnUsages", &[Kind::PstnUsage], &self.online_pstn_usages).collect()
    }
}

/// Each name of a list names something.
pub(crate) fn list<'a>(
    field: &'a str,
    kinds: &'static [Kind],
    names: &'a [String],
) -> impl Iterator<Item = Reference> + 'a {
    names
        .iter()
        .enumerate()
        .map(move |(index, name)| Reference::new(format!("{field}[{index}]"), kinds, name))
}

/// Each name of a list is there once.
pub(crate) fn twice(field: &str, names: &[String], checker: &mut Checker) {
    for (index, name) in names.iter().enumerate() {
        if names[..index].iter().any(|other| crate::objects::same_name(other, name)) {
            checker.refuse(format!("{field}[{index}]"), name, "it is there twice; keep one of them");
        }
    }
}
