//! The calls that a person made, took or missed, apart for each persona.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use http_kit::ApiError;
use identifier::{CallId, ObjectId};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{PersonalCall, PersonalCallFilter};
use tenant::Directory;

use crate::list_query::{ListQuery, RawQuery};
use crate::moment::moment;
use crate::state::{AdminState, unavailable};

const FILTERS: [&str; 5] = ["persona", "direction", "outcome", "from", "to"];

/// `GET /admin/v1/people/{name or id}/calls?persona=…&direction=…&outcome=…&from=…&to=…`, newest first.
pub(crate) async fn list(
    State(state): State<AdminState>,
    Path(person): Path<String>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ListQuery::read(&uri, query, &FILTERS)?;
    let filter = PersonalCallFilter {
        person: find(&(state.directory)(), &person)?.to_string(),
        persona: one_of(&query, "persona", &["teams", "contactCenter"])?,
        direction: one_of(&query, "direction", &["incoming", "outgoing"])?,
        outcome: one_of(&query, "outcome", &["answered", "missed", "unanswered"])?,
        from_us: time(&query, "from")?,
        until_us: time(&query, "to")?,
    };
    let page = state.events.personal_calls(&filter, &query.page()?).await.map_err(unavailable)?;
    Ok(Json(query.answer(page, |call| show(&call))))
}

/// `DELETE /admin/v1/people/{name or id}/calls`: nothing is known of them any more.
pub(crate) async fn forget(
    State(state): State<AdminState>,
    Path(person): Path<String>,
) -> Result<StatusCode, ApiError> {
    // Whoever left the company can be forgotten by the id that the directory no longer knows.
    let id = match person.parse::<ObjectId>() {
        Ok(id) => id,
        Err(_) => find(&(state.directory)(), &person)?,
    };
    state.events.forget_personal_calls(id).await.map_err(unavailable)?;
    Ok(StatusCode::NO_CONTENT)
}

fn find(directory: &Directory, person: &str) -> Result<ObjectId, ApiError> {
    let by_id = person.parse().ok().and_then(|id| directory.person(id));
    let found = by_id.or_else(|| directory.person_named(person));
    found.map(|(_, person)| person.id).ok_or_else(|| {
        let message = format!("cannot find {person:?}: nobody has this user principal name or object id");
        ApiError::new(StatusCode::NOT_FOUND, "8522", message)
    })
}

fn one_of(query: &ListQuery, name: &str, words: &[&str]) -> Result<Option<String>, ApiError> {
    let Some(value) = query.filter(name) else { return Ok(None) };
    match words.iter().find(|word| word.eq_ignore_ascii_case(&value)) {
        Some(word) => Ok(Some((*word).to_owned())),
        None => Err(ApiError::invalid(name, format!("write {}", words.join(" or ")))),
    }
}

fn time(query: &ListQuery, name: &str) -> Result<Option<i64>, ApiError> {
    let read = |text: String| text.parse::<Timestamp>().map(Timestamp::as_microsecond);
    query
        .filter(name)
        .map(read)
        .transpose()
        .map_err(|_| ApiError::invalid(name, "write a time such as 2026-11-21T13:50:00Z"))
}

fn show(call: &PersonalCall) -> Value {
    let server_call_id = call.call.parse::<CallId>().ok().map(CallId::server_call_id);
    json!({
        "callId": call.call,
        "serverCallId": server_call_id,
        "persona": call.persona,
        "direction": call.direction,
        "with": call.counterparts,
        "outcome": call.outcome,
        "endReason": call.end_reason,
        "began": moment(call.began_us),
        "ended": moment(call.ended_us),
        "talkedSeconds": call.talked_us as f64 / 1e6,
    })
}
