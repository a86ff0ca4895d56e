//! What an application learns about its call.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use clock::Now;
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, EventId, OperationId};
use media_plan::Tone;

use crate::application::Application;
use crate::outcome::ResultInformation;
use crate::view::ParticipantView;

/// One fact for one application. Facts of one connection leave in order;
/// [`CallDisconnected`](CallEventKind::CallDisconnected) is the last of them.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CallEvent {
    /// The same across all attempts to deliver it.
    pub id: EventId,
    /// The application, with the callback that this event goes to
    /// (the operation's own callback where it named one).
    pub application: Application,
    /// The application's hold on the call.
    pub connection: CallConnectionId,
    /// The call.
    pub call: CallId,
    /// The chain of calls.
    pub correlation: CorrelationId,
    /// What the request that led to this called itself; echoed exactly, also when empty.
    pub operation_context: Option<Arc<str>>,
    /// How it ended, for events that end something.
    pub result: Option<ResultInformation>,
    /// When it happened.
    pub at: Now,
    /// What happened.
    pub kind: CallEventKind,
}

/// What happened (contract: Call Automation §8).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[allow(missing_docs)]
pub enum CallEventKind {
    CallConnected,
    CallDisconnected,
    CreateCallFailed,
    AnswerFailed,
    ParticipantsUpdated { sequence: u32, participants: Vec<ParticipantView> },
    CallTransferAccepted { target: CommunicationIdentifier, transferee: CommunicationIdentifier },
    CallTransferFailed,
    AddParticipantSucceeded { participant: CommunicationIdentifier },
    AddParticipantFailed { participant: CommunicationIdentifier },
    RemoveParticipantSucceeded { participant: CommunicationIdentifier },
    RemoveParticipantFailed { participant: CommunicationIdentifier },
    CancelAddParticipantSucceeded { invitation: OperationId },
    CancelAddParticipantFailed { invitation: OperationId },
    PlayStarted,
    PlayCompleted,
    PlayFailed { source: usize },
    PlayCanceled,
    RecognizeCompleted(Recognized),
    RecognizeFailed { source: Option<usize> },
    RecognizeCanceled,
    ContinuousDtmfRecognitionToneReceived { sequence: u32, tone: Tone },
    ContinuousDtmfRecognitionToneFailed,
    ContinuousDtmfRecognitionStopped,
    SendDtmfTonesCompleted,
    SendDtmfTonesFailed,
    HoldFailed,
}

/// What was recognized.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Recognized {
    /// The tones that were pressed, without the stop tone.
    Tones(Vec<Tone>),
    /// The choice whose tone was pressed.
    Choice {
        /// The application's name for it.
        label: Arc<str>,
    },
}
