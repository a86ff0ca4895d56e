//! Refusing a call that waits (`POST /calling/callConnections:reject`).

use acs::calling::{CallRejectReason, RejectCallRequest};
use axum::http::StatusCode;
use call_engine::RejectReason;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: RejectCallRequest = asking.read()?;
    let reason = match request.call_reject_reason {
        None | Some(CallRejectReason::None) => RejectReason::Declined,
        Some(CallRejectReason::Busy) => RejectReason::Busy,
        Some(CallRejectReason::Forbidden) => RejectReason::Forbidden,
    };
    let call = asking.open_context(&request.incoming_call_context)?;
    asking.accepted(Command::Reject { call, resource: asking.resource(), reason }).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
