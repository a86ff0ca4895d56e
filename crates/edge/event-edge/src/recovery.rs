//! What a former process left behind: calls died with it, events did not.

use call_engine::{
    Application, CallEvent, CallEventKind, CallNotice, Callback, EndCause, NoticeKind, Outcome,
    RecordingStatus, ResultInformation,
};
use clock::Now;
use identifier::{CallConnectionId, CommunicationIdentifier, EventId, ParseIdError, RecordingId};
use store::{Connection, ConnectionFilter, OngoingCall, PageRequest, StoreError, ToldRecording};
use tracing::{info, warn};

use crate::call_record;
use crate::core::Core;
use crate::recorder::{Entry, close, surviving_callback};
use crate::result_code::restarted_reason;

const TOGETHER: usize = 500;

/// Closes recordings, connections and calls that nobody holds any more, and tells everybody concerned. The
/// events are left in the outbox, from where they are delivered like all others.
pub(crate) async fn close_what_died(core: &Core) -> Result<(), StoreError> {
    let (mut connections, mut calls) = (0, 0);
    loop {
        let told = core.around.store.told_recordings(TOGETHER).await?;
        if told.is_empty() {
            break;
        }
        let mut entry = Entry::default();
        told.iter().for_each(|recording| end_recording(core, recording, &mut entry));
        core.around.store.write(entry.writes).await?;
    }
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
    let kind = match (connection.established, connection.joined, &connection.answered_for) {
        (true, ..) => CallEventKind::CallDisconnected,
        (false, true, _) => CallEventKind::ConnectFailed,
        (false, false, Some(_)) => CallEventKind::AnswerFailed,
        (false, false, None) => CallEventKind::CreateCallFailed,
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

/// The file is made whole and announced by whoever records; that nothing more is kept is told here.
fn end_recording(core: &Core, told: &ToldRecording, entry: &mut Entry) {
    match last_state(core, told) {
        Ok(event) => entry.event(core, event),
        Err(ParseIdError) => {
            warn!("recording {} has an unreadable id and ends without an event", told.recording);
        }
    }
    entry.writes.push(store::Write::RemoveToldRecording(told.recording.clone()));
}

fn last_state(core: &Core, told: &ToldRecording) -> Result<CallEvent, ParseIdError> {
    let recording: RecordingId = told.recording.parse()?;
    Ok(CallEvent {
        id: core.draw(EventId::random),
        application: Application {
            resource: told.resource.parse()?,
            callback: Callback::Uri(told.callback.as_str().into()),
            api_version: told.api_version.as_str().into(),
        },
        connection: CallConnectionId::from_u128(recording.as_u128()),
        call: told.call.parse()?,
        correlation: told.correlation.parse()?,
        operation_context: None,
        result: Some(ResultInformation::of(Outcome::PlatformRestarted)),
        at: core.now(),
        kind: CallEventKind::RecordingStateChanged(RecordingStatus {
            recording,
            connection: told.connection.as_deref().map(str::parse).transpose()?,
            is_active: false,
            is_over: true,
            since: told.since_us.map(|unix_us| Now::new(0, unix_us)),
        }),
    })
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
