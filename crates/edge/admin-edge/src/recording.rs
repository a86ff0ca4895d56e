//! Recordings and their files.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use http_kit::ApiError;
use identifier::CallId;
use recording_edge::{RecordingReport, Recordings};
use serde_json::{Value, json};
use store::{RecordingFile, RecordingFilter};

use crate::list_query::{ListQuery, RawQuery};
use crate::moment::{maybe, moment};
use crate::state::{AdminState, unavailable};

/// `GET /admin/v1/recordings?recordingId=…&resourceId=…&callId=…&active=…&waiting=…`
pub(crate) async fn list(
    State(state): State<AdminState>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let known = ["recordingId", "resourceId", "callId", "active", "waiting"];
    let query = ListQuery::read(&uri, query, &known)?;
    let filter = RecordingFilter {
        id: query.filter("recordingId"),
        resource: query.filter("resourceId"),
        call: query.filter("callId"),
        active: query.flag("active")?,
        waiting: query.flag("waiting")?,
    };
    let page = recordings(&state)?.list(&filter, &query.page()?).await.map_err(unavailable)?;
    Ok(Json(query.answer(page, |report| show(&report))))
}

/// `GET /admin/v1/recordings/{id}`
pub(crate) async fn get(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let found = recordings(&state)?.get(&id).await.map_err(unavailable)?;
    Ok(Json(show(&found.ok_or_else(unknown)?)))
}

/// `DELETE /admin/v1/recordings/{id}`: its files, except one that is being written.
pub(crate) async fn delete(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let deleted = recordings(&state)?.delete(&id).await.map_err(unavailable)?;
    Ok(Json(json!({ "deletedFiles": deleted.ok_or_else(unknown)? })))
}

fn recordings(state: &AdminState) -> Result<&Recordings, ApiError> {
    state.recordings.as_ref().ok_or_else(|| ApiError::not_supported("recording"))
}

fn unknown() -> ApiError {
    let message = "cannot find a recording of this id: it was deleted, has expired, or never was";
    ApiError::new(StatusCode::NOT_FOUND, "8522", message)
}

fn show(report: &RecordingReport) -> Value {
    let RecordingReport { recording, files } = report;
    let server_call_id = recording.call.parse::<CallId>().ok().map(CallId::server_call_id);
    // What follows the address of a container may let whoever has it in.
    let destination = recording.destination.as_deref().and_then(|url| url.split('?').next());
    json!({
        "recordingId": recording.id,
        "resourceId": recording.resource,
        "callId": recording.call,
        "serverCallId": server_call_id,
        "format": recording.format,
        "channelType": if recording.unmixed { "unmixed" } else { "mixed" },
        "destination": destination,
        "started": moment(recording.started_us),
        "ended": maybe(recording.ended_us),
        "endReason": recording.end_reason,
        "files": files.iter().map(show_file).collect::<Vec<_>>(),
    })
}

fn show_file(file: &RecordingFile) -> Value {
    json!({
        "documentId": file.document,
        "index": file.position,
        "state": file.state.as_str(),
        "bytes": file.bytes,
        "lastedSeconds": file.lasted_ms as f64 / 1e3,
        "started": moment(file.started_us),
        "endReason": file.end_reason,
        "location": file.location,
        "attempts": file.attempts,
        "problem": file.problem,
        "nextAttempt": maybe(file.next_attempt_us),
        "expires": maybe(file.expires_us),
    })
}
