//! What can be looked at.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, PhoneNumber, RecordingId, TapId,
};
use redact::Pii;

use crate::application::Application;
use crate::called::OnBehalfOf;

/// A connection as its application sees it (ACS `CallConnectionProperties`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CallProperties {
    /// The application's hold on the call.
    pub connection: CallConnectionId,
    /// The call.
    pub call: CallId,
    /// The chain of calls.
    pub correlation: CorrelationId,
    /// The application and its callback.
    pub application: Application,
    /// How far the call is.
    pub state: CallState,
    /// Whom the call is to: the callees of an outbound call, the dialled number of an inbound one.
    pub targets: Vec<CommunicationIdentifier>,
    /// Outbound: the application's own identity if it gave one. Inbound: the caller.
    pub source: Option<CommunicationIdentifier>,
    /// Outbound: the number shown to callees.
    pub caller_number: Option<PhoneNumber>,
    /// The caller's display name.
    pub display_name: Option<Pii<Arc<str>>>,
    /// Inbound: the identity the application answered as.
    pub answered_by: Option<CommunicationIdentifier>,
    /// Inbound: the number that was dialled.
    pub answered_for: Option<PhoneNumber>,
    /// Inbound: the resource account in whose name the caller wants to call that number.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// It was connected to when others had made it.
    pub has_joined: bool,
    /// The sound on a WebSocket, where it was set up.
    pub streaming: Option<SubscriptionView>,
    /// The text on a WebSocket, where it was set up.
    pub transcription: Option<TranscriptionView>,
}

/// A WebSocket of the application that was set up with the call.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SubscriptionView {
    /// The name that is told on the WebSocket, too.
    pub id: TapId,
    /// Whether something is sent there now.
    pub is_active: bool,
}

/// A transcription that was set up with the call.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TranscriptionView {
    /// Its WebSocket.
    pub subscription: SubscriptionView,
    /// The language that is spoken, or the first of several.
    pub language: Option<Arc<str>>,
    /// Guesses are told as well.
    pub intermediate: bool,
}

/// A recording as an application sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RecordingView {
    /// ACS `recordingId`.
    pub recording: RecordingId,
    /// Whether what is said now is kept.
    pub is_active: bool,
}

/// ACS `callConnectionState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[allow(missing_docs)]
pub enum CallState {
    Connecting,
    Connected,
    Transferring,
    TransferAccepted,
    Disconnecting,
    Disconnected,
}

/// A participant as an application sees it (ACS `CallParticipant`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ParticipantView {
    /// Who it is.
    pub identifier: CommunicationIdentifier,
    /// Nobody hears them.
    pub is_muted: bool,
    /// They hear only hold music.
    pub is_on_hold: bool,
}
