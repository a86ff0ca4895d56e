//! Sending somebody out of the call (`POST …/participants:remove`).

use acs::calling::{RemoveParticipantRequest, RemoveParticipantResponse};
use axum::http::StatusCode;
use call_engine::RemoveParticipant;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::validation;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: RemoveParticipantRequest = asking.read()?;
    let operation_context = validation::operation_context(request.operation_context)?;
    let remove = RemoveParticipant {
        participant: request.participant_to_remove.0,
        operation_context: operation_context.clone(),
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    };
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::RemoveParticipant { connection, resource, remove }).await?;
    Ok(Answer::json(StatusCode::ACCEPTED, &RemoveParticipantResponse { operation_context }))
}
