//! The exchange: call engine, dial plan and directory as one value.

use std::sync::Arc;

use call_engine::{CallEvent, CallNotice, Invitation, LegReport, LegRequest};
use clock::{Deadline, Now};
use entropy::Entropy;
use identifier::{CallId, Home, LegId};
use media_plan::{MediaReport, MediaRequest};
use tenant::Directory;

use crate::command::{Command, CommandError, Reply};

/// What one exchange takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls at the same time.
    pub calls: usize,
    /// Participants in one call (contract: Call Automation §18 says 350).
    pub participants: usize,
    /// Media operations waiting in one call.
    pub queued_operations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls: 10_000, participants: 350, queued_operations: 64 }
    }
}

/// All calls of one shard.
#[derive(Debug)]
pub struct Exchange {}

#[allow(unused_variables)]
impl Exchange {
    /// An empty exchange at `home`.
    pub fn new(home: Home, directory: Arc<Directory>, limits: Limits, entropy: Entropy) -> Self {
        todo!()
    }

    /// A new snapshot; calls in progress keep what they began with.
    pub fn handle_directory(&mut self, directory: Arc<Directory>) {
        todo!()
    }

    /// A call arrives on a leg that an edge made.
    pub fn handle_invitation(&mut self, leg: LegId, invitation: Invitation, now: Now) {
        todo!()
    }

    /// An edge saw something on a leg.
    pub fn handle_leg(&mut self, leg: LegId, report: LegReport, now: Now) {
        todo!()
    }

    /// Media saw something in a call.
    pub fn handle_media(&mut self, call: CallId, report: MediaReport, now: Now) {
        todo!()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        todo!()
    }

    /// An application asks.
    pub fn handle_command(&mut self, command: Command, now: Now) -> Result<Reply, CommandError> {
        todo!()
    }

    /// The next request for an edge; the call decides which media the leg joins.
    pub fn poll_leg(&mut self) -> Option<(CallId, LegId, LegRequest)> {
        todo!()
    }

    /// The next request for media.
    pub fn poll_media(&mut self) -> Option<(CallId, MediaRequest)> {
        todo!()
    }

    /// The next fact for an application.
    pub fn poll_event(&mut self) -> Option<CallEvent> {
        todo!()
    }

    /// The next fact for the subscribers of a resource.
    pub fn poll_notice(&mut self) -> Option<CallNotice> {
        todo!()
    }

    /// When to come back, and why.
    pub fn poll_timeout(&self) -> Option<(Deadline, &'static str)> {
        todo!()
    }
}
