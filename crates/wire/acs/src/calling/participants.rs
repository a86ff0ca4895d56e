//! The people in a call (contract §6.2).

use std::sync::Arc;

use redact::Pii;
use serde::{Deserialize, Serialize};

use crate::calling::custom_context::CustomCallingContext;
use crate::identifier_model::{Identifier, PhoneNumberModel};
use crate::redacted;

/// Somebody in the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallParticipant {
    /// Who.
    pub identifier: Identifier,
    /// Nobody hears them.
    pub is_muted: bool,
    /// They hear only hold music.
    pub is_on_hold: bool,
}

/// `GET …/participants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetParticipantsResponse {
    /// Everybody.
    pub value: Vec<CallParticipant>,
    /// Where the next page is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// `POST …/participants:add`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddParticipantRequest {
    /// Whom.
    pub participant_to_add: Identifier,
    /// The number shown to them.
    pub source_caller_id_number: Option<PhoneNumberModel>,
    /// The name shown to them.
    #[serde(default, deserialize_with = "redacted::pii")]
    pub source_display_name: Option<Pii<Arc<str>>>,
    /// 0 to 180.
    pub invitation_timeout_in_seconds: Option<i64>,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
    /// Headers for them.
    pub custom_calling_context: Option<CustomCallingContext>,
}

/// The answer to add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddParticipantResponse {
    /// Who is being called.
    pub participant: CallParticipant,
    /// Echoed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<Arc<str>>,
    /// Cancels the invitation.
    pub invitation_id: String,
}

/// `POST …/participants:remove`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveParticipantRequest {
    /// Whom.
    pub participant_to_remove: Identifier,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// The answer to remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveParticipantResponse {
    /// Echoed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<Arc<str>>,
}

/// `POST …/participants:mute`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MuteParticipantsRequest {
    /// Whom.
    pub target_participants: Vec<Identifier>,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
}

/// The answer to mute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MuteParticipantsResult {
    /// Echoed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<Arc<str>>,
}

/// `POST …/participants:cancelAddParticipant`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelAddParticipantRequest {
    /// From the answer to add.
    pub invitation_id: String,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// The answer to cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelAddParticipantResponse {
    /// The invitation.
    pub invitation_id: String,
    /// Echoed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<Arc<str>>,
}

/// The answer to move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveParticipantsResponse {
    /// Who is being moved.
    pub participants: Vec<CallParticipant>,
    /// The connection they were in.
    pub from_call: String,
    /// Echoed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<Arc<str>>,
}

/// `POST …/participants:moveHere`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveParticipantsRequest {
    /// Whom.
    pub target_participants: Vec<Identifier>,
    /// The connection they are in now.
    pub from_call: String,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}
