//! Everybody in the call (`GET …/participants`).

use acs::calling::GetParticipantsResponse;
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};

use crate::asking::Asking;
use crate::calling::properties;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let value = asking.participants().await?.into_iter().map(properties::participant).collect();
    // A call has at most 350 participants: one page.
    Ok(Answer::json(StatusCode::OK, &GetParticipantsResponse { value, next_link: None }))
}
