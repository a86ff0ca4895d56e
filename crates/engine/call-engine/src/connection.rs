//! One application's hold on a call.

use std::sync::Arc;

use identifier::{CallConnectionId, CommunicationIdentifier, PhoneNumber};
use redact::Pii;

use crate::application::Application;

/// What an application said when it made or answered the call.
#[derive(Clone, Debug)]
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
    /// Text and SSML may be played.
    pub speech: bool,
    /// Of the last `ParticipantsUpdated`.
    pub sequence: u32,
}
