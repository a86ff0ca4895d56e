//! A call that waits for an application.

use std::collections::BTreeMap;
use std::sync::Arc;

use identifier::{CallId, CorrelationId};
use redact::{Pii, Secret};
use serde::Serialize;

use crate::identifier_model::Identifier;

/// `Microsoft.Communication.IncomingCall`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingCall {
    /// Who is called.
    pub to: Identifier,
    /// Who calls.
    pub from: Identifier,
    /// In whose name the caller wants to call `to`.
    pub on_behalf_of_callee: Option<Identifier>,
    /// The call.
    pub call: CallId,
    /// The chain of calls.
    pub correlation: CorrelationId,
    /// The caller's display name.
    pub caller_display_name: Option<Pii<Arc<str>>>,
    /// SIP headers of the caller, by name.
    pub sip_headers: BTreeMap<String, String>,
    /// Headers of a caller who is an ACS user.
    pub voip_headers: BTreeMap<String, String>,
    /// Answers, redirects or rejects the call.
    pub incoming_call_context: Secret<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    to: &'a Identifier,
    from: &'a Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of_callee: Option<&'a Identifier>,
    server_call_id: String,
    caller_display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_context: Option<CustomContext<'a>>,
    incoming_call_context: &'a str,
    correlation_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomContext<'a> {
    sip_headers: &'a BTreeMap<String, String>,
    voip_headers: &'a BTreeMap<String, String>,
}

impl IncomingCall {
    pub(crate) fn subject(&self) -> String {
        format!("/caller/{}/recipient/{}", self.from.0.raw_id(), self.to.0.raw_id())
    }
}

impl Serialize for IncomingCall {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let has_headers = !self.sip_headers.is_empty() || !self.voip_headers.is_empty();
        let headers = CustomContext { sip_headers: &self.sip_headers, voip_headers: &self.voip_headers };
        let wire = Wire {
            to: &self.to,
            from: &self.from,
            on_behalf_of_callee: self.on_behalf_of_callee.as_ref(),
            server_call_id: self.call.server_call_id(),
            caller_display_name: self.caller_display_name.as_ref().map_or("", |name| name.expose()),
            custom_context: has_headers.then_some(headers),
            incoming_call_context: self.incoming_call_context.expose(),
            correlation_id: self.correlation.to_string(),
        };
        wire.serialize(serializer)
    }
}
