//! What resources hold by their own doing, beside what the configuration says: numbers that they have
//! purchased, and session border controllers of their direct routing. And what they may purchase.

use std::sync::{Arc, PoisonError, RwLock};

use acs::phone_numbers::{AssignmentType, Capabilities, Capability, Cost, NumberType, PurchasedNumber};
use acs::sip_routing::{SipConfiguration, SipRoute};
use acs_edge::{Inventory, Offer};
use configuration::{
    AssignmentEntry, CapabilityEntry, Configuration, NumberEntry, NumberTypeEntry, TrunkEntry,
};
use identifier::{TenantId, TrunkName};
use store::Store;
use tenant::organization::Pattern;
use tenant::{
    DirectRoute, DirectRouting, Directory, DirectoryBuilder, MediaEncryption, Pairing, SipTransport, Trunk, TrunkDialect,
    TrunkLimits,
};

use crate::failure::Failure;

/// The inventory in force. Cheap to clone.
#[derive(Clone, Default)]
pub struct Stock(Arc<RwLock<Arc<Inventory>>>);

impl Stock {
    /// What can be purchased now.
    pub fn now(&self) -> Arc<Inventory> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over what a configuration offers.
    pub fn take_over(&self, configuration: &Configuration, directory: &Directory) {
        let inventory = Arc::new(inventory(configuration, directory));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = inventory;
    }
}

/// Adds to a directory what is in the store. What belongs to a resource that the configuration does not
/// name waits until it does.
pub async fn add(builder: &mut DirectoryBuilder, store: &Store) -> Result<Vec<DirectRouting>, Failure> {
    let failed = |error| Failure::Happened(format!("cannot read what resources hold: {error}"));
    for held in store.held_numbers().await.map_err(failed)? {
        let details: PurchasedNumber = read("number", &held.details)?;
        let number = held.number.parse().ok();
        let resource = builder.resources.iter_mut().find(|resource| resource.id.to_string() == held.resource);
        let (Some(number), Some(resource)) = (number, resource) else {
            tracing::warn!(resource.id = held.resource, "a number was purchased by a resource that is gone");
            continue;
        };
        let is_for_calls = details.capabilities.calling != Capability::None;
        if is_for_calls && !resource.numbers.contains(&number) {
            resource.numbers.push(number);
        }
    }
    let mut direct = Vec::new();
    for routing in store.sip_routings().await.map_err(failed)? {
        let document: SipConfiguration = read("SIP routing", &routing.document)?;
        let resource = builder.resources.iter().find(|resource| resource.id.to_string() == routing.resource);
        let Some((resource, tenant)) = resource.map(|resource| (resource.id, resource.tenant)) else {
            tracing::warn!(resource.id = routing.resource, "a resource that is gone has trunks");
            continue;
        };
        let trunks = add_trunks(builder, tenant, &document);
        direct.push(DirectRouting { resource, trunks, routes: routes(document.routes)? });
    }
    Ok(direct)
}

/// The trunks of a resource that are used.
fn add_trunks(
    builder: &mut DirectoryBuilder,
    tenant: TenantId,
    document: &SipConfiguration,
) -> Vec<TrunkName> {
    let mut used = Vec::new();
    for (name, trunk) in &document.trunks {
        let is_same = |other: &Trunk| {
            other.name.as_str() == name
                || other
                    .certificate
                    .as_ref()
                    .is_some_and(|certificate| certificate.eq_ignore_ascii_case(name))
        };
        if builder.trunks.iter().any(is_same) {
            tracing::warn!(
                trunk.name = name,
                "trunk {name} of a resource is not used: the operator has one of that name"
            );
            continue;
        }
        let port = u16::try_from(trunk.sip_signaling_port).unwrap_or_default();
        if is_enabled(document, name, trunk.enabled) {
            builder.trunks.push(direct_trunk(name, port, tenant));
            used.push(TrunkName::new(name));
        }
    }
    used
}

fn routes(routes: Vec<SipRoute>) -> Result<Vec<DirectRoute>, Failure> {
    let route = |route: SipRoute| {
        let pattern = Pattern::new(&route.number_pattern)
            .map_err(|error| Failure::Happened(format!("cannot read a route of the database: {error}")))?;
        let mut trunks: Vec<TrunkName> = Vec::new();
        for name in route.trunks.iter().map(|name| TrunkName::new(name)) {
            if !trunks.contains(&name) {
                trunks.push(name);
            }
        }
        Ok(DirectRoute { name: route.name.into(), pattern, trunks })
    };
    routes.into_iter().map(route).collect()
}

