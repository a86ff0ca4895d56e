//! One participant (`GET …/participants/{rawId}`).

use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use identifier::CommunicationIdentifier;

use crate::asking::Asking;
use crate::calling::properties;
use crate::refusal;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let raw_id = asking.route.participant().unwrap_or_default();
    let wanted = CommunicationIdentifier::from_raw_id(raw_id);
    let mut participants = asking.participants().await?.into_iter();
    let found = participants.find(|participant| participant.identifier == wanted);
    let found = found.ok_or_else(refusal::participant_not_found)?;
    Ok(Answer::json(StatusCode::OK, &properties::participant(found)))
}
