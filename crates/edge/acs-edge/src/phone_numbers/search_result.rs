//! What a search found (`GET /availablePhoneNumbers/searchResults/{id}`).

use axum::http::StatusCode;
use http_kit::{Answer, ApiError};

use crate::errand::Errand;
use crate::phone_numbers::papers;

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let mut search = papers::search(&errand, errand.route.value("id")).await?;
    if !search.purchased && search.until_us <= errand.now().unix_us() {
        (search.result.error_code, search.result.error) = (Some(12), Some("ReservationExpired".to_owned()));
    }
    Ok(Answer::json(StatusCode::OK, &search.result))
}
