//! Looking at what is there (`POST /availablePhoneNumbers/countries/{country}/:browse`). Nothing is kept aside.

use acs::phone_numbers::{AssignmentType, AvailabilityStatus, AvailableNumber, BrowseRequest, BrowseResult};
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use identifier::PhoneNumber;

use crate::errand::{Errand, invalid};
use crate::phone_numbers::country;
use crate::phone_numbers::inventory::{Offer, Wanted};
use crate::phone_numbers::shelf::Shelf;

/// Numbers that are shown.
const SHOWN: usize = 50;
const MOST_PREFIXES: usize = 10;

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let request: BrowseRequest = errand.read()?;
    let prefixes = request.phone_number_prefixes.unwrap_or_default();
    let is_digits = |prefix: &String| prefix.len() <= 15 && prefix.bytes().all(|byte| byte.is_ascii_digit());
    if prefixes.len() > MOST_PREFIXES || !prefixes.iter().all(is_digits) {
        let reason = format!("there may be at most {MOST_PREFIXES}, each of them at most 15 digits");
        return Err(invalid("phoneNumberPrefixes", reason));
    }
    let wanted = Wanted {
        country: country(&errand)?,
        number_type: Some(request.phone_number_type),
        assignment: request.assignment_type,
        calling: request.capabilities.and_then(|capabilities| capabilities.calling),
        sms: request.capabilities.and_then(|capabilities| capabilities.sms),
        prefixes,
        ..Wanted::default()
    };
    let shelf = Shelf::of(&errand, &[]).await?;
    let found = shelf.find(&errand, &wanted, SHOWN).await?.into_iter();
    let assignment = request.assignment_type;
    let phone_numbers = found
        .map(|(number, offer)| shown(&number, offer, assignment, AvailabilityStatus::Available))
        .collect();
    Ok(Answer::json(StatusCode::OK, &BrowseResult { phone_numbers }))
}

/// A number as those see it who can have it.
pub(crate) fn shown(
    number: &PhoneNumber,
    offer: &Offer,
    assignment: Option<AssignmentType>,
    status: AvailabilityStatus,
) -> AvailableNumber {
    AvailableNumber {
        id: Some(number.digits().to_owned()),
        country_code: Some(offer.country.to_string()),
        phone_number: Some(number.to_string()),
        capabilities: Some(offer.capabilities),
        phone_number_type: Some(offer.number_type),
        assignment_type: assignment.or(offer.assignment).or(Some(AssignmentType::Application)),
        cost: Some(offer.cost.clone()),
        status: Some(status),
        is_agreement_to_not_resell_required: Some(false),
        error: None,
    }
}
