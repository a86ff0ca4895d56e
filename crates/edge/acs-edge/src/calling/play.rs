//! Playing sounds (`POST …:play`).

use acs::calling::PlayRequest;
use axum::http::StatusCode;
use call_engine::Play;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::calling::play_source;
use crate::validation;

const MOST_LISTENERS: usize = 350;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: PlayRequest = asking.read()?;
    let audience = request.play_to.unwrap_or_default();
    validation::count("playTo", &audience, 0..=MOST_LISTENERS)?;
    let play = Play {
        sources: play_source::sources("playSources", request.play_sources)?,
        audience: audience.into_iter().map(|listener| listener.0).collect(),
        repeat: request.play_options.and_then(|options| options.r#loop).unwrap_or(false),
        interrupt: request.interrupt_call_media_operation.unwrap_or(false),
        operation_context: validation::operation_context(request.operation_context)?,
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    };
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::Play { connection, resource, play }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}
