//! From what a verb refuses to what an application is told.

use call_engine::{
    AddParticipantError, CreateCallError, FindError, MediaError, ParticipantError, TakeError, TransferError,
};
use identifier::CommunicationIdentifier;
use redact::Pii;

use crate::command::CommandError;

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
            AddParticipantError::AlreadyInCall => Self::AlreadyInCall,
            AddParticipantError::TooMany { limit } => Self::Overloaded { limit },
        }
    }
}

impl From<ParticipantError> for CommandError {
    fn from(error: ParticipantError) -> Self {
        match error {
            ParticipantError::NotEstablished => Self::NotEstablished,
            ParticipantError::NotInCall(identifier) => not_in_call(&identifier),
        }
    }
}

impl From<MediaError> for CommandError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::NotEstablished => Self::NotEstablished,
            MediaError::NotInCall(identifier) => not_in_call(&identifier),
            MediaError::Incompatible => Self::IncompatibleMediaOperation,
            MediaError::NoSpeech => invalid(
                "callIntelligenceOptions.cognitiveServicesEndpoint",
                "name a speech service when the call is made or answered, or play a file",
            ),
            MediaError::TooMany { limit } => Self::Overloaded { limit },
        }
    }
}

impl From<TransferError> for CommandError {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::NotEstablished => Self::NotEstablished,
            TransferError::NotInCall(identifier) => not_in_call(&identifier),
            TransferError::AlreadyInCall => Self::AlreadyInCall,
            TransferError::TransfereeMissing => {
                invalid("transferee", "name the participant who is to be transferred out of the group call")
            }
            TransferError::TooMany { limit } => Self::Overloaded { limit },
        }
    }
}

fn not_in_call(identifier: &CommunicationIdentifier) -> CommandError {
    CommandError::ParticipantNotFound(Pii::new(identifier.raw_id()))
}

fn invalid(property: &'static str, reason: &str) -> CommandError {
    CommandError::InvalidArgument { property, reason: reason.to_owned() }
}