/// A trunk is switched off by itself, or with its domain.
fn is_enabled(document: &SipConfiguration, name: &str, itself: Option<bool>) -> bool {
    let is_within = |domain: &str| name == domain || name.ends_with(&format!(".{domain}"));
    let domains = document.domains.iter().flatten();
    let is_off = domains.into_iter().any(|(domain, state)| is_within(domain) && !state.enabled);
    itself.unwrap_or(true) && !is_off
}

/// A session border controller that is known by its certificate, and by nothing else.
fn direct_trunk(name: &str, port: u16, tenant: TenantId) -> Trunk {
    Trunk {
        name: TrunkName::new(name),
        tenant,
        host: name.into(),
        port,
        transport: SipTransport::Tls,
        sources: Vec::new(),
        prefixes: Vec::new(),
        account: None,
        certificate: Some(name.into()),
        emergency: false,
        limits: TrunkLimits::default(),
        // Without keys for sound there is no call, as with Azure.
        dialect: TrunkDialect {
            media_encryption: Some(MediaEncryption::Required),
            ..TrunkDialect::default()
        },
        pairing: Pairing::of_customer(None),
    }
}

fn inventory(configuration: &Configuration, directory: &Directory) -> Inventory {
    let mut offers = Vec::new();
    for entry in &configuration.tenants {
        let tenant = directory.tenants().iter().find(|tenant| *tenant.name == *entry.name);
        let Some(tenant) = tenant else { continue };
        for trunk in &entry.trunks {
            offers.extend(trunk.numbers.iter().map(|numbers| offer(tenant.id, trunk, numbers)));
        }
    }
    Inventory::new(offers)
}

fn offer(tenant: TenantId, trunk: &TrunkEntry, entry: &NumberEntry) -> Offer {
    let boxed = |text: &Option<String>| text.as_deref().map(Into::into);
    Offer {
        tenant,
        range: entry.range,
        country: entry.country.as_str().into(),
        number_type: match entry.kind {
            NumberTypeEntry::Geographic => NumberType::Geographic,
            NumberTypeEntry::TollFree => NumberType::TollFree,
            NumberTypeEntry::Mobile => NumberType::Mobile,
        },
        assignment: entry.assignment.map(|assignment| match assignment {
            AssignmentEntry::Person => AssignmentType::Person,
            AssignmentEntry::Application => AssignmentType::Application,
        }),
        capabilities: Capabilities { calling: capability(entry.calling), sms: capability(entry.sms) },
        area_code: boxed(&entry.area_code),
        locality: boxed(&entry.locality),
        division: boxed(&entry.administrative_division),
        cost: Cost::monthly(entry.monthly_cost, &entry.currency),
        operator: trunk.name.as_str().into(),
    }
}

fn capability(entry: CapabilityEntry) -> Capability {
    match entry {
        CapabilityEntry::None => Capability::None,
        CapabilityEntry::Inbound => Capability::Inbound,
        CapabilityEntry::Outbound => Capability::Outbound,
        CapabilityEntry::Both => Capability::Both,
    }
}

fn read<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::Happened(format!("cannot read a {what} of the database: {error}")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use acs::sip_routing::{SipDomain, SipTrunk};

    use super::*;

    fn document(enabled: Option<bool>, domains: &[(&str, bool)]) -> SipConfiguration {
        let trunk = SipTrunk { sip_signaling_port: 5061, enabled, health: None };
        let domains =
            domains.iter().map(|(name, enabled)| ((*name).to_owned(), SipDomain { enabled: *enabled }));
        SipConfiguration {
            domains: Some(domains.collect()),
            trunks: BTreeMap::from([("sbc.contoso.com".to_owned(), trunk)]),
            routes: Vec::new(),
        }
    }

    #[test]
    fn a_trunk_is_used_unless_it_or_its_domain_is_off_or_the_operator_has_its_name() {
        let used = |document: SipConfiguration, operators: &str| {
            let tenant = TenantId::from_u128(1);
            let mut builder = DirectoryBuilder::default();
            builder.trunks.push(direct_trunk(operators, 5061, tenant));
            let used = add_trunks(&mut builder, tenant, &document);
            assert_eq!(used.len() + 1, builder.trunks.len());
            builder.trunks.len() == 2
        };
        assert!(used(document(None, &[]), "other.example"));
        assert!(used(document(Some(true), &[("contoso.com", true)]), "other.example"));
        assert!(used(document(None, &[("ontoso.com", false)]), "other.example"));
        assert!(!used(document(Some(false), &[]), "other.example"));
        assert!(!used(document(None, &[("contoso.com", false)]), "other.example"));
        assert!(!used(document(None, &[]), "SBC.contoso.com"));
    }
}
