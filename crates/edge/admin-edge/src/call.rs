//! Calls: those in which somebody talks or that an application holds, and the records of those that are over.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use http_kit::ApiError;
use identifier::CallId;
use serde_json::{Value, json};
use store::{CallRecord, CallRecordFilter, Connection, ConnectionFilter, OngoingCall, OpenCall};

use crate::list_query::{ListQuery, RawQuery};
use crate::moment::{maybe, moment};
use crate::state::{AdminState, unavailable};

/// `GET /admin/v1/calls?callId=…&resourceId=…`
pub(crate) async fn list(
    State(state): State<AdminState>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ListQuery::read(&uri, query, &["callId", "resourceId"])?;
    let filter = ConnectionFilter { resource: query.filter("resourceId"), call: query.filter("callId") };
    let page = state.events.open_calls(&filter, &query.page()?).await.map_err(unavailable)?;
    Ok(Json(query.answer(page, |call| match call {
        OpenCall::Held(connection) => show(&connection),
        OpenCall::Unheld(call) => show_unheld(&call),
    })))
}

/// `GET /admin/v1/call-records?callId=…&resourceId=…`
pub(crate) async fn list_records(
    State(state): State<AdminState>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ListQuery::read(&uri, query, &["callId", "resourceId"])?;
    let filter = CallRecordFilter {
        resource: query.filter("resourceId"),
        call: query.filter("callId"),
        ended_from_us: None,
    };
    let page = state.events.call_records(&filter, &query.page()?).await.map_err(unavailable)?;
    Ok(Json(query.answer(page, |record| show_record(&record))))
}

fn show(connection: &Connection) -> Value {
    let server_call_id = connection.call.parse::<CallId>().ok().map(CallId::server_call_id);
    json!({
        "callConnectionId": connection.id,
        "callId": connection.call,
        "serverCallId": server_call_id,
        "correlationId": connection.correlation,
        "resourceId": connection.resource,
        "callback": connection.callback,
        "apiVersion": connection.api_version,
        "source": connection.source,
        "targets": connection.targets,
        "answeredFor": connection.answered_for,
        "established": connection.established,
        "opened": moment(connection.opened_us),
    })
}

/// A call of phones with each other, which no application holds.
fn show_unheld(call: &OngoingCall) -> Value {
    let server_call_id = call.id.parse::<CallId>().ok().map(CallId::server_call_id);
    json!({
        "callConnectionId": null,
        "callId": call.id,
        "serverCallId": server_call_id,
        "correlationId": call.correlation,
        "resourceId": call.resource,
        "callback": null,
        "apiVersion": null,
        "source": call.started_by,
        "targets": [],
        "answeredFor": null,
        "established": true,
        "opened": moment(call.started_us),
    })
}

fn show_record(record: &CallRecord) -> Value {
    json!({
        "callId": record.id,
        "correlationId": record.correlation,
        "resourceId": record.resource,
        "callConnectionId": record.connection,
        "startedBy": record.started_by,
        "called": record.called,
        "participants": record.participants,
        "endedBy": record.ended_by,
        "endReason": record.end_reason,
        "isTwoParty": record.is_two_party,
        "began": moment(record.began_us),
        "connected": maybe(record.connected_us),
        "ended": moment(record.ended_us),
        "lastedSeconds": record.lasted_us as f64 / 1e6,
    })
}
