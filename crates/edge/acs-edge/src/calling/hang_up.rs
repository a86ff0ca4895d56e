//! Leaving a call (`DELETE /calling/callConnections/{id}`).

use axum::http::StatusCode;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let command = Command::HangUp { connection: asking.connection()?, resource: asking.resource() };
    asking.accepted(command).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
