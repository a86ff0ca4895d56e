//! What a former process left behind: calls died with it, events did not.

use call_engine::{
    Application, CallEvent, CallEventKind, CallNotice, EndCause, NoticeKind, Outcome, ResultInformation,
};
use identifier::{CommunicationIdentifier, EventId, ParseIdError};
use store::{Connection, ConnectionFilter, OngoingCall, PageRequest, StoreError};
use tracing::{info, warn};

use crate::call_record;
use crate::core::Core;
use crate::recorder::{Entry, close, surviving_callback};
use crate::result_code::restarted_reason;

const TOGETHER: usize = 500;

/// Closes connections and calls that nobody holds any more, and tells everybody concerned. The
/// events are left in the outbox, from where they are delivered like all others.
pub(crate) async fn close_what_died(core: &Core) -> Result<(), StoreError> {
    let (mut connections, mut calls) = (0, 0);
    loop {
        let page = core
            .around
            .store
            .connections(&ConnectionFilter::default(), &PageRequest::new(TOGETHER, None))
            .await?;
        if page.items.is_empty() {
            break;
        }
        connections += page.items.len();
        let mut entry = Entry::default();
        page.items.iter().for_each(|connection| close_connection(core, connection, &mut entry));
        core.around.store.write(entry.writes).await?;
    }
    loop {
        let ongoing = core.around.store.ongoing_calls(TOGETHER).await?;
        if ongoing.is_empty() {
            break;
        }
        calls += ongoing.len();
        let mut entry = Entry::default();
        ongoing.iter().for_each(|call| end_call(core, call, &mut entry));
        core.around.store.write(entry.writes).await?;
    }
    if connections + calls > 0 {
        info!("{connections} connections and {calls} calls of a former process are closed");
    }
    Ok(())
}

fn close_connection(core: &Core, connection: &Connection, entry: &mut Entry) {
    match last_event(core, connection) {
        Ok(Some(event)) => entry.event(core, event),
        Ok(None) => {}
        Err(ParseIdError) => {
            warn!("connection {} has an unreadable id and is closed without an event", connection.id);
        }
    }
    entry.writes.push(match connection.id.parse() {
        Ok(id) => close(id),
        Err(ParseIdError) => store::Write::CloseConnection(connection.id.clone()),
    });
}

fn last_event(core: &Core, connection: &Connection) -> Result<Option<CallEvent>, ParseIdError> {
    let Some(callback) = surviving_callback(connection) else { return Ok(None) };
    // An application that was never told of a connection is told that there will be none.
    let kind = match (connection.established, &connection.answered_for) {
        (true, _) => CallEventKind::CallDisconnected,
        (false, Some(_)) => CallEventKind::AnswerFailed,
        (false, None) => CallEventKind::CreateCallFailed,
    };
    Ok(Some(CallEvent {
        id: core.draw(EventId::random),
        application: Application {
            resource: connection.resource.parse()?,
            callback,
            api_version: connection.api_version.as_str().into(),
        },
        connection: connection.id.parse()?,
        call: connection.call.parse()?,
        correlation: connection.correlation.parse()?,
        operation_context: connection.operation_context.as_deref().map(Into::into),
        result: Some(ResultInformation::of(Outcome::PlatformRestarted)),
        at: core.now(),
        kind,
    }))
}

fn end_call(core: &Core, call: &OngoingCall, entry: &mut Entry) {
    match end_notice(core, call) {
        Ok(notice) => entry.notice(core, &notice, Some(restarted_reason())),
        Err(ParseIdError) => warn!("call {} has an unreadable id and ends without an event", call.id),
    }
    // Whatever became of the notice, the call is over; a record that exists already stays.
    let row = call_record::row_of_the_dead(call, core.now().unix_us());
    entry.writes.push(store::Write::EndCall(row));
}

fn end_notice(core: &Core, call: &OngoingCall) -> Result<CallNotice, ParseIdError> {
    let now = core.now();
    let lasted_us = now.unix_us().saturating_sub(call.started_us).max(0);
    Ok(CallNotice {
        id: core.draw(EventId::random),
        resource: call.resource.parse()?,
        call: call.id.parse()?,
        correlation: call.correlation.parse()?,
        at: now,
        kind: NoticeKind::CallEnded {
            started_by: CommunicationIdentifier::from_raw_id(&call.started_by),
            ended_by: None,
            cause: EndCause::Unreachable,
            lasted: std::time::Duration::from_micros(lasted_us as u64),
            is_two_party: call.is_two_party,
        },
    })
}
