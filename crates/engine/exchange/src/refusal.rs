//! From what a verb refuses to what an application is told.

use call_engine::{
    AddParticipantError, CreateCallError, FindError, JoinError, MediaError, MoveError, ParticipantError,
    RecordingError, SubscriptionError, TakeError, TransferError,
};
use identifier::CommunicationIdentifier;
use redact::Pii;

use crate::command::CommandError;

/// What applications may not do to somebody who needs help (contract: Teams Phone §1.16).
const FOR_HELP: CommandError = CommandError::Conflict(
    "do this to a call for help: while it lasts nobody is held, muted, transferred, moved, added, removed or recorded",
);

impl From<FindError> for CommandError {
    fn from(error: FindError) -> Self {
        match error {
            FindError::NotFound => Self::CallNotFound,
            FindError::AlreadyTerminated => Self::AlreadyTerminated,
        }
    }
}

impl From<TakeError> for CommandError {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::NotFound => Self::CallNotFound,
            TakeError::AlreadyTaken => Self::AlreadyTaken,
            TakeError::NoLongerRinging => Self::NoLongerRinging,
            TakeError::OnBehalf => invalid(
                "incomingCallContext",
                "a call on behalf of a resource account cannot be redirected: answer it, and add whom it is for",
            ),
        }
    }
}

impl From<CreateCallError> for CommandError {
    fn from(error: CreateCallError) -> Self {
        match error {
            CreateCallError::NoTarget => invalid("targets", "name at least one target"),
            CreateCallError::TargetTwice => invalid("targets", "name each target once"),
            CreateCallError::TooManyParticipants { limit } => {
                invalid("targets", &format!("name at most {limit} targets"))
            }
            CreateCallError::TooManyCalls { limit } => Self::Overloaded { limit },
        }
    }
}

impl From<AddParticipantError> for CommandError {
    fn from(error: AddParticipantError) -> Self {
        match error {
            AddParticipantError::NotEstablished => Self::NotEstablished,
            AddParticipantError::ForHelp => FOR_HELP,
            AddParticipantError::AlreadyInCall => Self::AlreadyInCall,
            AddParticipantError::TooMany { limit } => Self::Overloaded { limit },
        }
    }
}

impl From<ParticipantError> for CommandError {
    fn from(error: ParticipantError) -> Self {
        match error {
            ParticipantError::NotEstablished => Self::NotEstablished,
            ParticipantError::ForHelp => FOR_HELP,
            ParticipantError::NotInCall(identifier) => not_in_call(&identifier),
        }
    }
}

impl From<MediaError> for CommandError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::NotEstablished => Self::NotEstablished,
            MediaError::ForHelp => FOR_HELP,
            MediaError::NotInCall(identifier) => not_in_call(&identifier),
            MediaError::Incompatible => Self::IncompatibleMediaOperation,
            MediaError::NoSpeech => invalid(
                "callIntelligenceOptions.cognitiveServicesEndpoint",
                "name a speech service when the call is made or answered, or play a file",
            ),
            MediaError::NoEar => invalid(
                "callIntelligenceOptions.cognitiveServicesEndpoint",
                "name a speech service when the call is made, answered or connected to, or recognize keys",
            ),
            MediaError::TooMany { limit } => Self::Overloaded { limit },
        }
    }
}

impl From<TransferError> for CommandError {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::NotEstablished => Self::NotEstablished,
            TransferError::ForHelp => FOR_HELP,
            TransferError::NotInCall(identifier) => not_in_call(&identifier),
            TransferError::AlreadyInCall => Self::AlreadyInCall,
            TransferError::TransfereeMissing => {
                invalid("transferee", "name the participant who is to be transferred out of the group call")
            }
            TransferError::TooMany { limit } => Self::Overloaded { limit },
        }
    }
}

impl From<JoinError> for CommandError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::NotFound => Self::CallNotFound,
            JoinError::TooMany { limit } => Self::Overloaded { limit },
        }
    }
}

impl From<MoveError> for CommandError {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::Call(error) => error.into(),
            MoveError::FromNotFound => {
                invalid("fromCall", "it is not the connection of a call that this resource holds")
            }
            MoveError::SameCall => invalid("fromCall", "name another call than the one they are moved to"),
            MoveError::NotEstablished => Self::NotEstablished,
            MoveError::ForHelp => FOR_HELP,
        }
    }
}

impl From<SubscriptionError> for CommandError {
    fn from(error: SubscriptionError) -> Self {
        match error {
            SubscriptionError::NotEstablished => Self::NotEstablished,
            SubscriptionError::NotConfigured => Self::NotConfigured,
            SubscriptionError::Running => Self::Conflict("start what runs already: stop it first"),
            SubscriptionError::NotRunning => {
                Self::Conflict("stop or change what does not run: start it first")
            }
            SubscriptionError::TooMany { limit } => Self::Overloaded { limit },
        }
    }
}

impl From<RecordingError> for CommandError {
    fn from(error: RecordingError) -> Self {
        match error {
            RecordingError::CallNotFound => Self::CallNotFound,
            RecordingError::AlreadyTerminated => Self::AlreadyTerminated,
            RecordingError::NotEstablished => Self::NotEstablished,
            RecordingError::AlreadyRecording => Self::AlreadyRecording,
            RecordingError::ForHelp => FOR_HELP,
            RecordingError::NotFound => Self::RecordingNotFound,
            RecordingError::Ended => Self::RecordingEnded,
            RecordingError::NoChange => Self::RecordingUnchanged,
        }
    }
}

fn not_in_call(identifier: &CommunicationIdentifier) -> CommandError {
    CommandError::ParticipantNotFound(Pii::new(identifier.raw_id()))
}

fn invalid(property: &'static str, reason: &str) -> CommandError {
    CommandError::InvalidArgument { property, reason: reason.to_owned() }
}
