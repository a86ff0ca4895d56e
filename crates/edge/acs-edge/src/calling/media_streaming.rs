//! Sending the sound of a call to the application's WebSocket (`POST …:startMediaStreaming`, `…:stop…`).

use acs::calling::StartMediaStreamingRequest;
use axum::http::StatusCode;
use call_engine::Switch;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::validation;

pub(crate) async fn start(asking: Asking) -> Result<Answer, ApiError> {
    let switch = switch(&asking)?;
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::StartStreaming { connection, resource, switch }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

pub(crate) async fn stop(asking: Asking) -> Result<Answer, ApiError> {
    let switch = switch(&asking)?;
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::StopStreaming { connection, resource, switch }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

fn switch(asking: &Asking) -> Result<Switch, ApiError> {
    let request: StartMediaStreamingRequest = asking.read()?;
    Ok(Switch {
        operation_context: validation::operation_context(request.operation_context)?,
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    })
}
