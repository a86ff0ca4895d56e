//! The company's network: which public addresses are its own, and which subnets make which site.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::{Reference, TenantObject};

/// A public address by which the company's own network is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["ipAddress"]))]
pub struct TrustedIpAddress {
    /// The address.
    #[schemars(extend("format" = "ip-address"))]
    pub ip_address: String,
    /// Bits that count; all of them when absent.
    #[schemars(range(min = 1, max = 128))]
    pub mask_bits: Option<u8>,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
}

/// A region of the company.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct NetworkRegion {
    /// Its name.
    #[schemars(length(min = 1, max = 256))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
}

/// A site of the company.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct NetworkSite {
    /// Its name.
    #[schemars(length(min = 1, max = 256))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The region that it is in.
    #[schemars(length(min = 1, max = 256))]
    pub network_region: Option<String>,
    /// Holds for whoever is there, in place of the person's own.
    #[schemars(length(min = 1, max = 64))]
    pub emergency_calling_policy: Option<String>,
    /// Holds for whoever is there, in place of the person's own.
    #[schemars(length(min = 1, max = 64))]
    pub emergency_call_routing_policy: Option<String>,
    /// By which session border controllers calls leave of people who may not bypass tolls.
    #[schemars(length(min = 1, max = 64))]
    pub online_voice_routing_policy: Option<String>,
    /// Whether calls keep to the trunks of the site.
    pub enable_location_based_routing: bool,
}

/// A subnet of a site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["subnetId", "maskBits", "networkSite"]))]
pub struct NetworkSubnet {
    /// The network id, not a host in it.
    #[schemars(extend("format" = "ip-address"))]
    pub subnet_id: String,
    /// Bits that count.
    #[schemars(range(min = 1, max = 128))]
    pub mask_bits: u8,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The site.
    #[schemars(length(min = 1, max = 256))]
    pub network_site: String,
}

/// The bits that count fit the address, and the others are not set.
pub(crate) fn check_network(field: &str, address: &str, mask_bits: Option<u8>, checker: &mut Checker) {
    let Ok(address) = address.parse::<IpAddr>() else { return };
    let (most, bits) = match address {
        IpAddr::V4(address) => (32, u128::from(u32::from(address)) << 96),
        IpAddr::V6(address) => (128, u128::from(address)),
    };
    let Some(mask_bits) = mask_bits else { return };
    if mask_bits > most {
        checker.refuse("maskBits", mask_bits, format!("this address has {most} bits"));
    } else if bits.checked_shl(u32::from(mask_bits)).unwrap_or(0) != 0 {
        let reason =
            format!("a host in the network, and not its id: bits behind the first {mask_bits} are set");
        checker.refuse(field, address, reason);
    }
}

impl TenantObject for TrustedIpAddress {
    fn identity(&self) -> String {
        self.ip_address.clone()
    }

    fn check(&self, checker: &mut Checker) {
        check_network("ipAddress", &self.ip_address, self.mask_bits, checker);
    }
}

impl TenantObject for NetworkRegion {
    fn identity(&self) -> String {
        self.identity.clone()
    }
}

impl TenantObject for NetworkSite {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn references(&self) -> Vec<Reference> {
        let routing = &[Kind::EmergencyCallRoutingPolicy];
        [
            Reference::maybe("networkRegion", &[Kind::NetworkRegion], self.network_region.as_ref()),
            Reference::maybe(
                "emergencyCallingPolicy",
                &[Kind::EmergencyCallingPolicy],
                self.emergency_calling_policy.as_ref(),
            ),
            Reference::maybe(
                "emergencyCallRoutingPolicy",
                routing,
                self.emergency_call_routing_policy.as_ref(),
            ),
            Reference::maybe(
                "onlineVoiceRoutingPolicy",
                &[Kind::VoiceRoutingPolicy],
                self.online_voice_routing_policy.as_ref(),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl TenantObject for NetworkSubnet {
    fn identity(&self) -> String {
        self.subnet_id.clone()
    }

    fn check(&self, checker: &mut Checker) {
        check_network("subnetId", &self.subnet_id, Some(self.mask_bits), checker);
    }

    fn references(&self) -> Vec<Reference> {
        vec![Reference::new("networkSite", &[Kind::NetworkSite], &self.network_site)]
    }
}
