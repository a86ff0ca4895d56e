//! Events that were given up, and sending them again.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use event_edge::{DeadLetterReport, Redelivery};
use http_kit::ApiError;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::body;
use crate::delivery::{FILTERS, filter, show};
use crate::list_query::{ListQuery, RawQuery};
use crate::moment::{maybe, moment};
use crate::state::{AdminState, unavailable};

/// The most that one request may name.
const MOST_IDS: usize = 1_000;

/// Which dead letters are sent again: some by id, or all (that a filter lets through).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[derive(Default)]
pub(crate) struct RedeliverRequest {
    ids: Vec<String>,
    all: bool,
    destination: Option<String>,
    event_type: Option<String>,
    call_connection_id: Option<String>,
    call_id: Option<String>,
    subscription_id: Option<String>,
    event_id: Option<String>,
}

/// `GET /admin/v1/dead-letters`
pub(crate) async fn list(
    State(state): State<AdminState>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ListQuery::read(&uri, query, &FILTERS)?;
    let filter = filter(|name| query.filter(name))?;
    let page = state.events.dead_letters(&filter, &query.page()?).await.map_err(unavailable)?;
    Ok(Json(query.answer(page, |report| show_report(&report))))
}

/// `POST /admin/v1/dead-letters/redeliver` with `{"ids": […]}` or `{"all": true, …filters}`
pub(crate) async fn redeliver(
    State(state): State<AdminState>,
    request: Result<Json<RedeliverRequest>, JsonRejection>,
) -> Result<Json<Value>, ApiError> {
    let request = body::json(request)?;
    if request.ids.is_empty() != request.all {
        return Err(ApiError::invalid("ids", "name some dead letters, or write \"all\": true"));
    }
    if request.ids.len() > MOST_IDS {
        return Err(ApiError::invalid("ids", format!("at most {MOST_IDS} at once")));
    }
    let mut count = 0;
    if request.all {
        let all = Redelivery::All(Box::new(filter(|name| request.value(name))?));
        count = state.events.redeliver(all).await.map_err(unavailable)?;
    }
    let mut unknown = Vec::new();
    for id in request.ids {
        match state.events.redeliver(Redelivery::One(id.clone())).await.map_err(unavailable)? {
            0 => unknown.push(id),
            sent => count += sent,
        }
    }
    Ok(Json(json!({ "redelivered": count, "unknown": unknown })))
}

/// `POST /admin/v1/dead-letters/{id}/redeliver`
pub(crate) async fn redeliver_one(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let count = state.events.redeliver(Redelivery::One(id)).await.map_err(unavailable)?;
    if count == 0 {
        return Err(ApiError::new(StatusCode::NOT_FOUND, "8522", "cannot find a dead letter with this id"));
    }
    Ok(Json(json!({ "redelivered": count })))
}

impl RedeliverRequest {
    fn value(&self, name: &str) -> Option<String> {
        match name {
            "destination" => self.destination.clone(),
            "eventType" => self.event_type.clone(),
            "callConnectionId" => self.call_connection_id.clone(),
            "callId" => self.call_id.clone(),
            "subscriptionId" => self.subscription_id.clone(),
            "eventId" => self.event_id.clone(),
            _ => None,
        }
    }
}

fn show_report(report: &DeadLetterReport) -> Value {
    let letter = &report.letter;
    let mut value = show(&letter.delivery, &report.attempts);
    value["deadLetterReason"] = json!(letter.reason);
    value["deliveryAttempts"] = json!(letter.delivery.attempts);
    value["lastDeliveryOutcome"] = json!(letter.last_outcome);
    value["publishTime"] = json!(moment(letter.delivery.created_us));
    value["lastDeliveryAttemptTime"] = json!(maybe(letter.last_attempt_us));
    value["deadSince"] = json!(moment(letter.dead_us));
    value
}
