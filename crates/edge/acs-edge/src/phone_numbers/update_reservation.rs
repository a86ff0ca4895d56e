//! Keeping numbers aside one by one (`PATCH /availablePhoneNumbers/reservations/{id}`).

use std::collections::BTreeMap;

use acs::error::ErrorBody;
use acs::phone_numbers::{
    AvailabilityStatus, AvailableNumber, Reservation, ReservationStatus, ReservationUpdate,
};
use acs::timestamp;
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use identifier::PhoneNumber;

use crate::errand::{Errand, conflict, invalid};
use crate::phone_numbers::papers::{self, KEPT_ASIDE, KEPT_ASIDE_AT_MOST, Reserved, reservation_name};
use crate::phone_numbers::shelf::Shelf;
use crate::phone_numbers::{MOST_NUMBERS, browse, reservations};

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let update: ReservationUpdate = errand.read()?;
    let id = reservations::id(&errand)?;
    let _turn = errand.edge.turn.lock().await;
    let named = update.phone_numbers.iter().flat_map(|numbers| numbers.keys());
    let named: Vec<String> = named.map(|key| format!("+{key}")).collect();
    if named.len() > 2 * MOST_NUMBERS {
        return Err(invalid("phoneNumbers", format!("there may be at most {MOST_NUMBERS}")));
    }
    let shelf = Shelf::of(&errand, &named).await?;
    let before = papers::reservation(&errand, &id).await?;
    let is_new = before.is_none();
    if is_new {
        papers::check_room(&errand).await?;
    }
    let now_us = errand.now().unix_us();
    let since_us = before.as_ref().map_or(now_us, |before| before.since_us);
    let before = before.map(|reserved| reservations::seen(reserved, now_us));
    if before.as_ref().is_some_and(|before| before.status != ReservationStatus::Active) {
        return Err(conflict("cannot change the reservation: it is purchased or expired; make another one"));
    }
    let numbers = before.and_then(|before| before.phone_numbers).unwrap_or_default();
    let numbers = merged(&shelf, &reservation_name(&errand, &id), numbers, update)?;
    let longest_us = since_us.saturating_add(KEPT_ASIDE_AT_MOST.as_micros() as i64);
    let until_us = errand.now().advanced(KEPT_ASIDE).unix_us().min(longest_us);
    let reservation = Reservation {
        id,
        expires_at: timestamp::zulu(until_us),
        phone_numbers: Some(numbers),
        status: ReservationStatus::Active,
    };
    let reserved = Reserved { reservation, until_us, since_us };
    errand.write(papers::keep_reservation(&errand, &reserved)).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Answer::json(status, &reserved.reservation))
}

fn merged(
    shelf: &Shelf,
    name: &str,
    mut numbers: BTreeMap<String, AvailableNumber>,
    update: ReservationUpdate,
) -> Result<BTreeMap<String, AvailableNumber>, ApiError> {
    for (key, wanted) in update.phone_numbers.unwrap_or_default() {
        match wanted {
            Some(wanted) => {
                let number = number(&key, &wanted)?;
                numbers.insert(key, kept_aside(shelf, name, &number, &wanted));
            }
            None => drop(numbers.remove(&key)),
        }
    }
    if numbers.len() > MOST_NUMBERS {
        return Err(invalid("phoneNumbers", format!("there may be at most {MOST_NUMBERS}")));
    }
    Ok(numbers)
}

/// The key is the digits alone; the value may say the number, too.
fn number(key: &str, wanted: &AvailableNumber) -> Result<PhoneNumber, ApiError> {
    let property = || format!("phoneNumbers.{}", key.chars().take(32).collect::<String>());
    let number: PhoneNumber = format!("+{key}")
        .parse()
        .map_err(|error: identifier::PhoneNumberError| invalid(property(), error.to_string()))?;
    if wanted.phone_number.as_ref().is_some_and(|said| *said != number.as_str()) {
        return Err(invalid(property(), "its phoneNumber must be its key with a plus sign"));
    }
    Ok(number)
}

/// A number that cannot be had stands in the reservation with the reason, and the others are kept aside.
fn kept_aside(shelf: &Shelf, name: &str, number: &PhoneNumber, wanted: &AvailableNumber) -> AvailableNumber {
    match shelf.free(number, name) {
        Some(offer) => browse::shown(number, offer, wanted.assignment_type, AvailabilityStatus::Reserved),
        None => {
            let message = "the number is not free, or no trunk of the tenant offers it";
            AvailableNumber {
                id: Some(number.digits().to_owned()),
                phone_number: Some(number.to_string()),
                status: Some(AvailabilityStatus::Error),
                error: Some(ErrorBody::new("NotAvailable", message).error),
                ..wanted.clone()
            }
        }
    }
}
