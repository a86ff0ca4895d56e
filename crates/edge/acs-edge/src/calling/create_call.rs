//! Calling one or more people (`POST /calling/callConnections`).

use acs::calling::CreateCallRequest;
use acs::identifier_model::Identifier;
use axum::http::StatusCode;
use exchange::Command;
use http_kit::{Answer, ApiError};
use identifier::{CommunicationIdentifier, ObjectId};

use crate::asking::Asking;
use crate::calling::call_options::Wished;
use crate::calling::properties;
use crate::validation;

const MOST_TARGETS: usize = 349;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let command = command(&asking, asking.read()?)?;
    let call = asking.call(command).await?;
    Ok(Answer::json(StatusCode::CREATED, &properties::connection(*call)))
}

fn command(asking: &Asking, request: CreateCallRequest) -> Result<Command, ApiError> {
    validation::count("targets", &request.targets, 1..=MOST_TARGETS)?;
    let wished = Wished {
        intelligence: request.call_intelligence_options,
        streaming: request.media_streaming_options,
        transcription: request.transcription_options,
        loopback: request.enable_loopback_audio,
    };
    let account = request.teams_app_source.map(|source| account(&source.app_id)).transpose()?;
    let caller_number = validation::caller_number(request.source_caller_id_number);
    let display_name = validation::display_name(request.source_display_name)?;
    if account.is_some() {
        refuse_beside_account("sourceCallerIdNumber", caller_number.is_some())?;
        refuse_beside_account("sourceDisplayName", display_name.is_some())?;
    }
    let to_the_public_network =
        request.targets.iter().any(|Identifier(target)| target.phone_number().is_some());
    if to_the_public_network && caller_number.is_none() && account.is_none() {
        let reason = "a call to a phone number must show one of the resource's own numbers";
        return Err(ApiError::invalid("sourceCallerIdNumber", reason));
    }
    Ok(Command::CreateCall {
        application: asking.application(validation::callback(&request.callback_uri)?),
        targets: request.targets.into_iter().map(|Identifier(target)| target).collect(),
        caller_number,
        account,
        display_name,
        source: request.source.map(|source| CommunicationIdentifier::from_raw_id(&source.id)),
        operation_context: validation::operation_context(request.operation_context)?,
        options: wished.options(asking.version())?,
    })
}

fn account(id: &str) -> Result<ObjectId, ApiError> {
    id.parse().map_err(|_| {
        ApiError::invalid("teamsAppSource.appId", "it is not the object id of a resource account")
    })
}

/// Whoever calls in the name of a resource account shows what that shows (contract: Teams Phone §8.5).
fn refuse_beside_account(property: &str, is_given: bool) -> Result<(), ApiError> {
    if !is_given {
        return Ok(());
    }
    Err(ApiError::invalid(
        property,
        "a call with teamsAppSource shows the number and name of its resource account; leave it out",
    ))
}
