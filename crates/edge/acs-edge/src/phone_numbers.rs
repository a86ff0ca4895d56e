//! Phone Numbers: a file per operation (contract: Phone numbers §1).
//!
//! What can be purchased is what the operator says is reached over the trunks of a tenant. A number that
//! was found or reserved is kept aside for a while; one that was purchased belongs to the resource, and
//! calls see it at once.

mod inventory;
mod number_plan;
mod papers;
mod shelf;

pub(crate) mod search;
pub(crate) mod search_result;

pub(crate) mod purchase;
pub(crate) mod release;
pub(crate) mod update_capabilities;

pub(crate) mod operations;

pub(crate) mod numbers;

pub(crate) mod browse;
pub(crate) mod purchase_reservation;
pub(crate) mod reservations;
pub(crate) mod update_reservation;

pub(crate) mod offerings;
pub(crate) mod places;

pub(crate) mod look_up;

pub use inventory::{Inventory, InventorySource, Offer};

use http_kit::ApiError;
use identifier::PhoneNumber;

use crate::errand::{Errand, invalid};

/// Numbers of one search, browsing or reservation.
const MOST_NUMBERS: usize = 500;

/// The country in the path.
fn country(errand: &Errand) -> Result<String, ApiError> {
    let text = errand.route.value("country");
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_code {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(invalid("countryCode", "it must be two letters of ISO 3166, such as US"))
    }
}

/// The number in the path, with or without its plus sign.
fn number(errand: &Errand) -> Result<PhoneNumber, ApiError> {
    let text = errand.route.value("number");
    let number = text.parse().or_else(|_| format!("+{text}").parse());
    number.map_err(|error: identifier::PhoneNumberError| invalid("phoneNumber", error.to_string()))
}
