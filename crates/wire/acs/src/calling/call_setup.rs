//! Creating, answering, redirecting, rejecting and joining calls (contract §6.1).

use std::sync::Arc;

use redact::{Pii, Secret};
use serde::Deserialize;

use crate::calling::streaming_options::{MediaStreamingOptions, TranscriptionOptions};
use crate::identifier_model::{CommunicationUserModel, Identifier, PhoneNumberModel, TeamsAppModel};
use crate::redacted;
use crate::spelling::spelled;

/// `POST /calling/callConnections`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateCallRequest {
    /// One for a one-to-one call, more for a group call.
    pub targets: Vec<Identifier>,
    /// Where the events of the call go.
    pub callback_uri: Arc<str>,
    /// The number shown to callees.
    pub source_caller_id_number: Option<PhoneNumberModel>,
    /// The name shown to callees.
    #[serde(default, deserialize_with = "redacted::pii")]
    pub source_display_name: Option<Pii<Arc<str>>>,
    /// The application's own identity.
    pub source: Option<CommunicationUserModel>,
    /// Echoed in events.
    pub operation_context: Option<Arc<str>>,
    /// Permission to speak text.
    pub call_intelligence_options: Option<CallIntelligenceOptions>,
    /// Streams the call's audio to a WebSocket.
    pub media_streaming_options: Option<MediaStreamingOptions>,
    /// Streams a transcription to a WebSocket.
    pub transcription_options: Option<TranscriptionOptions>,
    /// What the application says comes back in its stream (preview).
    pub enable_loopback_audio: Option<bool>,
    /// Calls on behalf of a Teams resource account.
    pub teams_app_source: Option<TeamsAppModel>,
}

/// `POST /calling/callConnections:answer`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerCallRequest {
    /// From the IncomingCall event.
    #[serde(deserialize_with = "redacted::secret")]
    pub incoming_call_context: Secret<String>,
    /// Where the events of the call go.
    pub callback_uri: Arc<str>,
    /// Echoed in events.
    pub operation_context: Option<Arc<str>>,
    /// Permission to speak text.
    pub call_intelligence_options: Option<CallIntelligenceOptions>,
    /// What the application says comes back in its stream (preview).
    pub enable_loopback_audio: Option<bool>,
    /// The identity the application answers as.
    pub answered_by: Option<CommunicationUserModel>,
    /// Streams the call's audio to a WebSocket.
    pub media_streaming_options: Option<MediaStreamingOptions>,
    /// Streams a transcription to a WebSocket.
    pub transcription_options: Option<TranscriptionOptions>,
}

/// `POST /calling/callConnections:redirect`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedirectCallRequest {
    /// From the IncomingCall event.
    #[serde(deserialize_with = "redacted::secret")]
    pub incoming_call_context: Secret<String>,
    /// To whom.
    pub target: Identifier,
}

/// `POST /calling/callConnections:reject`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectCallRequest {
    /// From the IncomingCall event.
    #[serde(deserialize_with = "redacted::secret")]
    pub incoming_call_context: Secret<String>,
    /// `none` when absent.
    pub call_reject_reason: Option<CallRejectReason>,
}

/// `POST /calling/callConnections:connect`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectRequest {
    /// What the application says comes back in its stream (preview).
    pub enable_loopback_audio: Option<bool>,
    /// Which call.
    pub call_locator: CallLocator,
    /// Where the events of the call go.
    pub callback_uri: Arc<str>,
    /// Echoed in events.
    pub operation_context: Option<Arc<str>>,
    /// Permission to speak text.
    pub call_intelligence_options: Option<CallIntelligenceOptions>,
    /// Streams the call's audio to a WebSocket.
    pub media_streaming_options: Option<MediaStreamingOptions>,
    /// Streams a transcription to a WebSocket.
    pub transcription_options: Option<TranscriptionOptions>,
}

/// Permission to speak text and to understand speech.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallIntelligenceOptions {
    /// The speech service of the application. Its presence counts, not its value.
    pub cognitive_services_endpoint: Option<String>,
}

/// Which call is meant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallLocator {
    /// Which of the others is set.
    pub kind: Option<CallLocatorKind>,
    /// A conversation.
    pub server_call_id: Option<String>,
    /// A group call.
    pub group_call_id: Option<String>,
    /// A room.
    pub room_id: Option<String>,
}

spelled! {
    /// How a call is meant.
    pub enum CallLocatorKind {
        /// By conversation.
        ServerCall = "serverCallLocator",
        /// By group call.
        GroupCall = "groupCallLocator",
        /// By room.
        RoomCall = "roomCallLocator",
    }
}

spelled! {
    /// Why an incoming call is refused.
    pub enum CallRejectReason {
        /// Nothing is said.
        None = "none",
        /// Busy.
        Busy = "busy",
        /// Not allowed.
        Forbidden = "forbidden",
    }
}
