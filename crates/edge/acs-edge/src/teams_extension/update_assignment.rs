//! Changing a consent (`PATCH …/assignments/{objectId}`): what is absent stays.

use acs::teams_extension::{Assignment, AssignmentRequest};
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};

use crate::errand::{Errand, conflict};
use crate::teams_extension::assignment::{self, Named};

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let request: AssignmentRequest = errand.read()?;
    let named = Named::of(&errand)?;
    let _turn = errand.edge.turn.lock().await;
    let before = assignment::find(&errand, &named).await?.ok_or_else(assignment::none)?;
    if request.principal_type.is_some_and(|wanted| wanted != before.principal_type) {
        return Err(conflict(
            "cannot change principalType: the object is one or the other; delete the assignment first",
        )
        .about("principalType"));
    }
    let client_ids = match request.client_ids {
        Some(asked) => assignment::clients(before.principal_type, Some(asked))?,
        None => before.client_ids.clone(),
    };
    let changed = Assignment { client_ids, ..before.clone() };
    if changed != before {
        assignment::keep(&errand, &changed, false).await?;
    }
    Ok(Answer::json(StatusCode::OK, &changed))
}
