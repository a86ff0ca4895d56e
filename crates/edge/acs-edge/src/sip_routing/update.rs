//! Changing the direct routing of a resource (`PATCH /sip`, RFC 7396).

use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use store::{CommitError, SipRouting, Write};

use crate::errand::{Errand, not_in_force, not_kept, written};
use crate::sip_routing::document;

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let update = errand.read()?;
    let _turn = errand.edge.turn.lock().await;
    let before = document::read(&errand).await?;
    let mut configuration = before.clone();
    document::merge(&mut configuration, update)?;
    document::check(&mut configuration)?;
    document::check_names(&errand, &configuration).await?;
    if configuration != before {
        let (resource, document) = (errand.resource.to_string(), written(&configuration));
        let writes = vec![Write::PutSipRouting(SipRouting { resource, document })];
        (errand.edge.commit)(writes).await.map_err(|error| match error {
            CommitError::Contradiction(reason) => document::unprocessable(not_in_force(&reason)),
            CommitError::Store(error) => not_kept(error),
        })?;
        tracing::info!(resource.id = %errand.resource, "a resource has changed its direct routing");
    }
    Ok(Answer::json(StatusCode::OK, &document::shown(&errand, configuration)))
}
