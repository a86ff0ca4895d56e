//! Finding numbers and keeping them aside (`POST /availablePhoneNumbers/countries/{country}/:search`).

use acs::phone_numbers::{OperationType, SearchRequest, SearchResult};
use acs::timestamp;
use http_kit::{Answer, ApiError};

use crate::errand::{Errand, invalid};
use crate::phone_numbers::inventory::Wanted;
use crate::phone_numbers::papers::{self, KEPT_ASIDE, Search, Vain};
use crate::phone_numbers::shelf::Shelf;
use crate::phone_numbers::{MOST_NUMBERS, country};

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let request: SearchRequest = errand.read()?;
    let country = country(&errand)?;
    let quantity = quantity(&request)?;
    let _turn = errand.edge.turn.lock().await;
    let shelf = Shelf::of(&errand, &[]).await?;
    papers::check_room(&errand).await?;
    let found = find(&errand, &shelf, request, country, quantity).await?;
    let (search_id, location) = (errand.new_id(), |id: &str| {
        format!("/availablePhoneNumbers/searchResults/{id}?api-version={}", errand.version)
    });
    let location = location(&search_id);
    let (outcome, mut writes) = match found {
        Ok(mut search) => {
            search.result.search_id.clone_from(&search_id);
            (Ok(()), papers::keep_search(&errand, &search))
        }
        Err(vain) => (Err(vain), Vec::new()),
    };
    let resource_location = outcome.is_ok().then(|| location.clone());
    let operation = papers::finished(&errand, OperationType::Search, outcome, resource_location);
    writes.push(papers::keep_operation(&errand, &operation));
    errand.write(writes).await?;
    Ok(papers::accepted(&errand, &operation)
        .with_header("location", &location)
        .with_header("search-id", &search_id))
}

fn quantity(request: &SearchRequest) -> Result<usize, ApiError> {
    let quantity = request.quantity.unwrap_or(1);
    let in_range = usize::try_from(quantity).ok().filter(|count| (1..=MOST_NUMBERS).contains(count));
    in_range.ok_or_else(|| invalid("quantity", format!("it must be from 1 to {MOST_NUMBERS}")))
}

async fn find(
    errand: &Errand,
    shelf: &Shelf,
    request: SearchRequest,
    country: String,
    quantity: usize,
) -> Result<Result<Search, Vain>, ApiError> {
    let wanted = Wanted {
        country: country.clone(),
        number_type: Some(request.phone_number_type),
        assignment: Some(request.assignment_type),
        calling: Some(request.capabilities.calling),
        sms: Some(request.capabilities.sms),
        area_code: request.area_code.filter(|code| !code.is_empty()),
        locality: request.locality.filter(|locality| !locality.is_empty()),
        division: request.administrative_division.filter(|division| !division.is_empty()),
        prefixes: Vec::new(),
    };
    let found = shelf.find(errand, &wanted, quantity).await?;
    if found.len() < quantity {
        let message = format!(
            "there are {} free numbers of this kind in {country}, and {quantity} were asked for; the operator of this \
             server names numbers in [[tenants.trunks.numbers]]",
            found.len()
        );
        return Ok(Err(("OutOfStock", message)));
    }
    let until_us = errand.now().advanced(KEPT_ASIDE).unix_us();
    // The dearest is what each costs at most.
    let cost =
        found.iter().map(|(_, offer)| &offer.cost).max_by(|one, other| one.amount.total_cmp(&other.amount));
    let Some(cost) = cost.cloned() else { return Ok(Err(("OutOfStock", "there is nothing".to_owned()))) };
    let result = SearchResult {
        search_id: String::new(),
        phone_numbers: found.iter().map(|(number, _)| number.to_string()).collect(),
        phone_number_type: request.phone_number_type,
        assignment_type: request.assignment_type,
        capabilities: request.capabilities,
        cost,
        search_expires_by: timestamp::zulu(until_us),
        is_agreement_to_not_resell_required: false,
        error_code: Some(0),
        error: Some("NoError".to_owned()),
    };
    Ok(Ok(Search { result, country, until_us, purchased: false }))
}
