//! What is written down on the way to a number: searches, reservations, and how operations went.

use std::time::Duration;

use acs::error::ErrorBody;
use acs::phone_numbers::{Operation, OperationStatus, OperationType, Reservation, SearchResult};
use acs::timestamp;
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use serde::{Deserialize, Serialize};
use store::{KeptForAWhile, Write};

use crate::errand::{Errand, not_found, not_kept, understood, written};

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

/// Keeps a search.
pub(crate) fn keep_search(errand: &Errand, search: &Search) -> Write {
    let name = search_name(&search.result.search_id);
    keep(errand, name, SEARCH, written(search), SEARCH_KEPT)
}

/// Keeps a reservation.
pub(crate) fn keep_reservation(errand: &Errand, reserved: &Reserved) -> Write {
    let name = reservation_name(errand, &reserved.reservation.id);
    keep(errand, name, RESERVATION, written(reserved), RESERVATION_KEPT)
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
