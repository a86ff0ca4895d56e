//! Event Grid subscriptions.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri};
use event_edge::{Events, SubscribeError, SubscriptionReport, SubscriptionSpec};
use http_kit::ApiError;
use identifier::SubscriptionId;
use serde_json::{Value, json};

use crate::body;
use crate::list_query::{ListQuery, RawQuery};
use crate::moment::moment;
use crate::state::{AdminState, unavailable};

/// `GET /admin/v1/subscriptions?name=…&state=…&resourceId=…`
pub(crate) async fn list(
    State(state): State<AdminState>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ListQuery::read(&uri, query, &["name", "state", "resourceId"])?;
    let (name, wanted, resource) = (query.filter("name"), query.filter("state"), query.filter("resourceId"));
    let found = state.events.subscriptions().into_iter().filter(|report| {
        name.as_ref().is_none_or(|name| report.spec.name == *name)
            && wanted.as_ref().is_none_or(|wanted| report.state.as_str() == wanted)
            && resource.as_ref().is_none_or(|resource| report.spec.resource.as_ref() == Some(resource))
    });
    Ok(Json(query.answer_from(found.map(|report| show(&report)).collect())?))
}

/// `POST /admin/v1/subscriptions`
pub(crate) async fn create(
    State(state): State<AdminState>,
    spec: Result<Json<SubscriptionSpec>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let report = state.events.subscribe(body::json(spec)?).await.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(show(&report))))
}

/// `GET /admin/v1/subscriptions/{id or name}`
pub(crate) async fn get(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    find(&state.events, &id).map(|report| Json(show(&report)))
}

/// `DELETE /admin/v1/subscriptions/{id or name}`
pub(crate) async fn delete(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let report = find(&state.events, &id)?;
    let found = state.events.unsubscribe(report.id).await.map_err(unavailable)?;
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}

/// `POST /admin/v1/subscriptions/{id or name}/validate`: asks the endpoint again, now.
pub(crate) async fn validate(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let report = find(&state.events, &id)?;
    let asked = state.events.validate(report.id).await.map_err(unavailable)?;
    asked.map(|report| Json(show(&report))).ok_or_else(unknown)
}

/// `GET /eventgrid/subscriptions/{id}/validate?code=…`, open to whoever was sent the code.
pub(crate) async fn confirm(
    State(events): State<Events>,
    Path(id): Path<String>,
    query: Query<BTreeMap<String, String>>,
) -> Result<&'static str, ApiError> {
    let code = query.get("code").map(String::as_str).unwrap_or_default();
    let confirmed = match id.parse() {
        Ok(id) => events.confirm(id, code).await.map_err(unavailable)?,
        Err(identifier::ParseIdError) => false,
    };
    if confirmed {
        return Ok("The subscription is confirmed.\n");
    }
    let message = "cannot confirm the subscription: the code is wrong, or older than five minutes";
    Err(ApiError::new(StatusCode::BAD_REQUEST, "8523", message))
}

fn find(events: &Events, id: &str) -> Result<SubscriptionReport, ApiError> {
    let by_id = id.parse::<SubscriptionId>().ok().and_then(|id| events.subscription(id));
    let by_name = || events.subscriptions().into_iter().find(|report| report.spec.name == id);
    by_id.or_else(by_name).ok_or_else(unknown)
}

fn unknown() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "8522", "cannot find a subscription with this id or name")
}

fn refused(error: SubscribeError) -> ApiError {
    let message = format!("cannot {error}");
    match error {
        SubscribeError::Spec(_) | SubscribeError::NotAllowed(_) => {
            ApiError::new(StatusCode::BAD_REQUEST, "8523", message)
        }
        SubscribeError::NameTaken(_) | SubscribeError::TooMany(_) => {
            ApiError::new(StatusCode::CONFLICT, "8519", message)
        }
        SubscribeError::Store(error) => unavailable(error),
    }
}

fn show(report: &SubscriptionReport) -> Value {
    let spec = &report.spec;
    json!({
        "id": report.id.to_string(),
        "name": spec.name,
        "endpoint": spec.endpoint,
        "eventDeliverySchema": spec.event_delivery_schema,
        "resource": spec.resource,
        "filter": spec.filter,
        "retryPolicy": spec.retry_policy,
        "state": report.state.as_str(),
        "lastAnswer": report.last_answer,
        "created": moment(report.created_us),
    })
}
