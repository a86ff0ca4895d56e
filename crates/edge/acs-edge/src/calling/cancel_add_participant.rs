//! Stopping to ring somebody who was asked in (`POST …/participants:cancelAddParticipant`).

use acs::calling::{CancelAddParticipantRequest, CancelAddParticipantResponse};
use axum::http::StatusCode;
use call_engine::CancelAddParticipant;
use exchange::Command;
use http_kit::{Answer, ApiError};
use identifier::OperationId;

use crate::asking::Asking;
use crate::validation;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: CancelAddParticipantRequest = asking.read()?;
    let operation_context = validation::operation_context(request.operation_context)?;
    let invitation: OperationId = request.invitation_id.parse().map_err(|_| {
        ApiError::invalid("invitationId", "it is not an id that adding a participant answered with")
    })?;
    let cancel = CancelAddParticipant {
        invitation,
        operation_context: operation_context.clone(),
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    };
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::CancelAddParticipant { connection, resource, cancel }).await?;
    let response = CancelAddParticipantResponse { invitation_id: invitation.to_string(), operation_context };
    Ok(Answer::json(StatusCode::ACCEPTED, &response))
}
