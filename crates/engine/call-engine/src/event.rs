//! What an application learns about its call.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use clock::Now;
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, EventId, OperationId, RecordingId,
};
use media_plan::{Sentiment, Tone};

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
    /// The application's hold on the call. Of a recording, which is nobody's part of a call, the id of
    /// the recording: its events are in order among themselves.
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
    ConnectFailed,
    ParticipantsUpdated {
        sequence: u32,
        participants: Vec<ParticipantView>,
    },
    CallTransferAccepted {
        target: CommunicationIdentifier,
        transferee: CommunicationIdentifier,
    },
    CallTransferFailed,
    AddParticipantSucceeded {
        participant: CommunicationIdentifier,
    },
    AddParticipantFailed {
        participant: CommunicationIdentifier,
    },
    RemoveParticipantSucceeded {
        participant: CommunicationIdentifier,
    },
    RemoveParticipantFailed {
        participant: CommunicationIdentifier,
    },
    MoveParticipantSucceeded {
        participant: CommunicationIdentifier,
        from: CallConnectionId,
    },
    MoveParticipantFailed {
        participant: CommunicationIdentifier,
        from: CallConnectionId,
    },
    CancelAddParticipantSucceeded {
        invitation: OperationId,
    },
    CancelAddParticipantFailed {
        invitation: OperationId,
    },
    PlayStarted,
    PlayCompleted,
    PlayFailed {
        source: usize,
    },
    PlayCanceled,
    RecognizeCompleted(Recognized),
    RecognizeFailed {
        source: Option<usize>,
    },
    RecognizeCanceled,
    ContinuousDtmfRecognitionToneReceived {
        sequence: u32,
        tone: Tone,
    },
    ContinuousDtmfRecognitionToneFailed,
    ContinuousDtmfRecognitionStopped,
    SendDtmfTonesCompleted,
    SendDtmfTonesFailed,
    HoldFailed,
    /// `resumed`: the connection was lost, and is back.
    MediaStreamingStarted {
        resumed: bool,
    },
    MediaStreamingStopped,
    MediaStreamingFailed,
    /// `resumed`: the connection was lost, and is back.
    TranscriptionStarted {
        resumed: bool,
    },
    TranscriptionStopped,
    TranscriptionUpdated,
    TranscriptionFailed,
    TranscriptionCallSummaryUpdated {
        summary: Option<Arc<str>>,
    },
    RecordingStateChanged(RecordingStatus),
    StartRecordingFailed(RecordingStatus),
}

/// How a recording stands.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RecordingStatus {
    /// ACS `recordingId`.
    pub recording: RecordingId,
    /// The connection that asked for it, when one did.
    pub connection: Option<CallConnectionId>,
    /// Whether what is said now is kept.
    pub is_active: bool,
    /// Nothing more is told of it.
    pub is_over: bool,
    /// When it began.
    pub since: Option<Now>,
}

/// What was recognized.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Recognized {
    /// The tones that were pressed, without the stop tone.
    Tones(Vec<Tone>),
    /// A choice.
    Choice {
        /// The application's name for it.
        label: Arc<str>,
        /// What was said; absent when its key was pressed.
        heard: Option<Heard>,
    },
    /// Words.
    Speech(Heard),
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Heard {
    /// The words.
    pub text: Arc<str>,
    /// Of a million: how sure the recognizer is.
    pub confidence_ppm: u32,
    /// The language that was spoken, where several were given.
    pub language: Option<Arc<str>>,
    /// The mood, where it was asked for.
    pub sentiment: Option<Sentiment>,
}
