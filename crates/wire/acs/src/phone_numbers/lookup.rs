//! What a number says of itself.

use redact::Pii;
use serde::{Deserialize, Serialize};

use crate::spelling::spelled;

/// `POST /operatorInformation/:search`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorInformationRequest {
    /// In E.164.
    #[serde(deserialize_with = "numbers")]
    pub phone_numbers: Vec<Pii<String>>,
    /// How much is wanted.
    pub options: Option<OperatorInformationOptions>,
}

fn numbers<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Pii<String>>, D::Error> {
    Ok(Vec::<String>::deserialize(deserializer)?.into_iter().map(Pii::new).collect())
}

/// How much is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorInformationOptions {
    /// Also what is known of the number beyond how it is written.
    pub include_additional_operator_details: Option<bool>,
}

spelled! {
    /// What kind of number it is, as far as that can be seen.
    pub enum LookedUpType {
        /// It cannot.
        Unknown = "unknown",
        /// Of none of the other kinds.
        Other = "other",
        /// Of a place.
        Geographic = "geographic",
        /// Of a mobile network.
        Mobile = "mobile",
    }
}

/// Whose number it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorDetails {
    /// Their name.
    pub name: String,
    /// Of the mobile network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_network_code: Option<String>,
    /// Of the country of the mobile network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_country_code: Option<String>,
}

/// What a number says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorInformation {
    /// In E.164.
    pub phone_number: String,
    /// As people of its country write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub national_format: Option<String>,
    /// As people of other countries write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub international_format: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iso_country_code: Option<String>,
    /// What kind of number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_type: Option<LookedUpType>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_details: Option<OperatorDetails>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorInformationResult {
    /// One for each number that was asked about.
    pub values: Vec<OperatorInformation>,
}
