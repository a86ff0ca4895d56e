//! The handle that every edge holds.

use std::sync::Arc;

use call_engine::{Invitation, LegReport};
use clock::Now;
use exchange::{Command, CommandError, Reply};
use identifier::{CallId, LegId};
use media_plan::MediaReport;
use tenant::Directory;

use crate::port::Ports;

/// Why a command got no answer from an exchange.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    /// The exchange refused it.
    #[error(transparent)]
    Refused(#[from] CommandError),
    /// The mailbox is full; the caller may try again.
    #[error("take the request: the mailbox is full")]
    Overloaded,
    /// It happened, but could not be made durable, so it is not acknowledged.
    #[error("make the result durable")]
    NotDurable,
    /// The process is stopping.
    #[error("take the request: the platform is stopping")]
    Stopping,
}

/// Starts and reaches the exchanges of this process. Cheap to clone.
#[derive(Clone)]
pub struct Board {}

#[allow(unused_variables)]
impl Board {
    /// Starts `shards` threads, each with an exchange of its own. The ports are handed in by
    /// [`attach`](Self::attach) because edges need the board before they exist.
    pub fn start(shards: u16, directory: Arc<Directory>, limits: exchange::Limits) -> Self {
        todo!()
    }

    /// Attaches the ports; until then what the exchanges say waits.
    pub fn attach(&self, ports: Ports) {
        todo!()
    }

    /// Reads the clock: the only place where the platform's time is made.
    pub fn now(&self) -> Now {
        todo!()
    }

    /// The directory snapshot in force.
    pub fn directory(&self) -> Arc<Directory> {
        todo!()
    }

    /// A new id for an inbound leg, on the shard that shall own it.
    pub fn new_leg(&self) -> LegId {
        todo!()
    }

    /// A call arrives. `false`: no room, refuse with 503.
    pub fn invite(&self, leg: LegId, invitation: Invitation) -> bool {
        todo!()
    }

    /// Something was seen on a leg. Never lost: waits in the edge's own task if the mailbox is full.
    pub fn report_leg(&self, leg: LegId, report: LegReport) {
        todo!()
    }

    /// Something was seen by media, at `at`.
    pub fn report_media(&self, call: CallId, report: MediaReport, at: Now) {
        todo!()
    }

    /// An application asks; answered once the result is durable.
    pub async fn command(&self, command: Command) -> Result<Reply, BoardError> {
        todo!()
    }

    /// Takes no new calls; returns when the last call has ended or `patience` has passed.
    pub async fn drain(&self, patience: std::time::Duration) {
        todo!()
    }
}
