//! Nobody hears these participants any more (`POST …/participants:mute`), or everybody hears them again
//! (`POST …/participants:unmute`).

use acs::calling::{MuteParticipantsRequest, MuteParticipantsResult};
use axum::http::StatusCode;
use call_engine::Mute;
use exchange::Command;
use http_kit::{Answer, ApiError};
use identifier::{CallConnectionId, ResourceId};

use crate::asking::Asking;
use crate::validation;

const MOST_PARTICIPANTS: usize = 350;

pub(crate) async fn mute(asking: Asking) -> Result<Answer, ApiError> {
    handle(asking, |connection, resource, mute| Command::Mute { connection, resource, mute }).await
}

pub(crate) async fn unmute(asking: Asking) -> Result<Answer, ApiError> {
    handle(asking, |connection, resource, mute| Command::Unmute { connection, resource, mute }).await
}

async fn handle(
    asking: Asking,
    command: impl FnOnce(CallConnectionId, ResourceId, Mute) -> Command,
) -> Result<Answer, ApiError> {
    let request: MuteParticipantsRequest = asking.read()?;
    validation::count("targetParticipants", &request.target_participants, 1..=MOST_PARTICIPANTS)?;
    let operation_context = validation::operation_context(request.operation_context)?;
    let mute = Mute {
        participants: request.target_participants.into_iter().map(|target| target.0).collect(),
        operation_context: operation_context.clone(),
    };
    asking.accepted(command(asking.connection()?, asking.resource(), mute)).await?;
    Ok(Answer::json(StatusCode::OK, &MuteParticipantsResult { operation_context }))
}
