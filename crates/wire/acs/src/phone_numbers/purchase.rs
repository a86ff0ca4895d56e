//! From a search to a number that is held, and back.

use serde::{Deserialize, Serialize};

use crate::error::ErrorDetail;
use crate::phone_numbers::{AssignmentType, Capability, NumberType};
use crate::spelling::spelled;

/// What a number can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Calls.
    pub calling: Capability,
    /// Short messages.
    pub sms: Capability,
}

/// `PATCH /phoneNumbers/{number}/capabilities`; what is absent stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct CapabilitiesUpdate {
    /// Calls.
    pub calling: Option<Capability>,
    /// Short messages.
    pub sms: Option<Capability>,
}

/// What a number costs in a month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// In units of the currency.
    pub amount: f64,
    /// ISO 4217.
    pub currency_code: String,
    /// Always `monthly`.
    pub billing_frequency: String,
}

impl Cost {
    /// So much a month.
    pub fn monthly(amount: f64, currency_code: &str) -> Self {
        Self { amount, currency_code: currency_code.to_owned(), billing_frequency: "monthly".to_owned() }
    }
}

/// `POST /availablePhoneNumbers/countries/{country}/:search`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchRequest {
    /// What kind of number.
    pub phone_number_type: NumberType,
    /// For whom.
    pub assignment_type: AssignmentType,
    /// What it must be able to do.
    pub capabilities: Capabilities,
    /// Where.
    pub area_code: Option<String>,
    /// How many; 1 when absent.
    pub quantity: Option<i64>,
    /// In which place.
    pub locality: Option<String>,
    /// In which state or province.
    pub administrative_division: Option<String>,
}

/// `POST /availablePhoneNumbers/:purchase`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PurchaseRequest {
    /// What was found.
    pub search_id: Option<String>,
    /// Nothing is resold here, so nothing depends on it.
    pub agree_to_not_resell: Option<bool>,
}

/// What was found, and kept aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchResult {
    /// Names the search.
    pub search_id: String,
    /// In E.164.
    pub phone_numbers: Vec<String>,
    /// What was searched for.
    pub phone_number_type: NumberType,
    /// For whom.
    pub assignment_type: AssignmentType,
    /// What was asked for.
    pub capabilities: Capabilities,
    /// Of each of them.
    pub cost: Cost,
    /// Until when they are kept aside.
    pub search_expires_by: String,
    /// Whether the one who purchases has to promise something.
    pub is_agreement_to_not_resell_required: bool,
    /// What went wrong, as a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i32>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A number that a resource holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PurchasedNumber {
    /// The digits alone.
    pub id: String,
    /// In E.164.
    pub phone_number: String,
    /// ISO 3166-1 alpha-2.
    pub country_code: String,
    /// What kind of number.
    pub phone_number_type: NumberType,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Who has it.
    pub assignment_type: AssignmentType,
    /// Since when.
    pub purchase_date: String,
    /// What it costs.
    pub cost: Cost,
}

/// `GET /phoneNumbers`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PurchasedNumbers {
    /// One page.
    pub phone_numbers: Vec<PurchasedNumber>,
    /// Where the next one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

spelled! {
    /// What takes its time.
    pub enum OperationType {
        /// Numbers are looked for.
        Search = "search",
        /// Numbers are purchased.
        Purchase = "purchase",
        /// A number is given back.
        Release = "releasePhoneNumber",
        /// A number learns something else.
        UpdateCapabilities = "updatePhoneNumberCapabilities",
        /// What was reserved is purchased.
        ReservationPurchase = "reservationPurchase",
    }
}

spelled! {
    /// How far an operation is.
    pub enum OperationStatus {
        /// It waits.
        NotStarted = "notStarted",
        /// It goes on.
        Running = "running",
        /// It is done.
        Succeeded = "succeeded",
        /// It was in vain.
        Failed = "failed",
    }
}

/// `GET /phoneNumbers/operations/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Names it.
    pub id: String,
    /// What is done.
    pub operation_type: OperationType,
    /// How far it is.
    pub status: OperationStatus,
    /// Where the result is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_location: Option<String>,
    /// When it began.
    pub created_date_time: String,
    /// When something last happened.
    pub last_action_date_time: String,
    /// Why it was in vain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorDetail>,
}
