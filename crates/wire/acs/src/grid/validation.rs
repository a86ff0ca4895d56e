//! The handshake by which a subscriber shows that it wants events (contract §11.2).

use serde::{Deserialize, Serialize};

/// `Microsoft.EventGrid.SubscriptionValidationEvent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionValidation {
    /// To be answered.
    pub validation_code: String,
    /// To be fetched instead of answering.
    pub validation_url: String,
}

/// The answer to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidationAnswer {
    /// The code of the question.
    pub validation_response: String,
}
