//! The account of a call after it ended.

use std::time::Duration;

use clock::Now;
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, ResourceId};

use crate::outcome::EndCause;

/// One call, from its first leg to its end. Every call leaves exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The call.
    pub call: CallId,
    /// The chain of calls.
    pub correlation: CorrelationId,
    /// The resource it concerns.
    pub resource: ResourceId,
    /// The application's hold on it, when one ever had one.
    pub connection: Option<CallConnectionId>,
    /// Who called.
    pub started_by: CommunicationIdentifier,
    /// Everybody who was ever connected, in the order in which they joined.
    pub participants: Vec<CommunicationIdentifier>,
    /// When the first leg appeared.
    pub began: Now,
    /// When the parties were connected; absent for a call that never was.
    pub connected: Option<Now>,
    /// When it ended.
    pub ended: Now,
    /// Why.
    pub cause: EndCause,
    /// Who ended it; the platform or an application when absent.
    pub ended_by: Option<CommunicationIdentifier>,
}

impl CallRecord {
    /// How long the parties were connected.
    pub fn lasted(&self) -> Duration {
        self.connected.map_or(Duration::ZERO, |connected| self.ended.since(connected))
    }
}
