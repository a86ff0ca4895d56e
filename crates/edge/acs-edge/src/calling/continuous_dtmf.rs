//! Telling an application of every key (`POST …:startContinuousDtmfRecognition`, `…:stop…`).

use acs::calling::ContinuousDtmfRecognitionRequest;
use axum::http::StatusCode;
use call_engine::ToneListening;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::validation;

pub(crate) async fn start(asking: Asking) -> Result<Answer, ApiError> {
    let listening = listening(&asking)?;
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::StartContinuousTones { connection, resource, listening }).await?;
    Ok(Answer::empty(StatusCode::OK))
}

pub(crate) async fn stop(asking: Asking) -> Result<Answer, ApiError> {
    let listening = listening(&asking)?;
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::StopContinuousTones { connection, resource, listening }).await?;
    Ok(Answer::empty(StatusCode::OK))
}

fn listening(asking: &Asking) -> Result<ToneListening, ApiError> {
    let request: ContinuousDtmfRecognitionRequest = asking.read()?;
    Ok(ToneListening {
        target: request.target_participant.0,
        operation_context: validation::operation_context(request.operation_context)?,
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    })
}
