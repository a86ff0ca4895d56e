//! Looking at a consent (`GET …/assignments/{objectId}`).

use axum::http::StatusCode;
use http_kit::{Answer, ApiError};

use crate::errand::Errand;
use crate::teams_extension::assignment::{self, Named};

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let found = assignment::find(&errand, &Named::of(&errand)?).await?;
    Ok(Answer::json(StatusCode::OK, &found.ok_or_else(assignment::none)?))
}
