//! Where there are numbers, and of what kind.

use serde::Serialize;

use crate::phone_numbers::{AssignmentType, Capabilities, Cost, NumberType};

/// A country with numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Country {
    /// For people.
    pub localized_name: String,
    /// ISO 3166-1 alpha-2.
    pub country_code: String,
}

/// `GET /availablePhoneNumbers/countries`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Countries {
    /// One page.
    pub countries: Vec<Country>,
    /// Where the next one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// A state or province.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Division {
    /// For people.
    pub localized_name: String,
    /// For machines.
    pub abbreviated_name: String,
}

/// A place with numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Locality {
    /// For people.
    pub localized_name: String,
    /// The state or province that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrative_division: Option<Division>,
}

/// `GET /availablePhoneNumbers/countries/{country}/localities`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Localities {
    /// One page.
    pub phone_number_localities: Vec<Locality>,
    /// Where the next one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// An area with numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AreaCode {
    /// What numbers begin with after the calling code of the country.
    pub area_code: String,
}

/// `GET /availablePhoneNumbers/countries/{country}/areaCodes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AreaCodes {
    /// One page.
    pub area_codes: Vec<AreaCode>,
    /// Where the next one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

/// A kind of number that can be had.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Offering {
    /// What kind.
    pub phone_number_type: NumberType,
    /// For whom.
    pub assignment_type: AssignmentType,
    /// What such numbers can do.
    pub available_capabilities: Capabilities,
    /// What one costs.
    pub cost: Cost,
}

/// `GET /availablePhoneNumbers/countries/{country}/offerings`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Offerings {
    /// One page.
    pub phone_number_offerings: Vec<Offering>,
    /// Where the next one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}
