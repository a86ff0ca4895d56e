//! Looking at operations and giving them up (`/phoneNumbers/operations/{id}`).

use axum::http::StatusCode;
use http_kit::{Answer, ApiError};

use crate::errand::Errand;
use crate::phone_numbers::papers;

pub(crate) async fn get(errand: Errand) -> Result<Answer, ApiError> {
    let operation = papers::operation(&errand, errand.route.value("id")).await?;
    let answer = Answer::json(StatusCode::OK, &operation);
    Ok(match &operation.resource_location {
        Some(location) => answer.with_header("location", location),
        None => answer,
    })
}

/// An operation is over as soon as it is known, so there is nothing left to be given up.
pub(crate) async fn cancel(errand: Errand) -> Result<Answer, ApiError> {
    papers::operation(&errand, errand.route.value("id")).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
