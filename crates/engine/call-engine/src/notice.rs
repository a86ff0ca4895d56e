//! What the world learns about calls: the facts behind the Event Grid events.

use std::sync::Arc;
use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};
use clock::Now;
use identifier::{CallId, CommunicationIdentifier, CorrelationId, EventId, PhoneNumber, ResourceId, UserId};
use redact::Pii;

use crate::leg_port::CustomHeaders;
use crate::outcome::EndCause;

/// One fact for all subscribers of a resource.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CallNotice {
    /// The same across all attempts and all subscribers.
    pub id: EventId,
    /// The communication resource it concerns.
    pub resource: ResourceId,
    /// The call.
    pub call: CallId,
    /// The chain of calls.
    pub correlation: CorrelationId,
    /// When it happened.
    pub at: Now,
    /// What happened.
    pub kind: NoticeKind,
}

/// What happened (contract: Call Automation §11.3).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum NoticeKind {
    /// A call waits for an application to answer, redirect or reject it.
    IncomingCall(Box<IncomingCall>),
    /// The first two parties are connected.
    CallStarted {
        /// Who called.
        started_by: CommunicationIdentifier,
        /// Two parties rather than a group.
        is_two_party: bool,
    },
    /// Somebody joined.
    ParticipantAdded {
        /// Who.
        participant: CommunicationIdentifier,
        /// Whose phone it is, of one of ours: also of somebody who withholds their number.
        phone: Option<UserId>,
        /// Who called.
        started_by: CommunicationIdentifier,
        /// Two parties rather than a group.
        is_two_party: bool,
    },
    /// Somebody left.
    ParticipantRemoved {
        /// Who.
        participant: CommunicationIdentifier,
        /// Whose phone it is, of one of ours: also of somebody who withholds their number.
        phone: Option<UserId>,
        /// Who called.
        started_by: CommunicationIdentifier,
        /// Two parties rather than a group.
        is_two_party: bool,
    },
    /// The call is over.
    CallEnded {
        /// Who called.
        started_by: CommunicationIdentifier,
        /// Who ended it, an application by its own identity or number; the platform itself when absent.
        ended_by: Option<CommunicationIdentifier>,
        /// Why.
        cause: EndCause,
        /// From the first connection to the end.
        #[borsh(serialize_with = "clock::span::write", deserialize_with = "clock::span::read")]
        lasted: Duration,
        /// Two parties rather than a group.
        is_two_party: bool,
    },
}

/// A call that waits for an application.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct IncomingCall {
    /// The number or identity that was called.
    pub to: CommunicationIdentifier,
    /// The service number that was dialled, when one was.
    pub dialled: Option<PhoneNumber>,
    /// The caller.
    pub from: CommunicationIdentifier,
    /// The resource account in whose name the caller wants to call `to`.
    pub on_behalf_of: Option<CommunicationIdentifier>,
    /// The caller's display name.
    pub display_name: Option<Pii<Arc<str>>>,
    /// Headers of the caller's signaling.
    pub headers: CustomHeaders,
    /// The call can be answered for this long; the sealed context expires with it.
    #[borsh(serialize_with = "clock::span::write", deserialize_with = "clock::span::read")]
    pub ring_for: Duration,
}
