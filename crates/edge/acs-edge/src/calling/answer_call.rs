//! Answering a call that waits (`POST /calling/callConnections:answer`).

use acs::calling::AnswerCallRequest;
use axum::http::StatusCode;
use call_engine::Answer as AnswerCall;
use exchange::Command;
use http_kit::{Answer, ApiError};
use identifier::CommunicationIdentifier;

use crate::asking::Asking;
use crate::calling::call_options::Wished;
use crate::calling::properties;
use crate::validation;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let request: AnswerCallRequest = asking.read()?;
    let wished = Wished {
        intelligence: request.call_intelligence_options,
        streaming: request.media_streaming_options,
        transcription: request.transcription_options,
        loopback: request.enable_loopback_audio,
    };
    let answer = AnswerCall {
        application: asking.application(validation::callback(&request.callback_uri)?),
        answered_by: request.answered_by.map(|user| CommunicationIdentifier::from_raw_id(&user.id)),
        operation_context: validation::operation_context(request.operation_context)?,
        options: wished.options(asking.version())?,
    };
    let call = asking.open_context(&request.incoming_call_context)?;
    let call = asking.call(Command::Answer { call, answer }).await?;
    Ok(Answer::json(StatusCode::OK, &properties::connection(*call)))
}
