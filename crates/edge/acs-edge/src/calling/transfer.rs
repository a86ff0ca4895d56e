//! Connecting a participant with somebody else (`POST …:transferToParticipant`).

use acs::calling::{TransferCallResponse, TransferToParticipantRequest};
use axum::http::StatusCode;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::validation;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: TransferToParticipantRequest = asking.read()?;
    let operation_context = validation::operation_context(request.operation_context)?;
    let command = Command::Transfer {
        connection: asking.connection()?,
        resource: asking.resource(),
        target: request.target_participant.0,
        transferee: request.transferee.map(|transferee| transferee.0),
        caller_number: validation::caller_number(request.source_caller_id_number),
        headers: validation::custom_headers(request.custom_calling_context)?,
        operation_context: operation_context.clone(),
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    };
    asking.accepted(command).await?;
    Ok(Answer::json(StatusCode::ACCEPTED, &TransferCallResponse { operation_context }))
}
