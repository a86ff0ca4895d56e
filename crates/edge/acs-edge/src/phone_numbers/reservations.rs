//! Looking at reservations and giving them up (`/availablePhoneNumbers/reservations`).

use acs::phone_numbers::{AvailabilityStatus, Reservation, ReservationStatus, Reservations};
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use store::Write;

use crate::errand::{Errand, Portion, Window, conflict, invalid, not_found, not_kept, understood};
use crate::phone_numbers::papers::{self, RESERVATION, Reserved, reservation_name};

pub(crate) async fn list(errand: Errand) -> Result<Answer, ApiError> {
    let now_us = errand.now().unix_us();
    let window = Window::of(&errand, "maxPageSize")?;
    let (own, most) = (errand.resource.to_string(), window.most + 1);
    let kept = errand.edge.store.kept_of_kind(&own, RESERVATION, now_us, window.skip, most).await;
    let rest: Result<Vec<Reservation>, ApiError> = kept
        .map_err(not_kept)?
        .into_iter()
        .map(|kept| {
            let reserved: Reserved = understood(RESERVATION, &kept.document)?;
            Ok(Reservation { phone_numbers: None, ..seen(reserved, now_us) })
        })
        .collect();
    let path = "/availablePhoneNumbers/reservations";
    let portion = Portion::at(&errand, window, rest?, path, "maxPageSize");
    let list = Reservations { reservations: portion.items, next_link: portion.next_link };
    Ok(Answer::json(StatusCode::OK, &list))
}

pub(crate) async fn get(errand: Errand) -> Result<Answer, ApiError> {
    let reserved = one(&errand).await?;
    Ok(Answer::json(StatusCode::OK, &seen(reserved, errand.now().unix_us())))
}

pub(crate) async fn delete(errand: Errand) -> Result<Answer, ApiError> {
    let id = id(&errand)?;
    let _turn = errand.edge.turn.lock().await;
    if one(&errand).await?.reservation.status == ReservationStatus::Completed {
        return Err(conflict(
            "cannot delete the reservation: its numbers were purchased; release them one by one",
        ));
    }
    let name = reservation_name(&errand, &id);
    errand.write(vec![Write::RemoveKept(name.clone()), Write::RemoveAside(name)]).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// The id in the path: a GUID.
pub(crate) fn id(errand: &Errand) -> Result<String, ApiError> {
    let id = errand.route.value("id").parse::<identifier::OperationId>();
    id.map(|id| id.to_string()).map_err(|_| invalid("reservationId", "it must be a GUID"))
}

/// The reservation in the path.
pub(crate) async fn one(errand: &Errand) -> Result<Reserved, ApiError> {
    let reserved = papers::reservation(errand, &id(errand)?).await?;
    reserved.ok_or_else(|| {
        not_found("the reservation", "this resource has made none of this id in the last month")
    })
}

/// A reservation as it is at this moment.
pub(crate) fn seen(reserved: Reserved, now_us: i64) -> Reservation {
    let Reserved { mut reservation, until_us, .. } = reserved;
    if reservation.status == ReservationStatus::Active && until_us <= now_us {
        reservation.status = ReservationStatus::Expired;
        for number in reservation.phone_numbers.iter_mut().flat_map(|numbers| numbers.values_mut()) {
            if number.status == Some(AvailabilityStatus::Reserved) {
                number.status = Some(AvailabilityStatus::Expired);
            }
        }
    }
    reservation
}
