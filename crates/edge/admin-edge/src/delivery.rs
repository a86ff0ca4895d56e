//! What became of each event: "where is my callback?".

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use event_edge::DeliveryReport;
use http_kit::ApiError;
use serde_json::{Value, json};
use store::{Delivery, DeliveryAttempt, DeliveryFilter, DeliveryState};

use crate::list_query::{ListQuery, RawQuery};
use crate::moment::{maybe, moment};
use crate::state::{AdminState, unavailable};

/// By what deliveries and dead letters can be filtered.
pub(crate) const FILTERS: [&str; 7] =
    ["destination", "eventType", "callConnectionId", "callId", "subscriptionId", "eventId", "state"];

/// `GET /admin/v1/deliveries`
pub(crate) async fn list(
    State(state): State<AdminState>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ListQuery::read(&uri, query, &FILTERS)?;
    let filter = filter(|name| query.filter(name))?;
    let page = state.events.deliveries(&filter, &query.page()?).await.map_err(unavailable)?;
    Ok(Json(query.answer(page, |report| show_report(&report))))
}

/// The filter that the named values make.
pub(crate) fn filter(value: impl Fn(&str) -> Option<String>) -> Result<DeliveryFilter, ApiError> {
    let state = value("state").map(|text| text.parse::<DeliveryState>());
    Ok(DeliveryFilter {
        destination: value("destination"),
        event_type: value("eventType"),
        connection: value("callConnectionId"),
        call: value("callId"),
        subscription: value("subscriptionId"),
        event: value("eventId"),
        state: state
            .transpose()
            .map_err(|_| ApiError::invalid("state", "write pending, delivered or dead"))?,
    })
}

fn show_report(report: &DeliveryReport) -> Value {
    let delivery = &report.delivery;
    let mut value = show(delivery, &report.attempts);
    value["state"] = json!(delivery.state.as_str());
    value["nextAttempt"] = json!(maybe(delivery.next_attempt_us));
    value["settled"] = json!(maybe(delivery.settled_us));
    value
}

/// What deliveries and dead letters have in common. The event itself is left out: it is about people,
/// and holds what answers a call.
pub(crate) fn show(delivery: &Delivery, attempts: &[DeliveryAttempt]) -> Value {
    let last = attempts.last();
    json!({
        "id": delivery.id,
        "eventId": delivery.event,
        "eventType": delivery.event_type,
        "kind": delivery.kind.as_str(),
        "destination": delivery.destination,
        "subscriptionId": delivery.subscription,
        "resourceId": delivery.resource,
        "callId": delivery.call,
        "callConnectionId": delivery.connection,
        "created": moment(delivery.created_us),
        "attemptCount": delivery.attempts,
        "lastStatus": last.and_then(|attempt| attempt.status),
        "lastError": last.and_then(|attempt| attempt.error.as_deref()),
        "attempts": attempts.iter().map(show_attempt).collect::<Vec<_>>(),
    })
}

fn show_attempt(attempt: &DeliveryAttempt) -> Value {
    json!({
        "number": attempt.number,
        "at": moment(attempt.at_us),
        "tookMilliseconds": attempt.took_us as f64 / 1e3,
        "status": attempt.status,
        "error": attempt.error,
        "bodyHead": attempt.body_head,
        "nextAttempt": maybe(attempt.next_attempt_us),
    })
}
