//! Consenting (`PUT /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}`).

use acs::teams_extension::{Assignment, AssignmentRequest};
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};

use crate::errand::{Errand, conflict, invalid};
use crate::teams_extension::assignment::{self, Named};

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let request: AssignmentRequest = errand.read()?;
    let named = Named::of(&errand)?;
    let principal_type = request
        .principal_type
        .ok_or_else(|| invalid("principalType", "it is missing: name user or teamsResourceAccount"))?;
    let client_ids = assignment::clients(principal_type, request.client_ids)?;
    let _turn = errand.edge.turn.lock().await;
    let before = assignment::find(&errand, &named).await?;
    if before.as_ref().is_some_and(|before| before.principal_type != principal_type) {
        return Err(conflict(
            "cannot change principalType: the object is one or the other; delete the assignment first",
        )
        .about("principalType"));
    }
    let made = Assignment {
        object_id: named.object,
        tenant_id: named.tenant.unwrap_or_default(),
        principal_type,
        client_ids,
    };
    if before.as_ref() != Some(&made) {
        assignment::keep(&errand, &made, before.is_none()).await?;
    }
    let status = if before.is_none() { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Answer::json(status, &made))
}
