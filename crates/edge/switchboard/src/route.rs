//! Which shard a command belongs to.

use exchange::Command;
use identifier::{CallConnectionId, CallId, Home, RecordingId};

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A call that waits for an application, or that others hold.
    Call(CallId),
    /// A connection.
    Connection(CallConnectionId),
    /// A recording.
    Recording(RecordingId),
    /// Something new, which any shard may own.
    Anybody,
}

impl Owner {
    /// Read from the ids in the command alone.
    pub(crate) fn of(command: &Command) -> Self {
        if let Some(call) = command.call() {
            return Self::Call(call);
        }
        if let Some(recording) = command.recording() {
            return Self::Recording(recording);
        }
        command.connection().map_or(Self::Anybody, Self::Connection)
    }

    /// Where the owner lives; nowhere in particular for something new.
    pub(crate) fn home(self) -> Option<Home> {
        match self {
            Self::Call(call) => Some(call.home()),
            Self::Connection(connection) => Some(connection.home()),
            Self::Recording(recording) => Some(recording.home()),
            Self::Anybody => None,
        }
    }
}
