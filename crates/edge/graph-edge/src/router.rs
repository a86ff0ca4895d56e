//! From a request to its operation: show the token, find, check what is granted, act.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{any, get, post};
use http_kit::{BodyLimits, OperationName, RequestId, read_body, with_request_id};

use crate::asking::{Asking, authorize};
use crate::graph::{Graph, Inner};
use crate::graph_error::GraphError;
use crate::operation::{NoRoute, Route};
use crate::token::Caller;
use crate::when;

/// The largest list of people is 650 ids, and that is small.
const LIMITS: BodyLimits = BodyLimits { size: 256 * 1024, time: std::time::Duration::from_secs(30) };

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

impl Graph {
    /// The routes of the surface: `/v1.0/`, `/beta/`, and the token endpoints of tenants.
    pub fn router(&self) -> Router {
        let respond = |inner: &Arc<Inner>| {
            let inner = Arc::clone(inner);
            any(move |request| respond(inner, request))
        };
        let token = self.inner.token_endpoint.clone();
        let (configuration, keys) = (token.clone(), token.clone());
        Router::new()
            .route("/v1.0/{*path}", respond(&self.inner))
            .route("/beta/{*path}", respond(&self.inner))
            .route(
                "/{tenant}/oauth2/v2.0/token",
                post(async move |Path(tenant): Path<String>, request| token.token(&tenant, request).await),
            )
            .route(
                "/{tenant}/v2.0/.well-known/openid-configuration",
                get(async move |tenant| configuration.configuration(tenant)),
            )
            .route("/{tenant}/discovery/v2.0/keys", get(async move || keys.keys()))
            .layer(middleware::from_fn(with_request_id))
    }
}

async fn respond(inner: Arc<Inner>, request: Request) -> Response {
    let request_id = request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.to_string());
    let client_id = client_request_id(request.headers());
    let date_us = (inner.clock)().unix_us();
    let route = Route::find(request.method(), request.uri().path());
    let name = route.as_ref().map_or("unknown", |route| route.operation.name());
    let mut response = match answer(inner, request, route).await {
        Ok(response) => response,
        Err(error) => {
            let date = when::moment(date_us);
            let shown = client_id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or(&request_id);
            error.respond(date.get(..19).unwrap_or_default(), &request_id, shown)
        }
    };
    response.extensions_mut().insert(OperationName(name.into()));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(id) = client_id {
        headers.insert(CLIENT_REQUEST_ID, id);
    }
    response
}

async fn answer(
    inner: Arc<Inner>,
    request: Request,
    route: Result<Route, NoRoute>,
) -> Result<Response, GraphError> {
    let (parts, body) = request.into_parts();
    let caller = admit(&inner, &parts.headers).await?;
    let route = route.map_err(|error| match error {
        NoRoute::UnknownPath => {
            let path = parts.uri.path();
            let message = format!(
                "Resource not found for the segment '{}'.",
                path.chars().take(200).collect::<String>()
            );
            GraphError::new(StatusCode::NOT_FOUND, "ResourceNotFound", message)
        }
        NoRoute::OtherMethod => {
            let message = format!("The method {} is not served at this path.", parts.method);
            GraphError::new(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", message)
        }
    })?;
    let subject = authorize(&caller, &route)?;
    let query = parts.uri.query().map(str::to_owned);
    let body = read_body(&parts.headers, body, LIMITS).await?;
    Asking {
        inner,
        caller,
        route,
        subject,
        path: parts.uri.path().to_owned(),
        query,
        headers: parts.headers,
        body,
    }
    .act()
    .await
}

/// Who asks; nothing of a body is read for somebody without a token, and nothing is done.
async fn admit(inner: &Inner, headers: &HeaderMap) -> Result<Caller, GraphError> {
    let caller = match bearer(headers).and_then(|token| inner.tokens.read(token)) {
        Ok(shown) => {
            inner.companies.refresh().await;
            shown.caller(&*inner.companies)
        }
        Err(error) => Err(error),
    };
    let caller = caller.inspect_err(|error| {
        meter::HTTP_AUTHENTICATION_FAILURES.count(["api"]);
        tracing::info!(reason = %error.message, "request refused");
    })?;
    let sender = (caller.company.tenant(), caller.application);
    inner.pace.take(&sender).map_err(|wait| {
        meter::HTTP_LIMITED.count(["resource"]);
        GraphError::too_many_requests(wait)
    })?;
    Ok(caller)
}

fn bearer(headers: &HeaderMap) -> Result<&str, GraphError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(value) = value else { return Err(GraphError::unauthorized("Access token is empty.")) };
    let token = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = token.map(|(_, token)| token.trim()).filter(|token| !token.is_empty());
    token.ok_or_else(|| GraphError::unauthorized("Access token is empty."))
}

fn client_request_id(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(CLIENT_REQUEST_ID).filter(|id| id.len() <= 128).cloned()
}
