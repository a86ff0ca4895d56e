//! Tenants' telephone systems: whole documents, and one object at a time.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri};
use http_kit::ApiError;
use provisioning::{Filter, Outcome, Provisioning, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::StoreError;
use tenant_document::{Kind, PolicyType, fields};

use crate::body;
use crate::list_query::{ListQuery, RawQuery};
use crate::state::{AdminState, unavailable};

type Answer = Result<Json<Value>, ApiError>;

/// Fields that follow from others, and by which lists are filtered too.
const DERIVED: [&str; 6] =
    ["search", "lineUri", "phoneNumber", "featureTypes", "accountType", "pstnAssignmentStatus"];

/// The body of `POST /admin/v1/apply`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Apply {
    /// YAML or JSON.
    document: String,
    /// Whether nothing shall be done.
    #[serde(default)]
    dry_run: bool,
}

/// The body of `POST /admin/v1/tenants/{tenant}/grants`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Grant {
    policy_type: PolicyType,
    /// A person, a resource account or a group.
    to: String,
    /// None takes the assignment away.
    policy_name: Option<String>,
    rank: Option<u32>,
    #[serde(default)]
    dry_run: bool,
}

/// The query of what changes one object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Trial {
    /// Whether nothing shall be done.
    #[serde(default)]
    dry_run: bool,
}

type AskedTrial = Result<Query<Trial>, QueryRejection>;

/// `POST /admin/v1/apply`
pub(crate) async fn apply(
    State(state): State<AdminState>,
    told: Result<Json<Apply>, JsonRejection>,
) -> Answer {
    let Apply { document, dry_run } = body::json(told)?;
    done(provisioning(&state)?.apply(&document, dry_run).await)
}

/// `GET /admin/v1/tenants`
pub(crate) async fn tenants(State(state): State<AdminState>) -> Answer {
    let tenants = provisioning(&state)?.tenants().await.map_err(refused)?;
    Ok(Json(json!({ "value": tenants, "nextLink": null })))
}

/// `GET /admin/v1/tenants/{tenant}/document`
pub(crate) async fn export(State(state): State<AdminState>, Path(tenant): Path<String>) -> Answer {
    let document = provisioning(&state)?.export(&tenant).await.map_err(refused)?;
    Ok(Json(json!({ "document": document })))
}

/// `POST /admin/v1/tenants/{tenant}/grants`
pub(crate) async fn grant(
    State(state): State<AdminState>,
    Path(tenant): Path<String>,
    told: Result<Json<Grant>, JsonRejection>,
) -> Answer {
    let Grant { policy_type, to, policy_name, rank, dry_run } = body::json(told)?;
    let policy = policy_name.as_deref();
    done(provisioning(&state)?.grant(&tenant, policy_type, &to, policy, rank, dry_run).await)
}

/// `GET /admin/v1/tenants/{tenant}/objects/{kind}?search=…&{field}=…`
pub(crate) async fn list(
    State(state): State<AdminState>,
    Path((tenant, kind)): Path<(String, String)>,
    uri: Uri,
    query: RawQuery,
) -> Answer {
    let kind = kind_of(&kind)?;
    let fields = fields(kind);
    let mut known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    known.extend(DERIVED);
    let query = ListQuery::read(&uri, query, &known)?;
    let wanted = known.iter().filter(|name| **name != "search");
    let wanted = wanted.filter_map(|name| Some(((*name).to_owned(), query.filter(name)?))).collect();
    let filter = Filter { search: query.filter("search"), fields: wanted };
    let objects = provisioning(&state)?.list(&tenant, kind, &filter).await.map_err(refused)?;
    Ok(Json(query.answer_from(objects)?))
}

/// `POST /admin/v1/tenants/{tenant}/objects/{kind}?dryRun=…`
pub(crate) async fn create(
    State(state): State<AdminState>,
    Path((tenant, kind)): Path<(String, String)>,
    query: AskedTrial,
    told: Result<Json<Value>, JsonRejection>,
) -> Answer {
    let (dry_run, object) = (is_trial(query)?, body::json(told)?);
    done(provisioning(&state)?.create(&tenant, kind_of(&kind)?, &object, dry_run).await)
}

/// `GET /admin/v1/tenants/{tenant}/objects/{kind}/{name or id}`
pub(crate) async fn get(
    State(state): State<AdminState>,
    Path((tenant, kind, identity)): Path<(String, String, String)>,
) -> Answer {
    let object = provisioning(&state)?.get(&tenant, kind_of(&kind)?, &identity).await;
    object.map(Json).map_err(refused)
}

/// `PATCH /admin/v1/tenants/{tenant}/objects/{kind}/{name or id}?dryRun=…`: changes the fields that are said; null makes one
/// say again what it says by default.
pub(crate) async fn set(
    State(state): State<AdminState>,
    Path((tenant, kind, identity)): Path<(String, String, String)>,
    query: AskedTrial,
    told: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Answer {
    let (dry_run, patch) = (is_trial(query)?, body::json(told)?);
    done(provisioning(&state)?.set(&tenant, kind_of(&kind)?, &identity, &patch, dry_run).await)
}

/// `DELETE /admin/v1/tenants/{tenant}/objects/{kind}/{name or id}?dryRun=…`
pub(crate) async fn remove(
    State(state): State<AdminState>,
    Path((tenant, kind, identity)): Path<(String, String, String)>,
    query: AskedTrial,
) -> Answer {
    let dry_run = is_trial(query)?;
    done(provisioning(&state)?.remove(&tenant, kind_of(&kind)?, &identity, dry_run).await)
}

fn is_trial(query: AskedTrial) -> Result<bool, ApiError> {
    let reason = |_| ApiError::invalid("dryRun", "it is the one parameter, and true or false");
    query.map(|Query(trial)| trial.dry_run).map_err(reason)
}

fn provisioning(state: &AdminState) -> Result<&Provisioning, ApiError> {
    state.provisioning.as_ref().ok_or_else(|| ApiError::not_supported("provisioning"))
}

fn kind_of(text: &str) -> Result<Kind, ApiError> {
    text.parse()
        .map_err(|error| ApiError::new(StatusCode::NOT_FOUND, "8522", format!("cannot find it: {error}")))
}

fn done(outcome: Result<Outcome, Refusal>) -> Answer {
    let outcome = outcome.map_err(refused)?;
    serde_json::to_value(outcome).map(Json).map_err(|error| {
        tracing::error!(%error, "an outcome is no JSON: {error}");
        ApiError::internal()
    })
}

fn refused(refusal: Refusal) -> ApiError {
    let message = format!("cannot {refusal}");
    match refusal {
        Refusal::UnknownTenant { .. } | Refusal::UnknownObject { .. } => {
            ApiError::new(StatusCode::NOT_FOUND, "8522", message)
        }
        Refusal::Exists { .. } | Refusal::InUse { .. } | Refusal::Busy => {
            ApiError::new(StatusCode::CONFLICT, "8519", message)
        }
        Refusal::Faults(_) | Refusal::Told(_) => ApiError::new(StatusCode::BAD_REQUEST, "8523", message),
        Refusal::Store(StoreError::Overloaded(_)) => ApiError::overloaded(),
        Refusal::Store(error) => unavailable(error),
    }
}
