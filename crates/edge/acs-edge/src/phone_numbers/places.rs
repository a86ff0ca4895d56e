//! Where there are numbers (`GET /availablePhoneNumbers/countries…`).

use std::collections::BTreeSet;

use acs::phone_numbers::{
    AreaCode, AreaCodes, AssignmentType, Countries, Country, Division, Localities, Locality, NumberType,
};
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};

use crate::errand::{Errand, Portion, invalid};
use crate::phone_numbers::country;
use crate::phone_numbers::inventory::{Offer, Wanted};

pub(crate) async fn countries(errand: Errand) -> Result<Answer, ApiError> {
    let codes: BTreeSet<String> =
        offers(&errand)?.into_iter().map(|offer| offer.country.to_string()).collect();
    let countries = codes
        .into_iter()
        .map(|country_code| Country { localized_name: name_of(&country_code).to_owned(), country_code });
    let portion =
        Portion::of(&errand, countries.collect(), "/availablePhoneNumbers/countries", "maxPageSize")?;
    let list = Countries { countries: portion.items, next_link: portion.next_link };
    Ok(Answer::json(StatusCode::OK, &list))
}

pub(crate) async fn localities(errand: Errand) -> Result<Answer, ApiError> {
    let country = country(&errand)?;
    let path = format!("/availablePhoneNumbers/countries/{country}/localities");
    let wanted = Wanted { country, division: errand.query("administrativeDivision"), ..Wanted::default() };
    let places: BTreeSet<(Box<str>, Option<Box<str>>)> = offers(&errand)?
        .into_iter()
        .filter(|offer| wanted.fits(offer))
        .filter_map(|offer| Some((offer.locality?, offer.division)))
        .collect();
    let localities = places.into_iter().map(|(locality, division)| Locality {
        localized_name: locality.into(),
        administrative_division: division.map(|division| Division {
            localized_name: division.to_string(),
            abbreviated_name: division.into(),
        }),
    });
    let portion = Portion::of(&errand, localities.collect(), &path, "maxPageSize")?;
    let list = Localities { phone_number_localities: portion.items, next_link: portion.next_link };
    Ok(Answer::json(StatusCode::OK, &list))
}

pub(crate) async fn area_codes(errand: Errand) -> Result<Answer, ApiError> {
    let country = country(&errand)?;
    let path = format!("/availablePhoneNumbers/countries/{country}/areaCodes");
    let wanted = Wanted {
        country,
        number_type: number_type(&errand)?,
        assignment: assignment(&errand)?,
        locality: errand.query("locality"),
        division: errand.query("administrativeDivision"),
        ..Wanted::default()
    };
    if wanted.number_type.is_none() {
        return Err(invalid("phoneNumberType", "it is missing: name geographic, tollFree or mobile"));
    }
    let fitting = offers(&errand)?.into_iter().filter(|offer| wanted.fits(offer));
    let codes: BTreeSet<String> = fitting.filter_map(|offer| offer.area()).collect();
    let codes = codes.into_iter().map(|area_code| AreaCode { area_code }).collect();
    let portion = Portion::of(&errand, codes, &path, "maxPageSize")?;
    let list = AreaCodes { area_codes: portion.items, next_link: portion.next_link };
    Ok(Answer::json(StatusCode::OK, &list))
}

/// What the tenant's trunks offer, free or not.
pub(crate) fn offers(errand: &Errand) -> Result<Vec<Offer>, ApiError> {
    let tenant = errand.tenant(&errand.directory())?;
    Ok((errand.edge.inventory)().of(tenant).cloned().collect())
}

/// The kind of number in the query.
pub(crate) fn number_type(errand: &Errand) -> Result<Option<NumberType>, ApiError> {
    let Some(text) = errand.query("phoneNumberType") else { return Ok(None) };
    let known = NumberType::parse(&text)
        .ok_or_else(|| invalid("phoneNumberType", "it must be geographic, tollFree or mobile"))?;
    Ok(Some(known))
}

/// For whom, in the query.
pub(crate) fn assignment(errand: &Errand) -> Result<Option<AssignmentType>, ApiError> {
    let Some(text) = errand.query("assignmentType") else { return Ok(None) };
    let known = AssignmentType::parse(&text)
        .ok_or_else(|| invalid("assignmentType", "it must be person or application"))?;
    Ok(Some(known))
}

/// In English; the code where it is of no country.
fn name_of(code: &str) -> &str {
    celes::Country::from_alpha2(code).map_or(code, |country| country.long_name)
}
