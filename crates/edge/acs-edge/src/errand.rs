//! One request about what a resource has, on its way through an operation.

use std::sync::Arc;

use axum::http::StatusCode;
use bytes::Bytes;
use clock::Now;
use http_kit::{Admitted, ApiError, query_parameter};
use identifier::{OperationId, ResourceId, TenantId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{CommitError, StoreError, Write};
use tenant::Directory;

use crate::resource_edge::ResourceEdge;
use crate::resource_operation::ResourceRoute;

/// A request that was let in and found its operation.
pub(crate) struct Errand {
    pub(crate) edge: Arc<ResourceEdge>,
    pub(crate) resource: ResourceId,
    pub(crate) route: ResourceRoute,
    /// One of those that the operation knows.
    pub(crate) version: &'static str,
    query: Option<String>,
    body: Bytes,
}

impl Errand {
    pub(crate) fn new(
        edge: Arc<ResourceEdge>,
        admitted: &Admitted,
        route: ResourceRoute,
        version: &'static str,
    ) -> Self {
        let (query, body) = (admitted.query.clone(), admitted.body.clone());
        Self { edge, resource: admitted.principal.resource, route, version, query, body }
    }

    /// The moment of the platform's clock.
    pub(crate) fn now(&self) -> Now {
        self.edge.gatekeeper.now()
    }

    /// The directory in force.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        (self.edge.directory)()
    }

    /// The tenant that the resource belongs to.
    pub(crate) fn tenant(&self, directory: &Directory) -> Result<TenantId, ApiError> {
        // It may have gone since the request was let in.
        let resource = directory.resource(self.resource).ok_or_else(|| {
            not_found("the resource of this request", "it was removed while the request was on its way")
        })?;
        Ok(resource.tenant)
    }

    /// A name that nobody else has.
    pub(crate) fn new_id(&self) -> String {
        let mut entropy = self.edge.entropy.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        OperationId::random(&mut entropy).to_string()
    }

    /// A query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        query_parameter(self.query.as_deref(), name).filter(|value| !value.is_empty())
    }

    /// A number in the query, within a range.
    pub(crate) fn count(&self, name: &str, default: usize, most: usize) -> Result<usize, ApiError> {
        let Some(text) = self.query(name) else { return Ok(default) };
        let count = text.parse().ok().filter(|count| *count <= most);
        count.ok_or_else(|| invalid(name, format!("it must be a number from 0 to {most}")))
    }

    /// Reads the body.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        acs::body::read(&self.body).map_err(|error| invalid(error.property, error.reason))
    }

    /// Whether there is a body.
    pub(crate) fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    /// Makes all of it durable, or none.
    pub(crate) async fn write(&self, writes: Vec<Write>) -> Result<(), ApiError> {
        self.edge.store.write(writes).await.map_err(not_kept)
    }

    /// Makes all of it durable and lets calls see it, or neither.
    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<(), ApiError> {
        (self.edge.commit)(writes).await.map_err(|error| match error {
            CommitError::Contradiction(reason) => conflict(not_in_force(&reason)),
            CommitError::Store(error) => not_kept(error),
        })
    }
}

/// A part of a list, and where the next one is.
pub(crate) struct Portion<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_link: Option<String>,
}

/// Which part of a list the query asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) skip: usize,
    pub(crate) most: usize,
}

impl Window {
    /// Reads the query; `size` names the parameter of the size.
    pub(crate) fn of(errand: &Errand, size: &str) -> Result<Self, ApiError> {
        const USUAL: usize = 100;
        const MOST: usize = 1_000;
        const FURTHEST: usize = 10_000_000;
        let skip = errand.count("skip", 0, FURTHEST)?;
        Ok(Self { skip, most: errand.count(size, USUAL, MOST)?.max(1) })
    }
}

impl<T> Portion<T> {
    /// Cuts the portion out of a whole list that the query asks for; `size` names the parameter of its size.
    pub(crate) fn of(errand: &Errand, all: Vec<T>, path: &str, size: &str) -> Result<Self, ApiError> {
        let window = Window::of(errand, size)?;
        let rest = all.into_iter().skip(window.skip).take(window.most + 1).collect();
        Ok(Self::at(errand, window, rest, path, size))
    }

    /// The portion of a list that begins with `rest`, which has one more where there is another portion.
    pub(crate) fn at(errand: &Errand, window: Window, mut rest: Vec<T>, path: &str, size: &str) -> Self {
        let Window { skip, most } = window;
        let is_last = rest.len() <= most;
        rest.truncate(most);
        let next_link = (!is_last).then(|| {
            let others: String = ["administrativeDivision", "phoneNumberType", "assignmentType", "locality"]
                .into_iter()
                .filter_map(|name| Some(format!("&{name}={}", encoded(&errand.query(name)?))))
                .collect();
            format!("{path}?skip={}&{size}={most}{others}&api-version={}", skip + most, errand.version)
        });
        Self { items: rest, next_link }
    }
}

/// What is said of a change that does not go together with all else.
pub(crate) fn not_in_force(reason: &str) -> String {
    tracing::warn!(%reason, "a resource cannot change what it has: {reason}");
    format!("the change cannot be put in force: {reason}")
}

/// A text as it stands in a query.
pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// JSON for the store.
pub(crate) fn written<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("a body has only text keys")
}

/// JSON of the store. What a newer or older program wrote may not be understood.
pub(crate) fn understood<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, ApiError> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "cannot read a stored {what}");
        ApiError::internal()
    })
}

/// 400: a property or parameter is not as it must be.
pub(crate) fn invalid(property: impl Into<String>, reason: impl AsRef<str>) -> ApiError {
    ApiError { code: "BadRequest", ..ApiError::invalid(property, reason) }
}

/// 404: it is not there, or belongs to somebody else, which is not told apart.
pub(crate) fn not_found(what: &str, reason: &str) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "NotFound", format!("cannot find {what}: {reason}"))
}

/// 409: it cannot be done as things are.
pub(crate) fn conflict(message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, "Conflict", message)
}

/// What the store does not give out or take.
pub(crate) fn not_kept(error: StoreError) -> ApiError {
    tracing::error!(%error, "the store failed a request");
    match error {
        StoreError::Overloaded(_) => ApiError::overloaded(),
        StoreError::Database(_)
        | StoreError::Changed { .. }
        | StoreError::Closed
        | StoreError::Unreadable { .. } => ApiError::internal(),
    }
}
