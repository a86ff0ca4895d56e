//! Hold and unhold (contract §6.6).

use std::sync::Arc;

use serde::Deserialize;

use crate::calling::play::PlaySource;
use crate::identifier_model::Identifier;

/// `POST …:hold`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldRequest {
    /// Whom.
    pub target_participant: Identifier,
    /// Looped while they wait.
    pub play_source_info: Option<PlaySource>,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where a failure goes.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// `POST …:unhold`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnholdRequest {
    /// Whom.
    pub target_participant: Identifier,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where a failure goes.
    pub operation_callback_uri: Option<Arc<str>>,
}
