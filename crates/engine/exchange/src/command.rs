//! What can be asked of an exchange, as plain values that could be written down.

use std::sync::Arc;
use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};
use call_engine::{
    Answer, Application, CallOptions, CallProperties, Callback, CancelAddParticipant, CustomHeaders, Hold,
    Join, MoveParticipants, Mute, ParticipantView, Play, Recognize, RecordingView, RejectReason,
    RemoveParticipant, SendTones, StartRecording, Switch, ToneListening, Transcribe,
};
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, ObjectId, OperationId, PhoneNumber, RecordingId,
    ResourceId,
};
use redact::Pii;

/// Somebody to be called, as the application named them; the dial plan finds where that leads.
pub type Target = CommunicationIdentifier;

/// One request of an application. One `match` forwards it; nothing is decided in between.
///
/// `resource` is the resource whose key signed the request: a connection of another
/// resource is not found.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[allow(missing_docs)]
pub enum Command {
    CreateCall {
        application: Application,
        targets: Vec<Target>,
        caller_number: Option<PhoneNumber>,
        /// The resource account in whose name the application calls, under its number (ACS `teamsAppSource`).
        account: Option<ObjectId>,
        display_name: Option<Pii<Arc<str>>>,
        source: Option<CommunicationIdentifier>,
        operation_context: Option<Arc<str>>,
        options: CallOptions,
    },
    Answer {
        call: CallId,
        answer: Answer,
    },
    Redirect {
        call: CallId,
        resource: ResourceId,
        target: Target,
    },
    Reject {
        call: CallId,
        resource: ResourceId,
        reason: RejectReason,
    },
    /// Holds a call that others made.
    Join {
        call: CallId,
        join: Join,
    },
    Properties {
        connection: CallConnectionId,
        resource: ResourceId,
    },
    Participants {
        connection: CallConnectionId,
        resource: ResourceId,
    },
    HangUp {
        connection: CallConnectionId,
        resource: ResourceId,
    },
    Terminate {
        connection: CallConnectionId,
        resource: ResourceId,
    },
    Transfer {
        connection: CallConnectionId,
        resource: ResourceId,
        target: Target,
        transferee: Option<CommunicationIdentifier>,
        caller_number: Option<PhoneNumber>,
        headers: CustomHeaders,
        operation_context: Option<Arc<str>>,
        callback: Option<Callback>,
    },
    AddParticipant {
        connection: CallConnectionId,
        resource: ResourceId,
        target: Target,
        caller_number: Option<PhoneNumber>,
        display_name: Option<Pii<Arc<str>>>,
        headers: CustomHeaders,
        #[borsh(serialize_with = "clock::span::write_maybe", deserialize_with = "clock::span::read_maybe")]
        ring_for: Option<Duration>,
        operation_context: Option<Arc<str>>,
        callback: Option<Callback>,
    },
    CancelAddParticipant {
        connection: CallConnectionId,
        resource: ResourceId,
        cancel: CancelAddParticipant,
    },
    RemoveParticipant {
        connection: CallConnectionId,
        resource: ResourceId,
        remove: RemoveParticipant,
    },
    Mute {
        connection: CallConnectionId,
        resource: ResourceId,
        mute: Mute,
    },
    Play {
        connection: CallConnectionId,
        resource: ResourceId,
        play: Play,
    },
    CancelAllMediaOperations {
        connection: CallConnectionId,
        resource: ResourceId,
    },
    Recognize {
        connection: CallConnectionId,
        resource: ResourceId,
        recognize: Recognize,
    },
    StartContinuousTones {
        connection: CallConnectionId,
        resource: ResourceId,
        listening: ToneListening,
    },
    StopContinuousTones {
        connection: CallConnectionId,
        resource: ResourceId,
        listening: ToneListening,
    },
    SendTones {
        connection: CallConnectionId,
        resource: ResourceId,
        send: SendTones,
    },
    Hold {
        connection: CallConnectionId,
        resource: ResourceId,
        hold: Hold,
    },
    Unhold {
        connection: CallConnectionId,
        resource: ResourceId,
        target: CommunicationIdentifier,
    },
    MoveParticipants {
        connection: CallConnectionId,
        resource: ResourceId,
        moving: MoveParticipants,
    },
    StartStreaming {
        connection: CallConnectionId,
        resource: ResourceId,
        switch: Switch,
    },
    StopStreaming {
        connection: CallConnectionId,
        resource: ResourceId,
        switch: Switch,
    },
    StartTranscription {
        connection: CallConnectionId,
        resource: ResourceId,
        transcribe: Transcribe,
    },
    UpdateTranscription {
        connection: CallConnectionId,
        resource: ResourceId,
        transcribe: Transcribe,
    },
    StopTranscription {
        connection: CallConnectionId,
        resource: ResourceId,
        switch: Switch,
    },
    Summarize {
        connection: CallConnectionId,
        resource: ResourceId,
        transcribe: Transcribe,
    },
    /// Records the call that an application holds.
    RecordConnection {
        connection: CallConnectionId,
        resource: ResourceId,
        recording: StartRecording,
    },
    /// Records a call, whoever holds it.
    RecordCall {
        call: CallId,
        resource: ResourceId,
        recording: StartRecording,
    },
    Recording {
        recording: RecordingId,
        resource: ResourceId,
    },
    PauseRecording {
        recording: RecordingId,
        resource: ResourceId,
        pause: bool,
    },
    StopRecording {
        recording: RecordingId,
        resource: ResourceId,
    },
    /// An echo for one participant: they hear themselves (and no longer the others) until `on` is false.
    Echo {
        connection: CallConnectionId,
        resource: ResourceId,
        participant: CommunicationIdentifier,
        on: bool,
    },
    Unmute {
        connection: CallConnectionId,
        resource: ResourceId,
        mute: Mute,
    },
}

