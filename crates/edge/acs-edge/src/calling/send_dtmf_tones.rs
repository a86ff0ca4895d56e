//! Pressing keys toward a participant (`POST …:sendDtmfTones`).

use acs::calling::{SendDtmfTonesRequest, SendDtmfTonesResult};
use axum::http::StatusCode;
use call_engine::SendTones;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::calling::tone::tone;
use crate::validation;

const MOST_TONES: usize = 18;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: SendDtmfTonesRequest = asking.read()?;
    validation::count("tones", &request.tones, 1..=MOST_TONES)?;
    let operation_context = validation::operation_context(request.operation_context)?;
    let send = SendTones {
        target: request.target_participant.0,
        tones: request.tones.into_iter().map(tone).collect(),
        operation_context: operation_context.clone(),
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    };
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::SendTones { connection, resource, send }).await?;
    Ok(Answer::json(StatusCode::ACCEPTED, &SendDtmfTonesResult { operation_context }))
}
