//! What the world learns about calls: one record and one release per call,
//! a start before an end, and as many who leave as who joined.

use std::collections::{BTreeMap, BTreeSet};

use call_engine::{CallNotice, CallRecord, NoticeKind};
use identifier::{CallId, CommunicationIdentifier};

use super::{Verdict, rule};

#[derive(Debug, Default)]
struct Call {
    is_started: bool,
    is_ended: bool,
    records: u32,
    present: BTreeSet<CommunicationIdentifier>,
}

/// The account of calls.
#[derive(Debug, Default)]
pub(crate) struct Records(BTreeMap<CallId, Call>);

impl Records {
    /// The call exists.
    pub(crate) fn on_call(&mut self, call: CallId) {
        self.0.entry(call).or_default();
    }

    pub(crate) fn on_notice(&mut self, notice: &CallNotice) -> Verdict {
        let call = self.0.entry(notice.call).or_default();
        rule!(!call.is_ended, "a notice follows CallEnded");
        match &notice.kind {
            NoticeKind::IncomingCall(_) => {
                rule!(!call.is_started, "a call that runs is offered");
            }
            NoticeKind::CallStarted { .. } => {
                rule!(!call.is_started, "a call starts twice");
                call.is_started = true;
            }
            NoticeKind::ParticipantAdded { participant, .. } => {
                rule!(call.is_started, "somebody joins before the call starts");
                let is_new = call.present.insert(participant.clone());
                rule!(is_new, "{participant} is in a call twice under one name");
            }
            NoticeKind::ParticipantRemoved { participant, .. } => {
                let was_there = call.present.remove(participant);
                rule!(was_there, "{participant} leaves without having joined");
            }
            NoticeKind::CallEnded { .. } => {
                rule!(call.is_started, "a call ends that never started");
                rule!(call.present.is_empty(), "a call ends with {:?} in it", call.present);
                call.is_ended = true;
            }
        }
        Ok(())
    }

    pub(crate) fn on_record(&mut self, record: &CallRecord) -> Verdict {
        let call = self.0.entry(record.call).or_default();
        call.records += 1;
        rule!(call.records == 1, "a call leaves two records");
        rule!(call.is_started == record.connected.is_some(), "a record disagrees about the start");
        Ok(())
    }

    pub(crate) fn check_complete(&self) -> Verdict {
        for (id, call) in &self.0 {
            rule!(call.records == 1, "{id} left {} records", call.records);
            rule!(call.is_started == call.is_ended, "{id} started and never ended");
        }
        Ok(())
    }
}
