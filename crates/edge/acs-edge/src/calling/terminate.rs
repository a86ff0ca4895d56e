//! Ending a call for everybody (`POST …:terminate`).

use axum::http::StatusCode;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let command = Command::Terminate { connection: asking.connection()?, resource: asking.resource() };
    asking.accepted(command).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
