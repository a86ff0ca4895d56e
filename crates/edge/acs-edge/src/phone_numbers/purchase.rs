//! Purchasing what a search found (`POST /availablePhoneNumbers/:purchase`).

use acs::phone_numbers::{Operation, OperationType, PurchaseRequest, PurchasedNumber};
use acs::timestamp;
use http_kit::{Answer, ApiError};
use store::{CommitError, HeldNumber, Write};

use crate::errand::{Errand, invalid, not_in_force, not_kept, written};
use crate::phone_numbers::papers::{self, Search, Vain, search_name};
use crate::phone_numbers::shelf::Shelf;

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let request: PurchaseRequest = errand.read()?;
    let id =
        request.search_id.ok_or_else(|| invalid("searchId", "it is missing: name what a search answered"))?;
    // Of two who want the same, the second sees what the first has done.
    let _turn = errand.edge.turn.lock().await;
    let mut search = papers::search(&errand, &id).await?;
    let shelf = Shelf::of(&errand, &search.result.phone_numbers).await?;
    let numbers = numbers(&errand, &search, &shelf);
    search.purchased = true;
    let done = papers::keep_search(&errand, &search);
    let operation = hold(&errand, OperationType::Purchase, numbers, done).await?;
    Ok(papers::accepted(&errand, &operation).with_header("purchase-id", &operation.id))
}

/// All numbers of the search, as they are held from now on.
fn numbers(errand: &Errand, search: &Search, shelf: &Shelf) -> Result<Vec<PurchasedNumber>, Vain> {
    if search.purchased {
        return Err((
            "AllNumbersNotAcquired",
            "the numbers of this search were purchased already".to_owned(),
        ));
    }
    if search.until_us <= errand.now().unix_us() {
        return Err((
            "ReservationExpired",
            "the numbers of this search are kept aside no more; search again".to_owned(),
        ));
    }
    let name = search_name(&search.result.search_id);
    let number = |text: &String| {
        let number = text.parse().ok();
        let number = number.and_then(|number| Some((shelf.free(&number, &name)?, number)));
        let (offer, number) = number.ok_or_else(|| {
            ("AllNumbersNotAcquired", "a number of this search is not free any more; search again".to_owned())
        })?;
        Ok(PurchasedNumber {
            id: number.digits().to_owned(),
            phone_number: number.to_string(),
            country_code: search.country.clone(),
            phone_number_type: search.result.phone_number_type,
            capabilities: search.result.capabilities,
            assignment_type: search.result.assignment_type,
            purchase_date: timestamp::zulu(errand.now().unix_us()),
            cost: offer.cost.clone(),
        })
    };
    search.result.phone_numbers.iter().map(number).collect()
}

/// The resource holds the numbers, durably and in the eyes of calls, all or none.
pub(crate) async fn hold(
    errand: &Errand,
    operation_type: OperationType,
    numbers: Result<Vec<PurchasedNumber>, Vain>,
    done: Vec<Write>,
) -> Result<Operation, ApiError> {
    let numbers = match numbers {
        Ok(numbers) => numbers,
        Err(vain) => {
            let operation = papers::finished(errand, operation_type, Err(vain), None);
            errand.write(vec![papers::keep_operation(errand, &operation)]).await?;
            return Ok(operation);
        }
    };
    let operation = papers::finished(errand, operation_type, Ok(()), None);
    let held = numbers.iter().map(|number| {
        Write::PutHeldNumber(HeldNumber {
            number: number.phone_number.clone(),
            resource: errand.resource.to_string(),
            details: written(number),
            purchased_us: errand.now().unix_us(),
        })
    });
    let writes = held.chain(done).chain([papers::keep_operation(errand, &operation)]).collect();
    match (errand.edge.commit)(writes).await {
        Ok(()) => {}
        Err(CommitError::Contradiction(reason)) => {
            // Nothing of it was done: what was found is still kept aside, and may be purchased later.
            let vain = ("ProvisioningFailed", not_in_force(&reason));
            let failed = papers::finished(errand, operation_type, Err(vain), None);
            errand.write(vec![papers::keep_operation(errand, &failed)]).await?;
            return Ok(failed);
        }
        Err(CommitError::Store(error)) => return Err(not_kept(error)),
    }
    tracing::info!(resource.id = %errand.resource, count = numbers.len(), "a resource has purchased {} numbers", numbers.len());
    Ok(operation)
}
