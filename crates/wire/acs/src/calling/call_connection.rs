//! A connection as its application sees it (contract §7).

use std::sync::Arc;

use serde::Serialize;

use crate::calling::streaming_options::MediaStreamingContentType;
use crate::identifier_model::{CommunicationUserModel, Identifier, PhoneNumberModel};
use crate::spelling::spelled;

/// The answer to create, answer, connect and get.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallConnectionProperties {
    /// The application's hold on the call.
    pub call_connection_id: String,
    /// The call.
    pub server_call_id: String,
    /// The chain of calls.
    pub correlation_id: String,
    /// The callees.
    pub targets: Vec<Identifier>,
    /// How far the call is.
    pub call_connection_state: CallConnectionState,
    /// Where the events of the call go.
    pub callback_uri: Arc<str>,
    /// The number shown to callees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_caller_id_number: Option<PhoneNumberModel>,
    /// The caller's display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_display_name: Option<Arc<str>>,
    /// The caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Identifier>,
    /// The identity the application answered as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<CommunicationUserModel>,
    /// The service number that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_for: Option<PhoneNumberModel>,
    /// The sound on a WebSocket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_streaming_subscription: Option<MediaStreamingSubscription>,
    /// The text on a WebSocket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcription_subscription: Option<TranscriptionSubscription>,
}

/// The sound on a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaStreamingSubscription {
    /// Told on the WebSocket, too.
    pub id: String,
    /// Whether it runs.
    pub state: SubscriptionState,
    /// Always audio.
    pub subscribed_content_types: Vec<MediaStreamingContentType>,
}

/// The text on a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptionSubscription {
    /// Told on the WebSocket, too.
    pub id: String,
    /// Whether it runs.
    pub state: SubscriptionState,
    /// What is told.
    pub subscribed_result_types: Vec<TranscriptionResultType>,
    /// The language that is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<Arc<str>>,
}

spelled! {
    /// Whether a subscription runs.
    pub enum SubscriptionState {
        /// It was not set up.
        Disabled = "disabled",
        /// It does not run now.
        Inactive = "inactive",
        /// It runs.
        Active = "active",
    }
}

spelled! {
    /// What a transcription tells.
    pub enum TranscriptionResultType {
        /// What was said.
        Final = "final",
        /// Guesses, too.
        Intermediate = "intermediate",
    }
}

spelled! {
    /// How far a call is.
    pub enum CallConnectionState {
        /// Not known.
        Unknown = "unknown",
        /// Nobody has answered yet.
        Connecting = "connecting",
        /// People talk.
        Connected = "connected",
        /// A transfer was asked for.
        Transferring = "transferring",
        /// A transfer was accepted.
        TransferAccepted = "transferAccepted",
        /// It is being ended.
        Disconnecting = "disconnecting",
        /// It is over.
        Disconnected = "disconnected",
    }
}
