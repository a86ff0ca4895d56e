//! Addresses, places, sites, and what tells them, as calls read them.

use std::net::IpAddr;

use identifier::ObjectId;
use tenant::Country;
use tenant::organization::{self as org, Name, OrganizationBuilder};
use tenant_document as doc;

use super::{Compiled, Compiler, name, parse};

impl Compiler<'_> {
    pub(super) fn places(&self, parts: &mut OrganizationBuilder) -> Compiled<()> {
        for said in self.objects.network_sites() {
            parts.sites.push(org::NetworkSite {
                name: Name::new(&said.identity),
                emergency_calling: said.emergency_calling_policy.as_deref().map(name),
                emergency_call_routing: said.emergency_call_routing_policy.as_deref().map(name),
                location_based_routing: said.enable_location_based_routing,
                voice_routing: said.online_voice_routing_policy.as_deref().map(name),
            });
        }
        for said in self.objects.network_subnets() {
            let network = org::Network::new(parse("subnetId", &said.subnet_id)?, said.mask_bits);
            parts.subnets.push(org::NetworkSubnet { network, site: Name::new(&said.network_site) });
        }
        for said in self.objects.trusted_ip_addresses() {
            let address = parse("ipAddress", &said.ip_address)?;
            parts.trusted_addresses.push(org::Network::new(address, said.mask_bits.unwrap_or(128)));
        }
        for address in self.objects.civic_addresses() {
            let id = address.default_location_id.as_deref().unwrap_or_default();
            parts.locations.push(location(parse("defaultLocationId", id)?, address, None));
        }
        for said in self.objects.locations() {
            let found = self.names.find(doc::Kind::CivicAddress, &said.civic_address_id);
            let Some(doc::Object::CivicAddress(address)) = found else {
                return Err(format!(
                    "location {}: there is no civic address {}",
                    said.name, said.civic_address_id
                ));
            };
            let id = said.location_id.as_deref().unwrap_or_default();
            parts.locations.push(location(parse("locationId", id)?, address, Some(said)));
        }
        self.wiremap(parts)
    }

    fn wiremap(&self, parts: &mut OrganizationBuilder) -> Compiled<()> {
        let mut put = |seen: org::Whereabouts, place: &str| {
            let location = self.names.place(place).ok_or_else(|| format!("there is no place {place}"))?;
            parts.wiremap.push(org::WiremapEntry { seen, location });
            Ok::<(), String>(())
        };
        for said in self.objects.lis_wireless_access_points() {
            let bssid = said.bssid.to_ascii_lowercase();
            put(org::Whereabouts::AccessPoint(bssid.into()), &said.location_id)?;
        }
        for said in self.objects.lis_ports() {
            let (chassis, port) = (said.chassis_id.as_str().into(), said.port_id.as_str().into());
            put(org::Whereabouts::Port { chassis, port }, &said.location_id)?;
        }
        for said in self.objects.lis_switches() {
            put(org::Whereabouts::Switch(said.chassis_id.as_str().into()), &said.location_id)?;
        }
        for said in self.objects.lis_subnets() {
            let address: IpAddr = parse("subnet", &said.subnet)?;
            let bits = said.mask_bits.unwrap_or(if address.is_ipv4() { 24 } else { 64 });
            put(org::Whereabouts::Subnet(org::Network::new(address, bits)), &said.location_id)?;
        }
        Ok(())
    }
}

fn location(id: ObjectId, address: &doc::CivicAddress, place: Option<&doc::Location>) -> org::Location {
    let text = |text: &Option<String>| text.as_deref().map(Into::into);
    let micro = |degrees: f64| (degrees * 1e6).round() as i32;
    let elin = place.and_then(|place| place.elin.as_deref()).or(address.elin.as_deref());
    org::Location {
        id,
        place: place.map(|place| place.location.as_str().into()),
        company: Some(address.company_name.as_str().into()),
        country: address.country_or_region.parse().unwrap_or(Country::US),
        state: text(&address.state_or_province),
        city: text(&address.city),
        postal_code: text(&address.postal_code),
        street_pre_directional: text(&address.pre_directional),
        street: text(&address.street_name),
        street_suffix: text(&address.street_suffix),
        street_post_directional: text(&address.post_directional),
        house_number: text(&address.house_number),
        house_number_suffix: text(&address.house_number_suffix),
        position: address.latitude.zip(address.longitude).map(|(north, east)| (micro(north), micro(east))),
        elin: elin.map(Into::into),
    }
}
