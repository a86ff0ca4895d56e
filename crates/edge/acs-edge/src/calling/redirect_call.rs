//! Sending a call that waits to somebody else (`POST /calling/callConnections:redirect`).

use acs::calling::RedirectCallRequest;
use axum::http::StatusCode;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: RedirectCallRequest = asking.read()?;
    let call = asking.open_context(&request.incoming_call_context)?;
    let target = request.target.0;
    asking.accepted(Command::Redirect { call, resource: asking.resource(), target }).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
