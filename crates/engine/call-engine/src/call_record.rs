//! The account of a call after it ended.

use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};
use clock::Now;
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, ResourceId};

use crate::leg_port::{Invitation, RejectReason};
use crate::outcome::EndCause;

/// One call, from its first leg to its end. Every call leaves exactly one, also one that was
/// refused, unless the platform was too full to take it or nobody vouched for the caller.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CallRecord {
    /// The call.
    pub call: CallId,
    /// The chain of calls.
    pub correlation: CorrelationId,
    /// The resource it concerns; absent for a call that was refused before that was known.
    pub resource: Option<ResourceId>,
    /// The application's hold on it, when one ever had one.
    pub connection: Option<CallConnectionId>,
    /// Who called.
    pub started_by: CommunicationIdentifier,
    /// Who was called: the callees, or what was dialled.
    pub called: Vec<CommunicationIdentifier>,
    /// Everybody who was ever called into it, by the identity at which it rang, in that order; the first 400.
    pub rung: Vec<CommunicationIdentifier>,
    /// Everybody who was ever connected, in the order in which they joined.
    pub participants: Vec<CommunicationIdentifier>,
    /// When each of them was, in the order in which they joined; the first 400.
    pub stays: Vec<Stay>,
    /// Never more than an application and somebody, or two people.
    pub is_two_party: bool,
    /// When the first leg appeared.
    pub began: Now,
    /// When the parties were connected; absent for a call that never was.
    pub connected: Option<Now>,
    /// When it ended.
    pub ended: Now,
    /// Why.
    pub cause: EndCause,
    /// Who ended it, an application by its own identity or number; the platform itself when absent.
    pub ended_by: Option<CommunicationIdentifier>,
}

/// Somebody was connected.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Stay {
    /// Who.
    pub who: CommunicationIdentifier,
    /// From then on.
    pub joined: Now,
    /// Until then; they may have come back.
    pub left: Option<Now>,
}

impl CallRecord {
    /// Of a call that led nowhere.
    pub(crate) fn refused(
        call: CallId,
        correlation: CorrelationId,
        resource: Option<ResourceId>,
        invitation: &Invitation,
        reason: RejectReason,
        now: Now,
    ) -> Self {
        let dialled = invitation.dialled.expose();
        let number = dialled.parse().map(CommunicationIdentifier::phone);
        Self {
            call,
            correlation,
            resource,
            connection: None,
            started_by: invitation.from.clone(),
            called: vec![number.unwrap_or_else(|_| CommunicationIdentifier::from_raw_id(dialled))],
            rung: Vec::new(),
            participants: Vec::new(),
            stays: Vec::new(),
            is_two_party: true,
            began: now,
            connected: None,
            ended: now,
            cause: reason.cause(),
            ended_by: None,
        }
    }

    /// How long the parties were connected.
    pub fn lasted(&self) -> Duration {
        self.connected.map_or(Duration::ZERO, |connected| self.ended.since(connected))
    }
}
