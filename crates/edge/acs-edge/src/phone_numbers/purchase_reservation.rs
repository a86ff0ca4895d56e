//! Purchasing what was reserved (`POST /availablePhoneNumbers/reservations/{id}/:purchase`).

use acs::phone_numbers::{
    AssignmentType, AvailabilityStatus, OperationType, PurchasedNumber, Reservation, ReservationStatus,
};
use acs::timestamp;
use http_kit::{Answer, ApiError};

use crate::errand::Errand;
use crate::phone_numbers::papers::{self, Reserved, Vain, reservation_name};
use crate::phone_numbers::shelf::Shelf;
use crate::phone_numbers::{purchase, reservations};

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let _turn = errand.edge.turn.lock().await;
    let reserved = reservations::one(&errand).await?;
    let (until_us, since_us) = (reserved.until_us, reserved.since_us);
    let mut reservation = reservations::seen(reserved, errand.now().unix_us());
    let named = reservation.phone_numbers.iter().flat_map(|numbers| numbers.values());
    let named: Vec<String> = named.filter_map(|number| number.phone_number.clone()).collect();
    let shelf = Shelf::of(&errand, &named).await?;
    let numbers = numbers(&errand, &reservation, &shelf);
    reservation.status = ReservationStatus::Completed;
    for number in reservation.phone_numbers.iter_mut().flat_map(|numbers| numbers.values_mut()) {
        if number.status == Some(AvailabilityStatus::Reserved) {
            number.status = Some(AvailabilityStatus::Purchased);
        }
    }
    let done = papers::keep_reservation(&errand, &Reserved { reservation, until_us, since_us });
    let operation = purchase::hold(&errand, OperationType::ReservationPurchase, numbers, done).await?;
    Ok(papers::accepted(&errand, &operation).with_header("reservation-purchase-id", &operation.id))
}

fn numbers(errand: &Errand, reservation: &Reservation, shelf: &Shelf) -> Result<Vec<PurchasedNumber>, Vain> {
    match reservation.status {
        ReservationStatus::Active => {}
        ReservationStatus::Expired => {
            return Err((
                "ReservationExpired",
                "the numbers are kept aside no more; reserve them again".to_owned(),
            ));
        }
        ReservationStatus::Submitted | ReservationStatus::Completed => {
            return Err(("AllNumbersNotAcquired", "the reservation was purchased already".to_owned()));
        }
    }
    let name = reservation_name(errand, &reservation.id);
    let all = reservation.phone_numbers.iter().flat_map(|numbers| numbers.values());
    let reserved = all.filter(|number| number.status == Some(AvailabilityStatus::Reserved));
    let numbers: Option<Vec<PurchasedNumber>> = reserved
        .map(|reserved| {
            let number = reserved.phone_number.as_ref()?.parse().ok()?;
            let offer = shelf.free(&number, &name)?;
            Some(PurchasedNumber {
                id: number.digits().to_owned(),
                phone_number: number.to_string(),
                country_code: offer.country.to_string(),
                phone_number_type: offer.number_type,
                capabilities: offer.capabilities,
                assignment_type: reserved.assignment_type.unwrap_or(AssignmentType::Application),
                purchase_date: timestamp::zulu(errand.now().unix_us()),
                cost: offer.cost.clone(),
            })
        })
        .collect();
    match numbers {
        Some(numbers) if !numbers.is_empty() => Ok(numbers),
        Some(_) => Err(("AllNumbersNotAcquired", "nothing is reserved".to_owned())),
        None => Err(("AllNumbersNotAcquired", "a reserved number is not free any more".to_owned())),
    }
}
