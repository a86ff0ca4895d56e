//! Changing the direct routing of a resource (`PATCH /sip`, RFC 7396).

use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use store::{SipRouting, Write};

use crate::errand::{Errand, written};
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
        let keep = |document: String| {
            Write::PutSipRouting(SipRouting { resource: errand.resource.to_string(), document })
        };
        errand.write(vec![keep(written(&configuration))]).await?;
        if let Err(refused) = errand.publish().await {
            errand.write(vec![keep(written(&before))]).await?;
            return Err(document::unprocessable(refused.message));
        }
        tracing::info!(resource.id = %errand.resource, "a resource has changed its direct routing");
    }
    Ok(Answer::json(StatusCode::OK, &document::shown(&errand, configuration)))
}