impl Command {
    /// The connection that the command is about; none while a call is made or waits.
    pub fn connection(&self) -> Option<CallConnectionId> {
        match self {
            Self::CreateCall { .. }
            | Self::Answer { .. }
            | Self::Redirect { .. }
            | Self::Reject { .. }
            | Self::Join { .. }
            | Self::RecordCall { .. }
            | Self::Recording { .. }
            | Self::PauseRecording { .. }
            | Self::StopRecording { .. } => None,
            Self::Properties { connection, .. }
            | Self::Participants { connection, .. }
            | Self::HangUp { connection, .. }
            | Self::Terminate { connection, .. }
            | Self::Transfer { connection, .. }
            | Self::AddParticipant { connection, .. }
            | Self::CancelAddParticipant { connection, .. }
            | Self::RemoveParticipant { connection, .. }
            | Self::Mute { connection, .. }
            | Self::Unmute { connection, .. }
            | Self::Play { connection, .. }
            | Self::CancelAllMediaOperations { connection, .. }
            | Self::Recognize { connection, .. }
            | Self::StartContinuousTones { connection, .. }
            | Self::StopContinuousTones { connection, .. }
            | Self::SendTones { connection, .. }
            | Self::Hold { connection, .. }
            | Self::Unhold { connection, .. }
            | Self::MoveParticipants { connection, .. }
            | Self::StartStreaming { connection, .. }
            | Self::StopStreaming { connection, .. }
            | Self::StartTranscription { connection, .. }
            | Self::UpdateTranscription { connection, .. }
            | Self::StopTranscription { connection, .. }
            | Self::Summarize { connection, .. }
            | Self::RecordConnection { connection, .. }
            | Self::Echo { connection, .. } => Some(*connection),
        }
    }

    /// The call that the command is about, where it names one by itself: one that waits, or one that others hold.
    pub fn call(&self) -> Option<CallId> {
        match self {
            Self::Answer { call, .. }
            | Self::Redirect { call, .. }
            | Self::Reject { call, .. }
            | Self::Join { call, .. }
            | Self::RecordCall { call, .. } => Some(*call),
            _ => None,
        }
    }

    /// The recording that the command is about.
    pub fn recording(&self) -> Option<RecordingId> {
        match self {
            Self::Recording { recording, .. }
            | Self::PauseRecording { recording, .. }
            | Self::StopRecording { recording, .. } => Some(*recording),
            _ => None,
        }
    }

    /// Another connection that the command is about.
    pub fn other_connection(&self) -> Option<CallConnectionId> {
        match self {
            Self::MoveParticipants { moving, .. } => Some(moving.from),
            _ => None,
        }
    }
}

/// What a command answers at once.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Reply {
    /// Done, or begun; events may follow.
    Accepted(Accepted),
    /// A connection.
    Call(Box<CallProperties>),
    /// Everybody in the call, the application itself not among them.
    Participants(Vec<ParticipantView>),
    /// A recording.
    Recording(RecordingView),
}

/// What is known of an operation that has begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Accepted {
    /// The operation, where the application can name it later (ACS `invitationId`).
    pub operation: Option<OperationId>,
}

/// Why a command was refused (contract: Call Automation §6, §9).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// 404/8522.
    #[error("find the call: it never existed, has ended, or belongs to another resource")]
    CallNotFound,
    /// 404/8522.
    #[error("find the participant {0} in the call")]
    ParticipantNotFound(Pii<String>),
    /// 400/8501.
    #[error("act on a call that is not established yet")]
    NotEstablished,
    /// 400/8528.
    #[error("act on a call that is already terminated")]
    AlreadyTerminated,
    /// 400/8523, naming the property.
    #[error("accept {property}: {reason}")]
    InvalidArgument {
        /// The JSON property.
        property: &'static str,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// 409/8519: the incoming call was already answered, redirected or rejected.
    #[error("act on an incoming call that was already answered, redirected or rejected")]
    AlreadyTaken,
    /// 400/8587: nobody took the incoming call in time.
    #[error("act on an incoming call that is no longer ringing")]
    NoLongerRinging,
    /// 409/8519: somebody with this identifier is already in the call.
    #[error("add a participant who is already in the call")]
    AlreadyInCall,
    /// 412/8583.
    #[error("run this media operation beside the one that runs now")]
    IncompatibleMediaOperation,
    /// 405/8522: it was not set up with the call.
    #[error("stream or transcribe: it was not configured when the call was made, answered or connected to")]
    NotConfigured,
    /// 409/8519: what was asked for runs already, or does not run.
    #[error("{0}")]
    Conflict(&'static str),
    /// 400/8553: the call is being recorded.
    #[error("record a call that is being recorded already: stop that recording first")]
    AlreadyRecording,
    /// 404/8522.
    #[error("find the recording: it never existed, has ended, or belongs to another resource")]
    RecordingNotFound,
    /// 409/8571: it is over.
    #[error("pause, resume or stop a recording that has ended")]
    RecordingEnded,
    /// 400/8573: it is paused already, or not paused.
    #[error("pause a recording that is paused, or resume one that is not")]
    RecordingUnchanged,
    /// 403/7507 or 7504: the dial plan refused; the reason is safe to show.
    #[error("call this destination: {0}")]
    Refused(String),
    /// 429 or 503: limits of the platform.
    #[error("take more calls: the limit of {limit} is reached")]
    Overloaded {
        /// The limit that was reached.
        limit: usize,
    },
}
