//! How this server is reached.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::number::all_numbers;
use crate::state::AdminState;

/// `GET /health`: it answers, so it runs; and why it takes no new calls, if it takes none.
pub(crate) async fn health(State(state): State<AdminState>) -> Json<Value> {
    let reasons = state.readiness.reasons().await;
    Json(json!({ "status": "ok", "ready": reasons.is_empty(), "reasons": reasons }))
}

/// `GET /admin/v1/server`
pub(crate) async fn get(State(state): State<AdminState>) -> Json<Value> {
    let directory = (state.directory)();
    Json(json!({
        "endpoint": state.facts.endpoint,
        "httpEndpoint": state.facts.http_endpoint,
        "sip": state.facts.sip,
        "version": state.facts.version,
        "numbers": all_numbers(&directory),
    }))
}
