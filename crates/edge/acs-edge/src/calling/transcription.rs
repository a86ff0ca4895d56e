//! Writing down what is said (`POST …:startTranscription`, `…:updateTranscription`, `…:stopTranscription`,
//! and in the preview `…:summarizeCall`).

use acs::calling::{StopTranscriptionRequest, SummarizeCallRequest, UpdateTranscriptionRequest};
use axum::http::StatusCode;
use call_engine::{Switch, Transcribe};
use exchange::Command;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::calling::call_options::Said;
use crate::validation;

pub(crate) async fn start(asking: Asking) -> Result<Answer, ApiError> {
    let transcribe = transcribe(&asking)?;
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::StartTranscription { connection, resource, transcribe }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

pub(crate) async fn update(asking: Asking) -> Result<Answer, ApiError> {
    let transcribe = transcribe(&asking)?;
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::UpdateTranscription { connection, resource, transcribe }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

pub(crate) async fn stop(asking: Asking) -> Result<Answer, ApiError> {
    let request: StopTranscriptionRequest = asking.read()?;
    let switch = Switch {
        operation_context: validation::operation_context(request.operation_context)?,
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    };
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::StopTranscription { connection, resource, switch }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

pub(crate) async fn summarize(asking: Asking) -> Result<Answer, ApiError> {
    let request: SummarizeCallRequest = asking.read()?;
    let said = Said { summarization: request.summarization_options, ..Said::default() };
    let transcribe = Transcribe {
        reading: said.reading(asking.version())?,
        operation_context: validation::operation_context(request.operation_context)?,
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    };
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::Summarize { connection, resource, transcribe }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

fn transcribe(asking: &Asking) -> Result<Transcribe, ApiError> {
    let request: UpdateTranscriptionRequest = asking.read()?;
    let said = Said {
        prefix: "",
        locale: request.locale,
        locales: request.locales,
        model: request.speech_model_endpoint_id,
        sentiment: request.enable_sentiment_analysis,
        redaction: request.pii_redaction_options,
        summarization: request.summarization_options,
    };
    Ok(Transcribe {
        reading: said.reading(asking.version())?,
        operation_context: validation::operation_context(request.operation_context)?,
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    })
}
