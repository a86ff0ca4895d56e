//! Taking a participant off hold (`POST …:unhold`).

use acs::calling::UnholdRequest;
use axum::http::StatusCode;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::validation;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: UnholdRequest = asking.read()?;
    validation::operation_context(request.operation_context)?;
    validation::operation_callback(request.operation_callback_uri.as_ref())?;
    let target = request.target_participant.0;
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::Unhold { connection, resource, target }).await?;
    Ok(Answer::empty(StatusCode::OK))
}
