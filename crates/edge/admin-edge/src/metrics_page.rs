//! The page that Prometheus reads.

use std::sync::Arc;

use access::AdminToken;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use event_edge::Events;
use http_kit::ApiError;
use meter::Exposition;
use store::Store;
use tracing::warn;

use crate::health::{Readiness, health_router};

/// Renders all numbers, after those that are not counted as they happen have been looked up.
#[derive(Clone)]
pub struct MetricsPage {
    /// What has been counted.
    pub exposition: Exposition,
    /// What waits in the outbox.
    pub events: Events,
    /// How large it is.
    pub store: Store,
    /// Whether new calls are taken.
    pub readiness: Readiness,
    /// Tells the statistics what else is true now: registrations, ports.
    pub measure: Arc<dyn Fn() + Send + Sync>,
}

impl MetricsPage {
    async fn render(&self) -> Response {
        (self.measure)();
        self.readiness.reasons().await;
        let size = self.store.disk_size();
        meter::STORE_SIZE.set(["database"], size.database as f64);
        meter::STORE_SIZE.set(["log"], size.log as f64);
        if let Err(error) = self.events.measure().await {
            warn!(error = %error, "the outbox cannot be measured: cannot {error}");
        }
        ([(header::CONTENT_TYPE, Exposition::CONTENT_TYPE)], self.exposition.render()).into_response()
    }

    /// `/metrics` for whoever shows one of these tokens.
    pub(crate) fn guarded(self, tokens: [Arc<AdminToken>; 2]) -> Router {
        self.open().layer(from_fn_with_state(tokens, require_one_of))
    }

    fn open(self) -> Router {
        Router::new().route("/metrics", get(async move || self.render().await))
    }
}

/// What is served on the listener for Prometheus: `/metrics`, and health with its reasons, for
/// everybody who can reach it.
pub fn metrics_router(page: MetricsPage) -> Router {
    let health = health_router(page.readiness.clone(), true);
    page.open().merge(health).fallback(http_kit::not_found)
}

async fn require_one_of(
    State(tokens): State<[Arc<AdminToken>; 2]>,
    request: Request,
    next: Next,
) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    // All are compared, so that the time taken does not tell which one was near.
    let checked = tokens.map(|token| token.check(shown));
    match checked {
        [Err(error), Err(_)] => {
            meter::HTTP_AUTHENTICATION_FAILURES.count(["admin"]);
            let mut response = ApiError::unauthorized(error).into_response();
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
        _ => next.run(request).await,
    }
}
