//! Which routes a number matches (`POST /sip:testRoutesWithNumber`).

use acs::sip_routing::{RoutesForNumber, SipConfiguration, SipConfigurationUpdate};
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use identifier::PhoneNumber;
use tenant::organization::Pattern;

use crate::errand::{Errand, invalid};
use crate::sip_routing::document;

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let number = errand.query("targetPhoneNumber").unwrap_or_default();
    let number: PhoneNumber = number
        .parse()
        .map_err(|error: identifier::PhoneNumberError| invalid("targetPhoneNumber", error.to_string()))?;
    let mut configuration = SipConfiguration::default();
    if errand.has_body() {
        let asked: SipConfigurationUpdate = errand.read()?;
        document::merge(&mut configuration, asked)?;
        document::check(&mut configuration)?;
    } else {
        configuration = document::read(&errand).await?;
    }
    let matches = |pattern: &str| Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(number.as_str()));
    let matching_routes = configuration.routes.into_iter().filter(|route| matches(&route.number_pattern));
    Ok(Answer::json(StatusCode::OK, &RoutesForNumber { matching_routes: matching_routes.collect() }))
}
