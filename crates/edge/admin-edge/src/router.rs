//! The table of routes.

use axum::Router;

use crate::state::AdminState;

/// The administration listener: `/` is open, everything under `/admin/v1` wants the admin token.
pub fn router(state: AdminState) -> Router {
    let _ = state;
    Router::new()
}

/// The one route that endpoints of subscriptions are asked to fetch
/// (`GET /eventgrid/subscriptions/{id}/validate?code=…`); it belongs on the public listener.
pub fn validation_router(events: event_edge::Events) -> Router {
    let _ = events;
    Router::new()
}
