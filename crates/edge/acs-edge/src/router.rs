//! From a request to its operation: authenticate, find, check the version, act once.

use std::sync::Arc;

use acs::version::ApiVersion;
use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::response::Response;
use axum::routing::{any, get};
use http_kit::{Admitted, Answer, ApiError, answered, required_api_version, with_request_id};

use crate::asking::Asking;
use crate::calling;
use crate::edge::AcsEdge;
use crate::operation::Route;
use crate::refusal;

impl AcsEdge {
    /// The routes of the surface, all under `/calling/`.
    pub fn router(self) -> Router {
        let (configuration, keys) = (self.public_keys.clone(), self.public_keys.clone());
        let edge = Arc::new(self);
        Router::new()
            .route(
                "/calling/.well-known/acsopenidconfiguration",
                get(async move || configuration.configuration()),
            )
            .route("/calling/keys", get(async move || keys.keys()))
            .route("/calling/{*path}", any(move |request| Arc::clone(&edge).respond(request)))
            .layer(middleware::from_fn(with_request_id))
    }

    async fn respond(self: Arc<Self>, request: Request) -> Response {
        let route = Route::find(request.method(), request.uri().path());
        answered(route.ok().map(|route| route.operation.name()), self.answer(request)).await
    }

    async fn answer(self: Arc<Self>, request: Request) -> Result<Answer, ApiError> {
        let admitted = self.gatekeeper.admit(request).await?;
        let route = Route::find(&admitted.method, &admitted.path)?;
        let version = api_version(&admitted)?;
        if !route.operation.is_known_to(version) {
            return Err(refusal::unknown_to(version));
        }
        tracing::debug!(operation = ?route.operation, api_version = version.as_str(), "request admitted");
        let asking = Asking::new(Arc::clone(&self), &admitted, route, version);
        let act = async move { calling::dispatch(asking).await.unwrap_or_else(Answer::refusal) };
        self.repeatability.answer(&admitted, act).await
    }
}

fn api_version(admitted: &Admitted) -> Result<ApiVersion, ApiError> {
    let served = ApiVersion::SERVED.into_iter().map(ApiVersion::as_str);
    required_api_version(admitted.query.as_deref(), ApiVersion::parse, served)
}
