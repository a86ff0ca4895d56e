//! One application's hold on a call.

use std::sync::Arc;

use identifier::{CallConnectionId, CommunicationIdentifier, PhoneNumber};
use redact::Pii;

use crate::application::Application;
use crate::called::OnBehalfOf;
use crate::operation::Subscription;

/// What an application said when it made, answered or joined the call.
#[derive(Debug)]
pub(crate) struct Connection {
    pub id: CallConnectionId,
    pub application: Application,
    /// Echoed in the events about the connection itself.
    pub operation_context: Option<Arc<str>>,
    pub targets: Vec<CommunicationIdentifier>,
    pub source: Option<CommunicationIdentifier>,
    pub caller_number: Option<PhoneNumber>,
    pub display_name: Option<Pii<Arc<str>>>,
    pub answered_by: Option<CommunicationIdentifier>,
    pub answered_for: Option<PhoneNumber>,
    /// In whose name the caller wants to call `answered_for`.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// Others made the call.
    pub has_joined: bool,
    /// The application was told that it is connected.
    pub is_connected: bool,
    /// The speech service that the application named.
    pub speech: Option<Arc<str>>,
    /// The sound on its WebSocket.
    pub streaming: Option<Subscription>,
    /// The text on its WebSocket.
    pub transcription: Option<Subscription>,
    /// Of the last `ParticipantsUpdated`.
    pub sequence: u32,
}
