//! The table of routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::routing::{get, post};

use crate::state::AdminState;
use crate::{
    authorization, call, dead_letter, delegated_token, delivery, explain, health, number, personal_call,
    phone, recording, reload, server_facts, static_page, subscription, tenant_object, trace, trunk,
};

/// The largest body: a subscription with all its filters.
const LARGEST_BODY: usize = 128 * 1024;
/// The largest tenant document, as a text in JSON.
const LARGEST_DOCUMENT: usize = 2 * tenant_document::LARGEST_DOCUMENT;

/// The administration listener: the page at `/` and whether the server is live and ready are open,
/// `/metrics` wants its own token or the admin token, everything else wants the admin token.
pub fn router(state: AdminState) -> Router {
    let health = health::admin_health_router(state.clone());
    let metrics = state.metrics.clone().map_or_else(Router::new, |page| {
        page.guarded([Arc::clone(&state.token), Arc::clone(&state.metrics_token)])
    });
    let guarded = Router::new()
        .route("/health", get(server_facts::health))
        .route("/admin/v1/server", get(server_facts::get))
        .route("/admin/v1/reload", post(reload::run))
        .route("/admin/v1/numbers", get(number::list))
        .route("/admin/v1/phones", get(phone::list))
        .route("/admin/v1/trunks", get(trunk::list))
        .route("/admin/v1/calls", get(call::list))
        .route("/admin/v1/calls/{id}/trace", get(trace::begin))
        .route("/admin/v1/traces/{number}", get(trace::more))
        .route("/admin/v1/call-records", get(call::list_records))
        .route("/admin/v1/people/{person}/calls", get(personal_call::list).delete(personal_call::forget))
        .route("/admin/v1/recordings", get(recording::list))
        .route("/admin/v1/recordings/{id}", get(recording::get).delete(recording::delete))
        .route("/admin/v1/subscriptions", get(subscription::list).post(subscription::create))
        .route("/admin/v1/subscriptions/{id}", get(subscription::get).delete(subscription::delete))
        .route("/admin/v1/subscriptions/{id}/validate", post(subscription::validate))
        .route("/admin/v1/deliveries", get(delivery::list))
        .route("/admin/v1/dead-letters", get(dead_letter::list))
        .route("/admin/v1/dead-letters/redeliver", post(dead_letter::redeliver))
        .route("/admin/v1/dead-letters/{id}/redeliver", post(dead_letter::redeliver_one))
        .route("/admin/v1/explain", get(explain::run))
        .route("/admin/v1/apply", post(tenant_object::apply).layer(DefaultBodyLimit::max(LARGEST_DOCUMENT)))
        .route("/admin/v1/tenants", get(tenant_object::tenants))
        .route("/admin/v1/tenants/{tenant}/document", get(tenant_object::export))
        .route("/admin/v1/tenants/{tenant}/grants", post(tenant_object::grant))
        .route("/admin/v1/tenants/{tenant}/delegated-tokens", post(delegated_token::create))
        .route(
            "/admin/v1/tenants/{tenant}/objects/{kind}",
            get(tenant_object::list).post(tenant_object::create),
        )
        .route(
            "/admin/v1/tenants/{tenant}/objects/{kind}/{identity}",
            get(tenant_object::get).patch(tenant_object::set).delete(tenant_object::remove),
        )
        .fallback(http_kit::not_found)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn(http_kit::with_route_as_operation))
        .layer(from_fn_with_state(state.clone(), authorization::require_token))
        .layer(map_response(authorization::keep_nowhere))
        .with_state(state);
    static_page::router().merge(health).merge(metrics).fallback_service(guarded)
}

/// The one route that endpoints of subscriptions are asked to fetch
/// (`GET /eventgrid/subscriptions/{id}/validate?code=…`); it belongs on the public listener.
pub fn validation_router(events: event_edge::Events) -> Router {
    Router::new()
        .route("/eventgrid/subscriptions/{id}/validate", get(subscription::confirm))
        .with_state(events)
}
