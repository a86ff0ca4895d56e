//! What the switchboard hands out: one port per listener.

use std::sync::Arc;

use call_engine::{CallEvent, CallNotice, CallProperties, CallRecord, LegRequest};
use identifier::{CallConnectionId, CallId, LegId};
use journal::Journal;
use media_plan::MediaRequest;

use crate::callbacks::Reservation;

/// Signaling. Never blocks: a request that cannot be taken ends its leg.
pub trait LegPort: Send + Sync {
    /// The engine asks something of a leg.
    fn request(&self, call: CallId, leg: LegId, request: LegRequest);
}

/// Media. Never blocks.
pub trait MediaPort: Send + Sync {
    /// The engine asks something of a call's media.
    fn request(&self, call: CallId, request: MediaRequest);
}

/// What must last, in the order in which it happened.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Connections that were made; closed on the next start if this process dies first.
    pub opened: Vec<CallProperties>,
    /// Facts for applications.
    pub events: Vec<CallEvent>,
    /// Facts for subscribers.
    pub notices: Vec<CallNotice>,
    /// The accounts of calls that are over.
    pub records: Vec<CallRecord>,
    /// Connections that ended.
    pub closed: Vec<CallConnectionId>,
    /// Numbers that help calls back, reserved for whoever called for it.
    pub reserved: Vec<Reservation>,
}

impl Batch {
    /// Nothing of it must last.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { opened, events, notices, records, closed, reserved } = self;
        opened.is_empty()
            && events.is_empty()
            && notices.is_empty()
            && records.is_empty()
            && closed.is_empty()
            && reserved.is_empty()
    }
}

/// Resolves when the batch is durable; an error means the store refused it.
pub type Committed = tokio::sync::oneshot::Receiver<Result<(), Arc<str>>>;

/// The keeper of what must last: the outbox and the list of open connections.
pub trait Ledger: Send + Sync {
    /// Takes a batch; never blocks. Batches become durable in the order given (group commit),
    /// and events leave for their applications only after that.
    fn commit(&self, batch: Batch) -> Committed;
}

/// All ports of a switchboard.
#[derive(Clone)]
pub struct Ports {
    /// Signaling.
    pub legs: Arc<dyn LegPort>,
    /// Media.
    pub media: Arc<dyn MediaPort>,
    /// What must last.
    pub ledger: Arc<dyn Ledger>,
    /// What happens is written down here, so that a call can be lived again; absent when nobody wants that.
    pub journal: Option<Journal>,
}
