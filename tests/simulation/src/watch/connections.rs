//! What an application is told about its connection: connected first, updates
//! in their order, and one last event after which nothing follows.

use std::collections::BTreeMap;

use call_engine::{CallEvent, CallEventKind, CallState, ParticipantView};
use identifier::CallConnectionId;

use super::{Verdict, rule};

#[derive(Debug, Default)]
struct Connection {
    is_connected: bool,
    is_closed: bool,
    /// The summary of what was said may come before the last event.
    may_sum_up: bool,
    sequence: u32,
    roster: Vec<ParticipantView>,
}

/// The account of connections.
#[derive(Debug, Default)]
pub(crate) struct Connections(BTreeMap<CallConnectionId, Connection>);

impl Connections {
    pub(crate) fn opened(&mut self, id: CallConnectionId) {
        self.0.insert(id, Connection::default());
    }

    pub(crate) fn on_event(&mut self, event: &CallEvent) -> Verdict {
        let connection = self.0.get_mut(&event.connection);
        rule!(connection.is_some(), "an event of a connection that nobody was told of");
        let connection = connection.expect("was checked");
        rule!(!connection.is_closed, "{:?} follows the last event of its connection", event.kind);
        match &event.kind {
            CallEventKind::CallConnected => {
                rule!(!connection.is_connected, "CallConnected comes twice");
                connection.is_connected = true;
            }
            CallEventKind::CallDisconnected => connection.is_closed = true,
            CallEventKind::CreateCallFailed | CallEventKind::AnswerFailed | CallEventKind::ConnectFailed => {
                rule!(!connection.is_connected, "a set-up fails after CallConnected");
                connection.is_closed = true;
            }
            CallEventKind::ParticipantsUpdated { sequence, participants } => {
                rule!(connection.is_connected, "ParticipantsUpdated comes before CallConnected");
                rule!(
                    *sequence == connection.sequence + 1,
                    "ParticipantsUpdated {sequence} follows {}",
                    connection.sequence
                );
                connection.sequence = *sequence;
                connection.roster = participants.clone();
            }
            CallEventKind::TranscriptionStopped => connection.may_sum_up = true,
            other => rule!(connection.is_connected, "{other:?} comes before CallConnected"),
        }
        Ok(())
    }

    /// What an application was told last is what it would see if it asked.
    pub(crate) fn check(
        &self,
        id: CallConnectionId,
        now: Option<(CallState, Vec<ParticipantView>)>,
    ) -> Verdict {
        let Some(connection) = self.0.get(&id) else { return Ok(()) };
        let is_told = connection.is_closed == now.is_none() || (now.is_none() && connection.may_sum_up);
        rule!(is_told, "a connection is closed without its last event");
        let Some((_, participants)) = now else { return Ok(()) };
        rule!(
            participants == connection.roster,
            "an application was told {:?} and would see {participants:?}",
            connection.roster
        );
        Ok(())
    }

    pub(crate) fn open(&self) -> Vec<CallConnectionId> {
        self.0.iter().filter(|(_, connection)| !connection.is_closed).map(|(id, _)| *id).collect()
    }

    /// In the end every connection had its last event.
    pub(crate) fn check_closed(&self) -> Verdict {
        rule!(self.open().is_empty(), "{} connections never had a last event", self.open().len());
        Ok(())
    }
}
