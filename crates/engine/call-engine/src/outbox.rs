//! What must happen next, one queue per listener.

use std::collections::VecDeque;

use clock::Deadline;
use identifier::{CallConnectionId, CallId, LegId, OperationId, RecordingId, ResourceId};
use media_plan::MediaRequest;

use crate::call_record::CallRecord;
use crate::event::CallEvent;
use crate::leg_port::LegRequest;
use crate::notice::CallNotice;

/// A call's wish to be woken, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Timer {
    /// No application took the call.
    Offer,
    /// Nobody answered on this leg, or acknowledged our answer.
    Ring(LegId),
    /// The edge never told that this leg has ended.
    Gone(LegId),
    /// An operation waits.
    Operation(OperationId),
    /// The call is over, and its summary is awaited.
    Summary(CallConnectionId),
}

impl Timer {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Offer => "an incoming call waits for an application",
            Self::Ring(_) => "a leg waits for an answer",
            Self::Gone(_) => "a leg is being ended",
            Self::Operation(_) => "an operation waits",
            Self::Summary(_) => "a call that is over is being summed up",
        }
    }
}

/// A change of what the engine keeps about its calls, outside of the call itself.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// The leg belongs to this call now.
    LegAdopted(LegId),
    /// The leg is over.
    LegGone(LegId),
    /// The leg calls somebody else now.
    LegTurned(LegId),
    /// The timer is set, or set again.
    TimerSet(Timer, Deadline),
    /// The timer is not needed any more.
    TimerCanceled(Timer),
    /// An application holds this call.
    ConnectionOpened(CallConnectionId),
    /// An application let go of this call.
    ConnectionClosed(CallConnectionId, ResourceId),
    /// The call is being recorded.
    RecordingOpened(RecordingId),
    /// The recording is over.
    RecordingClosed(RecordingId, ResourceId),
}

/// So many records wait for a listener; the oldest are forgotten first.
const MOST_RECORDS: usize = 10_000;

/// What must happen next.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub legs: VecDeque<(CallId, LegId, LegRequest)>,
    pub media: VecDeque<(CallId, MediaRequest)>,
    pub events: VecDeque<CallEvent>,
    pub notices: VecDeque<CallNotice>,
    pub records: VecDeque<CallRecord>,
}

impl Outbox {
    pub(crate) fn append(&mut self, other: &mut Self) {
        self.legs.append(&mut other.legs);
        self.media.append(&mut other.media);
        self.events.append(&mut other.events);
        self.notices.append(&mut other.notices);
        other.records.drain(..).for_each(|record| self.record(record));
    }

    /// Keeps the account of a call.
    pub(crate) fn record(&mut self, record: CallRecord) {
        if self.records.len() >= MOST_RECORDS {
            self.records.pop_front();
        }
        self.records.push_back(record);
    }
}
