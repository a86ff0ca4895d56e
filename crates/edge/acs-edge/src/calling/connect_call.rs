//! Holding a call that others made (`POST /calling/callConnections:connect`).

use acs::calling::ConnectRequest;
use axum::http::StatusCode;
use call_engine::Join;
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::calling::call_options::Wished;
use crate::calling::{locator, properties};
use crate::validation;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: ConnectRequest = asking.read()?;
    let wished = Wished {
        intelligence: request.call_intelligence_options,
        streaming: request.media_streaming_options,
        transcription: request.transcription_options,
        loopback: request.enable_loopback_audio,
    };
    let join = Join {
        application: asking.application(validation::callback(&request.callback_uri)?),
        operation_context: validation::operation_context(request.operation_context)?,
        options: wished.options(asking.version())?,
    };
    let call = locator::call(&request.call_locator)?;
    let call = asking.call(Command::Join { call, join }).await?;
    Ok(Answer::json(StatusCode::OK, &properties::connection(*call)))
}
