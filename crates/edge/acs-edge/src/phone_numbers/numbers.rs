//! The numbers of a resource (`GET /phoneNumbers`, `GET /phoneNumbers/{number}`).

use acs::phone_numbers::{
    AssignmentType, Capabilities, Capability, Cost, NumberType, PurchasedNumber, PurchasedNumbers,
};
use acs::timestamp;
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use identifier::PhoneNumber;

use crate::errand::{Errand, Portion, not_found, not_kept, understood};
use crate::phone_numbers::look_up;
use crate::phone_numbers::number;

/// Of one resource.
const MOST: usize = 1_000_000;

pub(crate) async fn list(errand: Errand) -> Result<Answer, ApiError> {
    let portion = Portion::of(&errand, numbers(&errand).await?, "/phoneNumbers", "top")?;
    let list = PurchasedNumbers { phone_numbers: portion.items, next_link: portion.next_link };
    Ok(Answer::json(StatusCode::OK, &list))
}

pub(crate) async fn get(errand: Errand) -> Result<Answer, ApiError> {
    let number = number(&errand)?;
    Ok(Answer::json(StatusCode::OK, &one(&errand, &number).await?))
}

/// A number of this resource; one of another is not found.
pub(crate) async fn one(errand: &Errand, number: &PhoneNumber) -> Result<PurchasedNumber, ApiError> {
    match held(errand, number).await? {
        Some(held) => Ok(held),
        None if is_configured(errand, number) => Ok(configured(number)),
        None => Err(not_found("the phone number", "it does not belong to this resource")),
    }
}

/// A number that this resource has purchased.
pub(crate) async fn held(errand: &Errand, number: &PhoneNumber) -> Result<Option<PurchasedNumber>, ApiError> {
    let held = errand.edge.store.held_number(number.as_str()).await.map_err(not_kept)?;
    let own = held.filter(|held| held.resource == errand.resource.to_string());
    own.map(|held| understood("number", &held.details)).transpose()
}

/// Whether the operator has given this resource the number.
pub(crate) fn is_configured(errand: &Errand, number: &PhoneNumber) -> bool {
    let directory = errand.directory();
    directory.resource(errand.resource).is_some_and(|resource| resource.numbers.contains(number))
}

async fn numbers(errand: &Errand) -> Result<Vec<PurchasedNumber>, ApiError> {
    let own = errand.resource.to_string();
    let held = errand.edge.store.held_numbers_of(&own, 0, MOST).await.map_err(not_kept)?;
    let held: Result<Vec<PurchasedNumber>, _> =
        held.iter().map(|held| understood("number", &held.details)).collect();
    let mut numbers = held?;
    let directory = errand.directory();
    let given = directory.resource(errand.resource).into_iter().flat_map(|resource| &resource.numbers);
    let given: Vec<PurchasedNumber> = given
        // The held ones are in the order of the database.
        .filter(|number| {
            numbers.binary_search_by(|held| held.phone_number.as_str().cmp(number.as_str())).is_err()
        })
        .map(configured)
        .collect();
    numbers.extend(given);
    numbers.sort_by(|one, other| one.phone_number.cmp(&other.phone_number));
    Ok(numbers)
}

/// A number that the operator has given, which costs nothing and was there from the start.
fn configured(number: &PhoneNumber) -> PurchasedNumber {
    let seen = look_up::seen(number);
    PurchasedNumber {
        id: number.digits().to_owned(),
        phone_number: number.to_string(),
        country_code: seen.country.unwrap_or_else(|| "ZZ".to_owned()),
        phone_number_type: if seen.is_toll_free { NumberType::TollFree } else { NumberType::Geographic },
        capabilities: Capabilities { calling: Capability::Both, sms: Capability::None },
        assignment_type: AssignmentType::Application,
        purchase_date: timestamp::zulu(0),
        cost: Cost::monthly(0.0, "USD"),
    }
}
