//! Keys outside of recognition (contract §6.5).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::identifier_model::Identifier;
use crate::spelling::spelled;

spelled! {
    /// A key.
    #[allow(missing_docs)]
    pub enum Tone {
        Zero = "zero",
        One = "one",
        Two = "two",
        Three = "three",
        Four = "four",
        Five = "five",
        Six = "six",
        Seven = "seven",
        Eight = "eight",
        Nine = "nine",
        A = "a",
        B = "b",
        C = "c",
        D = "d",
        Pound = "pound",
        Asterisk = "asterisk",
    }
}

/// `POST …:startContinuousDtmfRecognition` and `…:stopContinuousDtmfRecognition`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContinuousDtmfRecognitionRequest {
    /// Whose keys.
    pub target_participant: Identifier,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the events go.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// `POST …:sendDtmfTones`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendDtmfTonesRequest {
    /// At most 18.
    pub tones: Vec<Tone>,
    /// Toward whom.
    pub target_participant: Identifier,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the outcome goes.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// The answer to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SendDtmfTonesResult {
    /// Echoed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<Arc<str>>,
}
