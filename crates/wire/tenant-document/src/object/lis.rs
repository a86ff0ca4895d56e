//! From what a client sees of the network to a place.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::network::check_network;
use crate::object::{Reference, TenantObject};

/// Clients of a subnet are at a place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["subnet", "locationId"]))]
pub struct LisSubnet {
    /// The network id, not a host in it.
    #[schemars(extend("format" = "ip-address"))]
    pub subnet: String,
    /// Bits that count; 24, or 64 of IPv6, when absent.
    #[schemars(range(min = 1, max = 128))]
    pub mask_bits: Option<u8>,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The place, by name or id.
    #[schemars(length(min = 1, max = 256))]
    pub location_id: String,
}

/// Clients of a wireless access point are at a place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["bssid", "locationId"]))]
pub struct LisWirelessAccessPoint {
    /// Its BSSID; the last one or two digits may be *.
    #[schemars(extend("format" = "bssid"))]
    pub bssid: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The place, by name or id.
    #[schemars(length(min = 1, max = 256))]
    pub location_id: String,
}

/// Clients of a switch are at a place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["chassisId", "locationId"]))]
pub struct LisSwitch {
    /// Its chassis id.
    #[schemars(length(min = 1, max = 256))]
    #[serde(rename = "chassisId")]
    pub chassis_id: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The place, by name or id.
    #[schemars(length(min = 1, max = 256))]
    pub location_id: String,
}

/// The client at a port of a switch is at a place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["chassisId", "portId", "locationId"]))]
pub struct LisPort {
    /// The chassis id of the switch.
    #[schemars(length(min = 1, max = 256))]
    pub chassis_id: String,
    /// The port.
    #[schemars(length(min = 1, max = 256))]
    pub port_id: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The place, by name or id.
    #[schemars(length(min = 1, max = 256))]
    pub location_id: String,
}

fn place(name: &str) -> Vec<Reference> {
    vec![Reference::new("locationId", &[Kind::Location, Kind::CivicAddress], name)]
}

impl TenantObject for LisSubnet {
    fn identity(&self) -> String {
        self.subnet.clone()
    }

    fn check(&self, checker: &mut Checker) {
        check_network("subnet", &self.subnet, self.mask_bits, checker);
    }

    fn references(&self) -> Vec<Reference> {
        place(&self.location_id)
    }
}

impl TenantObject for LisWirelessAccessPoint {
    fn identity(&self) -> String {
        self.bssid.clone()
    }

    fn references(&self) -> Vec<Reference> {
        place(&self.location_id)
    }
}

impl TenantObject for LisSwitch {
    fn identity(&self) -> String {
        self.chassis_id.clone()
    }

    fn references(&self) -> Vec<Reference> {
        place(&self.location_id)
    }
}

impl TenantObject for LisPort {
    fn identity(&self) -> String {
        format!("{}/{}", self.chassis_id, self.port_id)
    }

    fn references(&self) -> Vec<Reference> {
        place(&self.location_id)
    }
}
