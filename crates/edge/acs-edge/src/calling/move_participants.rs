//! Bringing participants of another call into this one (`POST …/participants:moveHere`).

use acs::calling::{CallParticipant, MoveParticipantsRequest, MoveParticipantsResponse};
use axum::http::StatusCode;
use call_engine::MoveParticipants;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::validation;

const MOST_PARTICIPANTS: usize = 350;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: MoveParticipantsRequest = asking.read()?;
    validation::count("targetParticipants", &request.target_participants, 1..=MOST_PARTICIPANTS)?;
    let operation_context = validation::operation_context(request.operation_context)?;
    let from = request.from_call.parse().map_err(|_| {
        ApiError::invalid("fromCall", "it is not the connection of a call that this resource holds")
    })?;
    let moving = MoveParticipants {
        participants: request.target_participants.iter().map(|target| target.0.clone()).collect(),
        from,
        operation_context: operation_context.clone(),
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    };
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::MoveParticipants { connection, resource, moving }).await?;
    let moved = |identifier| CallParticipant { identifier, is_muted: false, is_on_hold: false };
    let response = MoveParticipantsResponse {
        participants: request.target_participants.into_iter().map(moved).collect(),
        from_call: request.from_call,
        operation_context,
    };
    Ok(Answer::json(StatusCode::ACCEPTED, &response))
}
