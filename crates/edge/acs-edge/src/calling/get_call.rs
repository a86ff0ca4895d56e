//! Looking at a call (`GET /calling/callConnections/{id}`).

use axum::http::StatusCode;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::calling::properties;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let command = Command::Properties { connection: asking.connection()?, resource: asking.resource() };
    let call = asking.call(command).await?;
    Ok(Answer::json(StatusCode::OK, &properties::connection(*call)))
}
