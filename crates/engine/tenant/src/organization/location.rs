//! Where help has to come to: addresses, places in them, and how a network tells the place
//! (contract: Teams Phone §1.14).

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::ObjectId;

use super::network::Network;
use crate::country::Country;

/// A place that help can be sent to: an address, and where in it. What a trunk is told (RFC 5139).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Location {
    /// Immutable.
    pub id: ObjectId,
    /// Where in the building: `2nd floor, room 17`.
    pub place: Option<Box<str>>,
    /// Who lives or works there.
    pub company: Option<Box<str>>,
    /// The country.
    pub country: Country,
    /// State or province.
    pub state: Option<Box<str>>,
    /// City.
    pub city: Option<Box<str>>,
    /// Postal code.
    pub postal_code: Option<Box<str>>,
    /// `NE` before the name of the street.
    pub street_pre_directional: Option<Box<str>>,
    /// Street without suffix.
    pub street: Option<Box<str>>,
    /// `Way`, `Street`.
    pub street_suffix: Option<Box<str>>,
    /// `NE` after the name of the street.
    pub street_post_directional: Option<Box<str>>,
    /// House number.
    pub house_number: Option<Box<str>>,
    /// `A` of `17A`.
    pub house_number_suffix: Option<Box<str>>,
    /// Latitude and longitude in millionths of a degree.
    pub position: Option<(i32, i32)>,
    /// The emergency line identification number that gateways show instead of the caller's.
    pub elin: Option<Box<str>>,
}

impl Location {
    /// The place in a line, as people say it.
    pub fn in_words(&self) -> String {
        let join = |parts: &[&Option<Box<str>>], between: &str| {
            let known: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
            known.join(between)
        };
        let house = join(&[&self.house_number, &self.house_number_suffix], "");
        let directions = (&self.street_pre_directional, &self.street_post_directional);
        let street = join(&[directions.0, &self.street, &self.street_suffix, directions.1], " ");
        let street: Vec<String> = [house, street].into_iter().filter(|part| !part.is_empty()).collect();
        let parts = [
            join(&[&self.company, &self.place], ", "),
            street.join(" "),
            join(&[&self.city], ""),
            join(&[&self.state, &self.postal_code], " "),
            self.country.to_string(),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// What of a network tells where somebody is.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Whereabouts {
    /// A wireless access point by its BSSID in lower case, `aa-bb-cc-dd-ee-ff`; `*` stands for whatever follows.
    AccessPoint(Box<str>),
    /// A port of a switch.
    Port {
        /// The chassis of the switch.
        chassis: Box<str>,
        /// The port.
        port: Box<str>,
    },
    /// A switch by its chassis.
    Switch(Box<str>),
    /// A part of the network.
    Subnet(Network),
}

/// An entry of the location information service: whoever is here is there.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct WiremapEntry {
    /// What a client sees.
    pub seen: Whereabouts,
    /// The place.
    pub location: ObjectId,
}
