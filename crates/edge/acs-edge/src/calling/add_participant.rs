//! Bringing somebody into the call (`POST …/participants:add`).

use std::time::Duration;

use acs::calling::{AddParticipantRequest, AddParticipantResponse, CallParticipant};
use axum::http::StatusCode;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::validation;

const MOST_SECONDS: i64 = 180;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: AddParticipantRequest = asking.read()?;
    let operation_context = validation::operation_context(request.operation_context)?;
    let identifier = request.participant_to_add;
    let command = Command::AddParticipant {
        connection: asking.connection()?,
        resource: asking.resource(),
        target: identifier.0.clone(),
        caller_number: validation::caller_number(request.source_caller_id_number),
        display_name: validation::display_name(request.source_display_name)?,
        headers: validation::custom_headers(request.custom_calling_context)?,
        ring_for: ring_for(request.invitation_timeout_in_seconds)?,
        operation_context: operation_context.clone(),
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    };
    let accepted = asking.accepted(command).await?;
    let Some(invitation) = accepted.operation else {
        tracing::error!("the exchange accepted an invitation without naming it");
        return Err(ApiError::internal());
    };
    let response = AddParticipantResponse {
        participant: CallParticipant { identifier, is_muted: false, is_on_hold: false },
        operation_context,
        invitation_id: invitation.to_string(),
    };
    Ok(Answer::json(StatusCode::ACCEPTED, &response))
}

/// Zero leaves it to the platform, as saying nothing does.
fn ring_for(seconds: Option<i64>) -> Result<Option<Duration>, ApiError> {
    let Some(seconds) = seconds else { return Ok(None) };
    let seconds = validation::within("invitationTimeoutInSeconds", seconds, 0..=MOST_SECONDS)?;
    Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
}
