//! The numbers of a resource (`GET /phoneNumbers`, `GET /phoneNumbers/{number}`).

use acs::phone_numbers::{
    AssignmentType, Capabilities, Capability, Cost, NumberType, PurchasedNumber, PurchasedNumbers,
};
use acs::timestamp;
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use identifier::PhoneNumber;

use crate::errand::{Errand, Portion, Window, not_found, not_kept, understood};
use crate::phone_numbers::look_up;
use crate::phone_numbers::number;

pub(crate) async fn list(errand: Errand) -> Result<Answer, ApiError> {
    let window = Window::of(&errand, "top")?;
    let rest = numbers(&errand, window).await?;
    let portion = Portion::at(&errand, window, rest, "/phoneNumbers", "top");
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
    (errand.edge.inventory)().given(errand.resource).binary_search(number).is_ok()
}

/// Those of a window and one more, in their order, out of those that were purchased, which lie in the store, and those
/// that the operator has given.
async fn numbers(errand: &Errand, window: Window) -> Result<Vec<PurchasedNumber>, ApiError> {
    let (store, own) = (&errand.edge.store, errand.resource.to_string());
    let inventory = (errand.edge.inventory)();
    let given: Vec<String> = inventory.given(errand.resource).iter().map(ToString::to_string).collect();
    let purchased = store.held_among(&given).await.map_err(not_kept)?;
    let given: Vec<String> = given.into_iter().filter(|number| !purchased.contains(number)).collect();
    // However the given ones lie among them, these are all of the purchased ones that the window can show.
    let before = window.skip.saturating_sub(given.len());
    let most = window.skip - before + window.most + 1;
    let held = store.held_numbers_of(&own, before, most).await.map_err(not_kept)?;
    let passed = match held.first() {
        Some(first) if before > 0 => given.partition_point(|number| *number < first.number),
        Some(_) => 0,
        None if before > 0 => return Ok(Vec::new()),
        None => 0,
    };
    let mut given = given.iter().skip(passed).peekable();
    let mut held = held.iter().peekable();
    let mut merged = Vec::new();
    let wanted = window.skip - (before + passed).min(window.skip);
    while merged.len() < wanted + window.most + 1 {
        let is_given = match (given.peek(), held.peek()) {
            (Some(given), Some(held)) => **given < held.number,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => break,
        };
        let next = if is_given { given.next().map(Err) } else { held.next().map(Ok) };
        merged.extend(next);
    }
    let shown = merged.into_iter().skip(wanted).map(|one| match one {
        Ok(held) => understood("number", &held.details),
        Err(given) => given.parse().map(|number| configured(&number)).map_err(|_| ApiError::internal()),
    });
    shown.collect()
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
