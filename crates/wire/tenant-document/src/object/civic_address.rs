//! Addresses, and places within them, from which help is called.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::{Reference, TenantObject};

/// An address of the company.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["name", "companyName", "countryOrRegion"]))]
pub struct CivicAddress {
    /// Its name within the company.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Its id; generated once and kept when absent.
    #[schemars(extend("format" = "guid"))]
    pub civic_address_id: Option<String>,
    /// The id of the place that is all of it; generated once and kept when absent.
    #[schemars(extend("format" = "guid"))]
    pub default_location_id: Option<String>,
    /// The company there.
    #[schemars(length(min = 1, max = 256))]
    pub company_name: String,
    /// Its tax id.
    #[schemars(length(max = 64))]
    pub company_tax_id: Option<String>,
    /// The country (ISO 3166-1).
    #[schemars(extend("format" = "country"))]
    pub country_or_region: String,
    /// House number.
    #[schemars(length(max = 32))]
    pub house_number: Option<String>,
    /// What follows the house number.
    #[schemars(length(max = 32))]
    pub house_number_suffix: Option<String>,
    /// What precedes the street, such as N.
    #[schemars(length(max = 32))]
    pub pre_directional: Option<String>,
    /// Street.
    #[schemars(length(max = 256))]
    pub street_name: Option<String>,
    /// What follows the street, such as Avenue.
    #[schemars(length(max = 64))]
    pub street_suffix: Option<String>,
    /// What follows that, such as SW.
    #[schemars(length(max = 32))]
    pub post_directional: Option<String>,
    /// City.
    #[schemars(length(max = 128))]
    pub city: Option<String>,
    /// Another name of the city.
    #[schemars(length(max = 128))]
    pub city_alias: Option<String>,
    /// State or province.
    #[schemars(length(max = 64))]
    pub state_or_province: Option<String>,
    /// Postal code.
    #[schemars(length(max = 32))]
    pub postal_code: Option<String>,
    /// Degrees north; wanted except in Australia and Japan.
    #[schemars(range(min = -90, max = 90))]
    pub latitude: Option<f64>,
    /// Degrees east; wanted except in Australia and Japan.
    #[schemars(range(min = -180, max = 180))]
    pub longitude: Option<f64>,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The number that stands for the address on older trunks.
    #[schemars(length(max = 32))]
    pub elin: Option<String>,
}

/// A place within an address: a floor, a wing, a room.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["name", "civicAddressId", "location"]))]
pub struct Location {
    /// Its name within the company.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Its id; generated once and kept when absent.
    #[schemars(extend("format" = "guid"))]
    pub location_id: Option<String>,
    /// The address, by name or id.
    #[schemars(length(min = 1, max = 256))]
    pub civic_address_id: String,
    /// What those who come to help read, such as 2nd floor.
    #[schemars(length(min = 1, max = 256))]
    pub location: String,
    /// The number that stands for the place on older trunks.
    #[schemars(length(max = 32))]
    pub elin: Option<String>,
}

impl TenantObject for CivicAddress {
    fn identity(&self) -> String {
        self.name.clone()
    }

    fn check(&self, checker: &mut Checker) {
        if ["AU", "JP"].contains(&&*self.country_or_region) {
            return;
        }
        for (field, degrees) in [("latitude", self.latitude), ("longitude", self.longitude)] {
            if degrees.is_none() {
                checker.refuse_field(field, "it is missing: helpers are sent by it in this country");
            }
        }
    }
}

impl TenantObject for Location {
    fn identity(&self) -> String {
        self.name.clone()
    }

    fn references(&self) -> Vec<Reference> {
        vec![Reference::new("civicAddressId", &[Kind::CivicAddress], &self.civic_address_id)]
    }
}
