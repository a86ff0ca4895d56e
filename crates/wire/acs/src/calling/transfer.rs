//! Connecting a participant with somebody else (contract §6.1).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::calling::custom_context::CustomCallingContext;
use crate::identifier_model::{Identifier, PhoneNumberModel};

/// `POST …:transferToParticipant`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferToParticipantRequest {
    /// To whom.
    pub target_participant: Identifier,
    /// Who is moved; in a one-to-one call the only participant.
    pub transferee: Option<Identifier>,
    /// Headers for the target.
    pub custom_calling_context: Option<CustomCallingContext>,
    /// The number shown to the target.
    pub source_caller_id_number: Option<PhoneNumberModel>,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// The answer to transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferCallResponse {
    /// Echoed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<Arc<str>>,
}
