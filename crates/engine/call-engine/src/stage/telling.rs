//! What applications and subscribers are told.

use std::sync::Arc;

use clock::Now;
use identifier::{CallConnectionId, EventId};

use super::{Stage, Ticket};
use crate::application::Callback;
use crate::event::{CallEvent, CallEventKind};
use crate::notice::{CallNotice, NoticeKind};
use crate::outcome::ResultInformation;

impl Stage {
    /// A fact about an operation, for the application.
    pub(crate) fn event(
        &mut self,
        ticket: &Ticket,
        kind: CallEventKind,
        result: impl Into<Option<ResultInformation>>,
        now: Now,
    ) -> CallEvent {
        let context = ticket.operation_context.clone();
        self.event_of(ticket.connection, ticket.callback.clone(), context, kind, result.into(), now)
    }

    /// A fact about a connection itself.
    pub(crate) fn connection_event(
        &mut self,
        connection: CallConnectionId,
        kind: CallEventKind,
        result: impl Into<Option<ResultInformation>>,
        now: Now,
    ) -> CallEvent {
        let context = self.connection(connection).and_then(|connection| connection.operation_context.clone());
        self.event_of(connection, None, context, kind, result.into(), now)
    }

    /// A fact for the application that asks now.
    pub(crate) fn event_at(
        &mut self,
        callback: Option<Callback>,
        operation_context: Option<Arc<str>>,
        kind: CallEventKind,
        result: Option<ResultInformation>,
        now: Now,
    ) -> CallEvent {
        self.event_of(self.acting(), callback, operation_context, kind, result, now)
    }

    pub(crate) fn event_of(
        &mut self,
        connection: CallConnectionId,
        callback: Option<Callback>,
        operation_context: Option<Arc<str>>,
        kind: CallEventKind,
        result: Option<ResultInformation>,
        now: Now,
    ) -> CallEvent {
        let id = EventId::random(&mut self.entropy);
        let connection =
            self.connection(connection).expect("operations run only while their application holds the call");
        let mut application = connection.application.clone();
        if let Some(callback) = callback {
            application.callback = callback;
        }
        CallEvent {
            id,
            application,
            connection: connection.id,
            call: self.id,
            correlation: self.correlation,
            operation_context,
            result,
            at: now,
            kind,
        }
    }

    pub(crate) fn publish(&mut self, event: CallEvent) {
        self.outbox.events.push_back(event);
    }

    pub(crate) fn notify(&mut self, kind: NoticeKind, now: Now) {
        self.outbox.notices.push_back(CallNotice {
            id: EventId::random(&mut self.entropy),
            resource: self.resource,
            call: self.id,
            correlation: self.correlation,
            at: now,
            kind,
        });
    }
}
