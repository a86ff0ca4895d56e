//! Reading the configuration again.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use http_kit::ApiError;
use serde::Serialize;

use crate::state::AdminState;

/// Reads the configuration again; what is wrong with it is said in one line, and nothing has changed.
pub type Reload = Arc<dyn Fn() -> Reloading + Send + Sync>;

/// A reload under way.
pub type Reloading = Pin<Box<dyn Future<Output = Result<Reloaded, String>> + Send>>;

/// What is in force after a reload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reloaded {
    /// Customer organisations.
    pub tenants: usize,
    /// Communication resources.
    pub resources: usize,
    /// Phone accounts.
    pub phones: usize,
    /// Carriers and SBCs.
    pub trunks: usize,
    /// Whether another certificate is shown than before.
    pub certificate_renewed: bool,
    /// Settings that are not what the server was started with, and for which it must be restarted.
    pub want_restart: Vec<&'static str>,
}

impl fmt::Display for Reloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenants, resources, phones, trunks, certificate_renewed, want_restart } = self;
        write!(f, "reloaded: {tenants} tenants, {resources} resources, {phones} phones, {trunks} trunks")?;
        f.write_str(if *certificate_renewed { "; another certificate" } else { "; the same certificate" })?;
        if !want_restart.is_empty() {
            write!(f, "; restart the server for {}", want_restart.join(", "))?;
        }
        Ok(())
    }
}

/// `POST /admin/v1/reload`
pub(crate) async fn run(State(state): State<AdminState>) -> Result<Json<Reloaded>, ApiError> {
    // Whoever asked and did not wait for the answer has still asked for all of it.
    let reloading = tokio::spawn((state.reload)());
    let reloaded = reloading.await.map_err(|error| {
        tracing::error!(%error, "a reload broke an assumption: {error}");
        ApiError::internal()
    })?;
    let reloaded = reloaded.map_err(|reason| {
        let message = format!("nothing was reloaded, all is as before: {reason}");
        ApiError::new(StatusCode::CONFLICT, "ConfigurationRefused", message)
    })?;
    tracing::info!("{reloaded}");
    Ok(Json(reloaded))
}
