//! Taking a consent back (`DELETE …/assignments/{objectId}`). One that is not there is taken back already.

use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use store::Write;

use crate::errand::Errand;
use crate::teams_extension::assignment::{self, Named};

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let named = Named::of(&errand)?;
    let _turn = errand.edge.turn.lock().await;
    if let Some(found) = assignment::find(&errand, &named).await? {
        let resource = errand.resource.to_string();
        let remove = Write::RemoveConsent { resource, tenant: found.tenant_id, object: found.object_id };
        errand.commit(vec![remove]).await?;
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
