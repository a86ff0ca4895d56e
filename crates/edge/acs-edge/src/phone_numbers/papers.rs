//! What is written down on the way to a number: searches, reservations, and how operations went.

use std::time::Duration;

use acs::error::ErrorBody;
use acs::phone_numbers::{
    AvailabilityStatus, Operation, OperationStatus, OperationType, Reservation, ReservationStatus,
    SearchResult,
};
use acs::timestamp;
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use serde::{Deserialize, Serialize};
use store::{Aside, KeptForAWhile, Write};

use crate::errand::{Errand, conflict, not_found, not_kept, understood, written};

/// How long numbers are kept aside.
pub(crate) const KEPT_ASIDE: Duration = Duration::from_secs(15 * 60);
/// How long numbers are kept aside at most, however often their reservation is changed.
pub(crate) const KEPT_ASIDE_AT_MOST: Duration = Duration::from_secs(2 * 60 * 60);
/// How long a search is remembered, so that it can be said that it was too long ago.
const SEARCH_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a reservation is remembered (contract: a month).
const RESERVATION_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long an operation can be looked at.
const OPERATION_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Searches and reservations of a resource whose numbers are kept aside at the same time.
pub(crate) const MOST_PAPERS: usize = 100;

pub(crate) const SEARCH: &str = "search";
pub(crate) const RESERVATION: &str = "reservation";
const OPERATION: &str = "operation";

/// A search that found something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Search {
    pub(crate) result: SearchResult,
    pub(crate) country: String,
    /// Until when its numbers are kept aside; microseconds since 1970.
    pub(crate) until_us: i64,
    pub(crate) purchased: bool,
}

/// Numbers that were reserved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reserved {
    pub(crate) reservation: Reservation,
    /// Until when its numbers are kept aside; microseconds since 1970.
    pub(crate) until_us: i64,
    /// Since when it is there; microseconds since 1970.
    pub(crate) since_us: i64,
}

