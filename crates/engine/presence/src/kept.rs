//! What must last of somebody's presence, so that it outlives a process.

use crate::person::Presence;
use crate::preferred::PreferredState;
use crate::session::SessionState;
use crate::status_message::StatusMessage;

/// All that was said about one person by others than the platform itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptPerson {
    /// What applications said, by their client id.
    pub sessions: Vec<(Box<str>, KeptSession)>,
    /// What the person wants to be shown as.
    pub preferred: Option<(PreferredState, KeptLife)>,
    /// What the person says.
    pub status_message: Option<StatusMessage>,
    /// What everybody who wanted to know was last told.
    pub told: Option<Presence>,
}

/// What one application said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptSession {
    /// What.
    pub state: SessionState,
    /// From when until when.
    pub life: KeptLife,
}

/// From when until when something holds, in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptLife {
    /// From when.
    pub began_us: i64,
    /// Until when, if it ends by itself.
    pub ends_us: Option<i64>,
}

impl KeptPerson {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
