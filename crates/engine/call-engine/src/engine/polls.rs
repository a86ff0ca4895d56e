//! What must happen next, one door per listener.

use clock::Deadline;
use identifier::{CallId, LegId};
use media_plan::MediaRequest;

use super::CallEngine;
use crate::call_record::CallRecord;
use crate::event::CallEvent;
use crate::leg_port::LegRequest;
use crate::notice::CallNotice;

impl CallEngine {
    /// The next request for the edge that owns the leg.
    pub fn poll_leg(&mut self) -> Option<(CallId, LegId, LegRequest)> {
        self.outbox.legs.pop_front()
    }

    /// The next request for media.
    pub fn poll_media(&mut self) -> Option<(CallId, MediaRequest)> {
        self.outbox.media.pop_front()
    }

    /// The next fact for an application.
    pub fn poll_event(&mut self) -> Option<CallEvent> {
        self.outbox.events.pop_front()
    }

    /// The next fact for the subscribers of a resource.
    pub fn poll_notice(&mut self) -> Option<CallNotice> {
        self.outbox.notices.pop_front()
    }

    /// The account of the next call that ended.
    pub fn poll_record(&mut self) -> Option<CallRecord> {
        self.outbox.records.pop_front()
    }

    /// When to come back, and why.
    pub fn poll_timeout(&self) -> Option<(Deadline, &'static str)> {
        self.deadlines.next().map(|(deadline, (_, timer))| (deadline, timer.reason()))
    }
}
