//! Whether this server is there, and whether it takes new calls.
//!
//! Everybody may ask; why it takes none is told to the administrator only.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use store::Store;
use tokio::sync::Mutex;

use crate::state::AdminState;

/// The store is asked no more often than this, however many ask us.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// A store that does not answer in this time is not there.
const PATIENCE: Duration = Duration::from_secs(5);

/// Knows whether new calls are taken. Cheap to clone.
#[derive(Clone)]
pub struct Readiness(Arc<Inner>);

struct Inner {
    draining: Arc<dyn Fn() -> bool + Send + Sync>,
    store: Store,
    /// What came of the last question to the store, and when.
    asked: Mutex<Option<(Instant, Option<String>)>>,
}

impl Readiness {
    /// Over the store, and whoever knows whether the platform is draining.
    pub fn new(store: Store, draining: Arc<dyn Fn() -> bool + Send + Sync>) -> Self {
        Self(Arc::new(Inner { draining, store, asked: Mutex::new(None) }))
    }

    /// Why no new calls should be sent here; nothing when they should.
    pub async fn reasons(&self) -> Vec<String> {
        let draining =
            (self.0.draining)().then(|| "the server is draining: it takes no new calls".to_owned());
        let reasons: Vec<String> = draining.into_iter().chain(self.store_trouble().await).collect();
        meter::READY.set([], if reasons.is_empty() { 1.0 } else { 0.0 });
        reasons
    }

    async fn store_trouble(&self) -> Option<String> {
        let mut asked = self.0.asked.lock().await;
        if let Some((when, trouble)) = &*asked
            && when.elapsed() < ASKED_AGAIN_AFTER
        {
            return trouble.clone();
        }
        let trouble = match tokio::time::timeout(PATIENCE, self.0.store.probe()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("the store cannot be written: cannot {error}")),
            Err(_) => Some(format!("the store has not answered for {} s", PATIENCE.as_secs())),
        };
        *asked = Some((Instant::now(), trouble.clone()));
        trouble
    }
}

/// `/health/live` and `/health/ready` for everybody; `told` says whether they also hear the reasons.
pub fn health_router(readiness: Readiness, told: bool) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(async move || answer(&readiness.reasons().await, told)))
}

/// The same on the administration listener: whoever shows the token hears the reasons.
pub(crate) fn admin_health_router(state: AdminState) -> Router {
    Router::new().route("/health/live", get(live)).route("/health/ready", get(ready)).with_state(state)
}

/// It answers, so it lives.
async fn live() -> Response {
    not_kept(StatusCode::OK, json!({ "status": "live" }))
}

async fn ready(State(state): State<AdminState>, headers: HeaderMap) -> Response {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    answer(&state.readiness.reasons().await, state.token.check(shown).is_ok())
}

fn answer(reasons: &[String], told: bool) -> Response {
    match (reasons.is_empty(), told) {
        (true, _) => not_kept(StatusCode::OK, json!({ "status": "ready" })),
        (false, true) => {
            not_kept(StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "not ready", "reasons": reasons }))
        }
        (false, false) => not_kept(StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "not ready" })),
    }
}

fn not_kept(status: StatusCode, body: serde_json::Value) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
