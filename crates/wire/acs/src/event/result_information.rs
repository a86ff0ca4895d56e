//! How something ended, in the numbers of ACS (contract §7, §9).

use serde::Serialize;

/// `resultInformation` of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultInformation {
    /// Like an HTTP status.
    pub code: u16,
    /// What happened exactly.
    pub sub_code: u32,
    /// The same in words.
    pub message: String,
    /// The SIP status behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sip_details: Option<DiagnosticInfo>,
    /// The Q.850 cause behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q850_details: Option<DiagnosticInfo>,
}

/// A code of another network, with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiagnosticInfo {
    /// The code.
    pub code: u16,
    /// Its words.
    pub message: String,
}

impl ResultInformation {
    /// A result that no network status stands behind.
    pub fn new(code: u16, sub_code: u32, message: impl Into<String>) -> Self {
        Self { code, sub_code, message: message.into(), sip_details: None, q850_details: None }
    }
}
