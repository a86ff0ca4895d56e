//! Numbers that are looked at, and kept aside one by one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::ErrorDetail;
use crate::phone_numbers::{AssignmentType, Capabilities, CapabilitiesUpdate, Cost, NumberType};
use crate::spelling::spelled;

/// `POST /availablePhoneNumbers/countries/{country}/:browse`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BrowseRequest {
    /// What kind of number.
    pub phone_number_type: NumberType,
    /// What it must be able to do.
    pub capabilities: Option<CapabilitiesUpdate>,
    /// For whom.
    pub assignment_type: Option<AssignmentType>,
    /// How it must begin, after the calling code of the country.
    pub phone_number_prefixes: Option<Vec<String>>,
}

/// What is there.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrowseResult {
    /// Some of what is there.
    pub phone_numbers: Vec<AvailableNumber>,
}

spelled! {
    /// Whether a number can be had.
    pub enum AvailabilityStatus {
        /// It can.
        Available = "available",
        /// It is kept aside for whoever asks.
        Reserved = "reserved",
        /// It was kept aside for too long.
        Expired = "expired",
        /// It cannot; the error says why.
        Error = "error",
        /// It is held.
        Purchased = "purchased",
    }
}

/// A number that can be had, or could.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailableNumber {
    /// The digits alone.
    pub id: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// In E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// What it can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Capabilities>,
    /// What kind of number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_type: Option<NumberType>,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment_type: Option<AssignmentType>,
    /// What it costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// Whether it can be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<AvailabilityStatus>,
    /// Whether the one who purchases has to promise something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_agreement_to_not_resell_required: Option<bool>,
    /// Why it cannot be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorDetail>,
}

/// `PATCH /availablePhoneNumbers/reservations/{id}`: what is `null` is kept aside no more.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReservationUpdate {
    /// By the digits alone.
    pub phone_numbers: Option<BTreeMap<String, Option<AvailableNumber>>>,
}

spelled! {
    /// How far a reservation is.
    pub enum ReservationStatus {
        /// Its numbers are kept aside.
        Active = "active",
        /// They are being purchased.
        Submitted = "submitted",
        /// They were purchased.
        Completed = "completed",
        /// They are kept aside no more.
        Expired = "expired",
    }
}

/// Numbers that are kept aside together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    /// A GUID of the client's choice.
    pub id: String,
    /// Until when.
    pub expires_at: String,
    /// By the digits alone; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_numbers: Option<BTreeMap<String, AvailableNumber>>,
    /// How far it is.
    pub status: ReservationStatus,
}

/// `GET /availablePhoneNumbers/reservations`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservations {
    /// One page.
    pub reservations: Vec<Reservation>,
    /// Where the next one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}
