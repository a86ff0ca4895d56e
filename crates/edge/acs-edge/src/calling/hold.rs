//! Putting a participant on hold (`POST …:hold`).

use acs::calling::HoldRequest;
use axum::http::StatusCode;
use call_engine::Hold;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::calling::play_source;
use crate::validation;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: HoldRequest = asking.read()?;
    let music = |source| play_source::one("playSourceInfo", source);
    let hold = Hold {
        target: request.target_participant.0,
        music: request.play_source_info.map(music).transpose()?,
        operation_context: validation::operation_context(request.operation_context)?,
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    };
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::Hold { connection, resource, hold }).await?;
    Ok(Answer::empty(StatusCode::OK))
}
