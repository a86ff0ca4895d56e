//! Call park: a call waits under a number until somebody takes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::object::TenantObject;

/// Whether and under which numbers calls may be parked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct CallParkPolicy {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// Whether calls may be parked.
    pub allow_call_park: bool,
    /// The first number.
    #[schemars(range(min = 10, max = 9999))]
    pub pickup_range_start: u32,
    /// The last number.
    #[schemars(range(min = 10, max = 9999))]
    pub pickup_range_end: u32,
    /// Seconds until it rings again at whoever parked it.
    #[schemars(range(min = 120, max = 1800))]
    pub park_timeout_seconds: u32,
}

impl Default for CallParkPolicy {
    fn default() -> Self {
        Self {
            identity: "Global".to_owned(),
            description: None,
            allow_call_park: false,
            pickup_range_start: 10,
            pickup_range_end: 99,
            park_timeout_seconds: 300,
        }
    }
}

impl TenantObject for CallParkPolicy {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        if self.pickup_range_start >= self.pickup_range_end {
            let reason = format!("expected more than pickupRangeStart, which is {}", self.pickup_range_start);
            checker.refuse("pickupRangeEnd", self.pickup_range_end, reason);
        }
    }
}
