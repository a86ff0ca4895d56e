//! Headers for whoever is called (contract §6.2, §18).

use std::collections::BTreeMap;

use serde::Deserialize;

/// What an application wants a callee to receive with the call.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomCallingContext {
    /// SIP headers.
    pub sip_headers: Option<BTreeMap<String, Option<String>>>,
    /// Headers for ACS users.
    pub voip_headers: Option<BTreeMap<String, Option<String>>>,
    /// Details for a Teams callee; read and kept as they are.
    pub teams_phone_call_details: Option<serde_json::Value>,
}