/// Why an operation was in vain: a word for programs and a sentence for people.
pub(crate) type Vain = (&'static str, String);

/// Whether the resource may have more kept aside.
pub(crate) async fn check_room(errand: &Errand) -> Result<(), ApiError> {
    let (own, now_us) = (errand.resource.to_string(), errand.now().unix_us());
    if errand.edge.store.papers_aside(&own, now_us).await.map_err(not_kept)? < MOST_PAPERS {
        return Ok(());
    }
    let minutes = KEPT_ASIDE.as_secs() / 60;
    Err(conflict(format!(
        "cannot keep more numbers aside: there are {MOST_PAPERS} searches and reservations; purchase them, delete \
         reservations, or wait {minutes} minutes"
    )))
}

/// The name under which a search is kept.
pub(crate) fn search_name(id: &str) -> String {
    format!("{SEARCH}/{id}")
}

/// The name under which a reservation is kept; two resources may call theirs the same.
pub(crate) fn reservation_name(errand: &Errand, id: &str) -> String {
    format!("{RESERVATION}/{}/{id}", errand.resource)
}

/// A search of this resource.
pub(crate) async fn search(errand: &Errand, id: &str) -> Result<Search, ApiError> {
    let kept = kept(errand, &search_name(id)).await?;
    let kept = kept
        .ok_or_else(|| not_found("the search", "this resource has made none of this id in the last day"))?;
    understood(SEARCH, &kept.document)
}

/// A reservation of this resource.
pub(crate) async fn reservation(errand: &Errand, id: &str) -> Result<Option<Reserved>, ApiError> {
    let kept = kept(errand, &reservation_name(errand, id)).await?;
    kept.map(|kept| understood(RESERVATION, &kept.document)).transpose()
}

/// An operation of this resource.
pub(crate) async fn operation(errand: &Errand, id: &str) -> Result<Operation, ApiError> {
    let kept = kept(errand, &format!("{OPERATION}/{id}")).await?;
    let kept = kept.ok_or_else(|| {
        not_found("the operation", "this resource has started none of this id in the last day")
    })?;
    understood(OPERATION, &kept.document)
}

async fn kept(errand: &Errand, name: &str) -> Result<Option<KeptForAWhile>, ApiError> {
    let kept = errand.edge.store.kept(name, errand.now().unix_us()).await.map_err(not_kept)?;
    Ok(kept.filter(|kept| kept.resource == errand.resource.to_string()))
}

/// Keeps a search, and its numbers aside.
pub(crate) fn keep_search(errand: &Errand, search: &Search) -> Vec<Write> {
    let name = search_name(&search.result.search_id);
    let numbers = Some(search.result.phone_numbers.clone()).filter(|_| !search.purchased);
    let aside = aside(errand, &name, search.until_us, numbers);
    vec![keep(errand, name, SEARCH, written(search), SEARCH_KEPT), aside]
}

/// Keeps a reservation, and its numbers aside.
pub(crate) fn keep_reservation(errand: &Errand, reserved: &Reserved) -> Vec<Write> {
    let name = reservation_name(errand, &reserved.reservation.id);
    let numbers = reserved.reservation.phone_numbers.iter().flat_map(|numbers| numbers.values());
    let numbers = numbers.filter(|number| number.status == Some(AvailabilityStatus::Reserved));
    let numbers = numbers.filter_map(|number| number.phone_number.clone()).collect();
    let is_active = reserved.reservation.status == ReservationStatus::Active;
    let aside = aside(errand, &name, reserved.until_us, Some(numbers).filter(|_| is_active));
    vec![keep(errand, name, RESERVATION, written(reserved), RESERVATION_KEPT), aside]
}

/// What a paper keeps aside; one without numbers counts, one that is used up does not.
fn aside(errand: &Errand, paper: &str, until_us: i64, numbers: Option<Vec<String>>) -> Write {
    let (paper, resource) = (paper.to_owned(), errand.resource.to_string());
    match numbers {
        Some(numbers) => Write::SetAside(Aside { paper, resource, until_us, numbers }),
        None => Write::RemoveAside(paper),
    }
}

/// Keeps how an operation went.
pub(crate) fn keep_operation(errand: &Errand, operation: &Operation) -> Write {
    let name = format!("{OPERATION}/{}", operation.id);
    keep(errand, name, OPERATION, written(operation), OPERATION_KEPT)
}

fn keep(errand: &Errand, id: String, kind: &str, document: String, wait: Duration) -> Write {
    Write::KeepForAWhile(KeptForAWhile {
        id,
        resource: errand.resource.to_string(),
        kind: kind.to_owned(),
        document,
        expires_us: errand.now().advanced(wait).unix_us(),
    })
}

/// An operation that is over: nothing here takes long, so none is ever seen running.
pub(crate) fn finished(
    errand: &Errand,
    operation_type: OperationType,
    outcome: Result<(), Vain>,
    resource_location: Option<String>,
) -> Operation {
    let now = timestamp::zulu(errand.now().unix_us());
    let word = match operation_type {
        OperationType::Search => "search",
        OperationType::Purchase => "purchase",
        OperationType::Release => "release",
        OperationType::UpdateCapabilities => "capabilities",
        OperationType::ReservationPurchase => "reservationPurchase",
    };
    let error = outcome.err().map(|(code, message)| ErrorBody::new(code, message).error);
    Operation {
        id: format!("{word}_{}", errand.new_id()),
        operation_type,
        status: if error.is_none() { OperationStatus::Succeeded } else { OperationStatus::Failed },
        resource_location,
        created_date_time: now.clone(),
        last_action_date_time: now,
        error,
    }
}

/// The answer to a request that started an operation: where to look at it.
pub(crate) fn accepted(errand: &Errand, operation: &Operation) -> Answer {
    let location = format!("/phoneNumbers/operations/{}?api-version={}", operation.id, errand.version);
    Answer::empty(StatusCode::ACCEPTED)
        .with_header("operation-location", &location)
        .with_header("operation-id", &operation.id)
}
