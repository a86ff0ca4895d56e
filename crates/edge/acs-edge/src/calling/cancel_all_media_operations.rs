//! Stopping all that plays or listens (`POST …:cancelAllMediaOperations`).

use axum::http::StatusCode;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::CancelAllMediaOperations { connection, resource }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}
