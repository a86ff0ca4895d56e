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
            Command::Answer { call, .. } | Command::Redirect { call, .. } | Command::Reject { call, .. } => {
                Self::Call(*call)
            }
            other => other.connection().map_or(Self::Anybody, Self::Connection),
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
