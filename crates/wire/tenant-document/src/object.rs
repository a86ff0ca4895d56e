//! The objects of a tenant: a file for each kind, or for a few that belong together.

pub(crate) mod application;
pub(crate) mod call_hold;
pub(crate) mod call_park;
pub(crate) mod calling_line_identity;
pub(crate) mod calling_policy;
pub(crate) mod civic_address;
pub(crate) mod emergency_call_routing;
pub(crate) mod emergency_calling;
pub(crate) mod external_access;
pub(crate) mod group;
pub(crate) mod lis;
pub(crate) mod network;
pub(crate) mod number_pattern;
pub(crate) mod phone_number;
pub(crate) mod pstn_gateway;
pub(crate) mod resource_account;
pub(crate) mod shared_calling;
pub(crate) mod tenant;
pub(crate) mod tenant_dial_plan;
pub(crate) mod user;
pub(crate) mod voice_applications;
pub(crate) mod voice_route;
pub(crate) mod voicemail;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::fault::Checker;
use crate::kind::Kind;

/// An object of a tenant.
pub trait TenantObject: Default + DeserializeOwned + JsonSchema + Serialize {
    /// Its name, one of its kind, whatever the case of letters.
    fn identity(&self) -> String;

    /// Says what is wrong with it that its schema does not say.
    fn check(&self, _checker: &mut Checker) {}

    /// The objects that it names.
    fn references(&self) -> Vec<Reference> {
        Vec::new()
    }
}

/// An object names another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The field in which it does.
    pub field: String,
    /// What it may be.
    pub kinds: &'static [Kind],
    /// Its identity, or its id where it has one.
    pub name: String,
}

impl Reference {
    pub(crate) fn new(field: impl Into<String>, kinds: &'static [Kind], name: &str) -> Self {
        Self { field: field.into(), kinds, name: name.to_owned() }
    }

    pub(crate) fn maybe(field: &str, kinds: &'static [Kind], name: Option<&String>) -> Option<Self> {
        name.map(|name| Self::new(field, kinds, name))
    }
}

/// What differs from the defaults, and the fields that must be there.
pub(crate) fn without_defaults<T: TenantObject>(object: &T, required: &[String]) -> Value {
    let written = serde_json::to_value(object).unwrap_or_default();
    let usual = serde_json::to_value(T::default()).unwrap_or_default();
    let mut short = differing(written.clone(), &usual);
    if let Some(short) = short.as_object_mut() {
        for name in required {
            short.insert(name.clone(), written[name].clone());
        }
    }
    short
}

fn differing(value: Value, usual: &Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let mut kept = Map::new();
    for (name, value) in fields {
        if value == usual[&name] || (value.is_null() && usual.get(&name).is_none()) {
            continue;
        }
        kept.insert(
            name.clone(),
            match value {
                Value::Object(_) => differing(value, &usual[&name]),
                Value::Array(items) => Value::Array(items.into_iter().map(without_nothing).collect()),
                other => other,
            },
        );
    }
    Value::Object(kept)
}

/// Without fields that say nothing.
fn without_nothing(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let says = |value: &Value| !(value.is_null() || value.as_array().is_some_and(Vec::is_empty));
    Value::Object(fields.into_iter().filter(|(_, value)| says(value)).collect())
}
