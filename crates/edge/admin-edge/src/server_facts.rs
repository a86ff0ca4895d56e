//! How this server is reached.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::number::all_numbers;
use crate::state::AdminState;

/// `GET /health`: it answers, so it runs.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
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
