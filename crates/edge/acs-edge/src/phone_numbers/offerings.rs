//! What kinds of numbers there are (`GET /availablePhoneNumbers/countries/{country}/offerings`).

use acs::phone_numbers::{Offering, Offerings};
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};

use crate::errand::{Errand, Portion};
use crate::phone_numbers::country;
use crate::phone_numbers::inventory::{Offer, Wanted};
use crate::phone_numbers::places;

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let country = country(&errand)?;
    let path = format!("/availablePhoneNumbers/countries/{country}/offerings");
    let (number_type, assignment) = (places::number_type(&errand)?, places::assignment(&errand)?);
    let wanted = Wanted { country, number_type, assignment, ..Wanted::default() };
    let mut offerings: Vec<Offering> = Vec::new();
    for offer in places::offers(&errand)?.into_iter().filter(|offer| wanted.fits(offer)) {
        let kinds =
            kinds(&offer).filter(|kind| assignment.is_none_or(|wanted| wanted == kind.assignment_type));
        for kind in kinds {
            if !offerings.contains(&kind) {
                offerings.push(kind);
            }
        }
    }
    let portion = Portion::of(&errand, offerings, &path, "maxPageSize")?;
    let list = Offerings { phone_number_offerings: portion.items, next_link: portion.next_link };
    Ok(Answer::json(StatusCode::OK, &list))
}

fn kinds(offer: &Offer) -> impl Iterator<Item = Offering> + '_ {
    offer.assignments().into_iter().map(|assignment_type| Offering {
        phone_number_type: offer.number_type,
        assignment_type,
        available_capabilities: offer.capabilities,
        cost: offer.cost.clone(),
    })
}
