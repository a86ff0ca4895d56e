//! Tokens of Microsoft Graph in a person's name.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use graph_edge::{Delegation, DelegationError};
use http_kit::ApiError;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::state::AdminState;
use crate::{body, moment};

/// The body of `POST /admin/v1/tenants/{tenant}/delegated-tokens`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Wanted {
    application: String,
    person: String,
    #[serde(default)]
    scopes: Vec<String>,
    lifetime_seconds: Option<u64>,
}

/// `POST /admin/v1/tenants/{tenant}/delegated-tokens`
pub(crate) async fn create(
    State(state): State<AdminState>,
    Path(tenant): Path<String>,
    wanted: Result<Json<Wanted>, JsonRejection>,
) -> Result<Json<Value>, ApiError> {
    let wanted: Wanted = body::json(wanted)?;
    let graph = state.graph.as_ref().ok_or_else(ApiError::internal)?;
    let lives = wanted.lifetime_seconds.map_or(Delegation::USUAL, Duration::from_secs);
    let Wanted { application, person, scopes, .. } = wanted;
    let delegation = Delegation { tenant, application, person, scopes, lives };
    let given = graph.delegate(&delegation).await.map_err(refused)?;
    tracing::info!(
        application = %delegation.application, person = %given.person,
        "the administrator gave an application a token in the name of {}", given.person
    );
    Ok(Json(json!({
        "tokenType": "Bearer",
        "accessToken": given.token.expose(),
        "person": given.person.to_string(),
        "scopes": given.scopes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "expiresOn": moment::moment(given.expires_us),
    })))
}

fn refused(error: DelegationError) -> ApiError {
    let field = match &error {
        DelegationError::UnknownTenant(_) => {
            return ApiError::new(StatusCode::NOT_FOUND, "8522", format!("cannot {error}"));
        }
        DelegationError::UnknownApplication(_) => "application",
        DelegationError::UnknownPerson(_) | DelegationError::CannotSignIn(_) => "person",
        DelegationError::UnknownScope(_)
        | DelegationError::NotDelegated(_)
        | DelegationError::NotGranted(_)
        | DelegationError::NothingToGrant => "scopes",
        DelegationError::Lifetime(_) => "lifetimeSeconds",
    };
    ApiError::invalid(field, format!("cannot {error}"))
}
