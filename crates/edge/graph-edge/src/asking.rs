//! One request on its way through an operation.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use identifier::ObjectId;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::graph::Inner;
use crate::graph_error::GraphError;
use crate::operation::{Operation, Route};
use crate::token::Caller;
use crate::user::User;

/// A request whose sender is known and may do what is asked.
pub(crate) struct Asking {
    pub(crate) inner: Arc<Inner>,
    pub(crate) caller: Caller,
    pub(crate) route: Route,
    /// The person in the path.
    pub(crate) subject: Option<ObjectId>,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asking {
    pub(crate) async fn act(self) -> Result<Response, GraphError> {
        match self.route.operation {
            Operation::ListUsers => self.list_users(),
            Operation::ListUserChanges => self.list_user_changes(),
            Operation::GetUser => self.get_user(),
            Operation::GetPresence | Operation::GetPresenceByUserId => self.get_presence(),
            Operation::GetPresencesByUserId => self.get_presences(),
            Operation::SetPresence => self.set_presence().await,
            Operation::ClearPresence => self.clear_presence().await,
            Operation::SetUserPreferredPresence => self.set_preferred().await,
            Operation::ClearUserPreferredPresence => self.clear_preferred().await,
            Operation::SetStatusMessage => self.set_status_message().await,
            Operation::CreateSubscription => self.create_subscription().await,
            Operation::ListSubscriptions => self.list_subscriptions(),
            Operation::GetSubscription => self.get_subscription(),
            Operation::RenewSubscription => self.renew_subscription().await,
            Operation::ReauthorizeSubscription => self.reauthorize_subscription(),
            Operation::DeleteSubscription => self.delete_subscription().await,
            Operation::ListResourceAccounts => self.list_resource_accounts(),
        }
    }

    /// Reads the body.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, GraphError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            GraphError::invalid(format!("Unable to read the JSON request payload: {error}."))
        })
    }

    /// The person in the path.
    pub(crate) fn person(&self) -> Result<&User, GraphError> {
        let named = || self.route.id.as_deref().unwrap_or_default();
        let user = self.subject.and_then(|id| self.caller.company.user(id));
        user.ok_or_else(|| GraphError::not_found(named()))
    }

    /// The same, who must be somebody.
    pub(crate) fn human(&self) -> Result<ObjectId, GraphError> {
        let user = self.person()?;
        if !user.is_human {
            return Err(GraphError::invalid("Presence is not available for resource accounts."));
        }
        Ok(user.id)
    }

    /// Whether a list may be asked for in ways that Graph serves from an index.
    pub(crate) fn is_eventual(&self) -> bool {
        let level = self.headers.get("consistencylevel").and_then(|level| level.to_str().ok());
        level.is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
    }

    /// What `@odata.context` says.
    pub(crate) fn context(&self, of: &str) -> String {
        let version = self.path.split('/').nth(1).unwrap_or("v1.0");
        format!("{}/{version}/$metadata#{of}", self.inner.tokens.origin())
    }
}

/// Whether the caller may do it, and to whom.
pub(crate) fn authorize(caller: &Caller, route: &Route) -> Result<Option<ObjectId>, GraphError> {
    let is_about_somebody = !matches!(
        route.operation,
        Operation::ListUsers
            | Operation::ListUserChanges
            | Operation::GetPresencesByUserId
            | Operation::CreateSubscription
            | Operation::ListSubscriptions
            | Operation::GetSubscription
            | Operation::RenewSubscription
            | Operation::ReauthorizeSubscription
            | Operation::DeleteSubscription
            | Operation::ListResourceAccounts
    );
    let subject = match (&route.id, is_about_somebody) {
        (_, false) | (None, true) => None,
        (Some(_), true) if route.is_me => {
            let message = "/me request is only valid with delegated authentication flow.";
            Some(caller.person.ok_or_else(|| GraphError::invalid(message))?)
        }
        (Some(id), true) => caller.company.user_named(id).map(|user| user.id),
    };
    let Some(needs) = route.operation.needs() else { return Ok(subject) };
    let is_granted = |permissions: &[crate::permission::Permission]| {
        permissions.iter().any(|needed| caller.permissions.contains(needed))
    };
    let is_enough = match caller.person {
        None => is_granted(needs.application),
        Some(person) => is_granted(needs.delegated) || (subject == Some(person) && is_granted(needs.oneself)),
    };
    if is_enough {
        return Ok(subject);
    }
    let message = format!("Insufficient privileges to complete the operation. It needs, {needs}.");
    Err(GraphError::forbidden(message))
}

/// 200 with JSON.
pub(crate) fn shown(body: Value) -> Response {
    Json(body).into_response()
}

/// 200 with nothing, as actions are answered.
pub(crate) fn done() -> Response {
    StatusCode::OK.into_response()
}
