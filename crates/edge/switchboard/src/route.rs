//! Which shard a command belongs to.

use exchange::Command;
use identifier::{CallConnectionId, CallId, Home};

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A call that waits for an application.
    Call(CallId),
    /// A connection.
    Connection(CallConnectionId),
    /// Something new, which any shard may own.
    Anybody,
}

impl Owner {
    /// Read from the ids in the command alone.
    pub(crate) fn of(command: &Command) -> Self {
        match command {
            Command::CreateCall { .. } => Self::Anybody,
            Command::Answer { call, .. } | Command::Redirect { call, .. } | Command::Reject { call, .. } => {
                Self::Call(*call)
            }
            Command::Properties { connection, .. }
            | Command::Participants { connection, .. }
            | Command::HangUp { connection, .. }
            | Command::Terminate { connection, .. }
            | Command::Transfer { connection, .. }
            | Command::AddParticipant { connection, .. }
            | Command::CancelAddParticipant { connection, .. }
            | Command::RemoveParticipant { connection, .. }
            | Command::Mute { connection, .. }
            | Command::Play { connection, .. }
            | Command::CancelAllMediaOperations { connection, .. }
            | Command::Recognize { connection, .. }
            | Command::StartContinuousTones { connection, .. }
            | Command::StopContinuousTones { connection, .. }
            | Command::SendTones { connection, .. }
            | Command::Hold { connection, .. }
            | Command::Unhold { connection, .. }
            | Command::Echo { connection, .. } => Self::Connection(*connection),
        }
    }

    /// Where the owner lives; nowhere in particular for something new.
    pub(crate) fn home(self) -> Option<Home> {
        match self {
            Self::Call(call) => Some(call.home()),
            Self::Connection(connection) => Some(connection.home()),
            Self::Anybody => None,
        }
    }
}
