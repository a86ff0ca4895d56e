//! What resources hold by their own doing, beside what the configuration says: numbers that they have
//! purchased, and session border controllers of their direct routing. And what they may purchase.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use acs::phone_numbers::{AssignmentType, Capabilities, Capability, Cost, NumberType, PurchasedNumber};
use acs::sip_routing::{SipConfiguration, SipRoute};
use acs_edge::{Inventory, Offer};
use configuration::{
    AssignmentEntry, CapabilityEntry, Configuration, NumberEntry, NumberTypeEntry, TrunkEntry,
};
use identifier::{PhoneNumber, TenantId, TrunkName};
use store::{Store, Write};
use tenant::organization::Pattern;
use tenant::{
    DirectRoute, DirectRouting, DirectoryBuilder, MediaEncryption, Pairing, SipTransport, Trunk,
    TrunkDialect, TrunkLimits,
};

use crate::failure::Failure;

/// What the operator offers at the moment. Cheap to clone.
#[derive(Clone, Default)]
pub struct Stock(Arc<RwLock<Offered>>);

#[derive(Clone, Default)]
struct Offered {
    inventory: Arc<Inventory>,
    /// Operators with trunks, by the name of the tenant.
    operators: Arc<HashMap<String, Vec<String>>>,
}

impl Stock {
    /// What can be purchased now.
    pub fn now(&self) -> Arc<Inventory> {
        self.offered().inventory
    }

    /// Operators that a tenant may consent to.
    pub fn operators(&self, tenant: &str) -> Vec<String> {
        self.offered().operators.get(tenant).cloned().unwrap_or_default()
    }

    fn offered(&self) -> Offered {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over what a configuration offers, and what it gives for good.
    pub fn take_over(&self, configuration: &Configuration, given: &DirectoryBuilder) {
        let operators = configuration.tenants.iter().map(|tenant| {
            let operators = tenant.trunks.iter().filter_map(|trunk| trunk.operator.clone());
            (tenant.name.clone(), operators.collect())
        });
        let offered = Offered {
            inventory: Arc::new(inventory(configuration, given)),
            operators: Arc::new(operators.collect()),
        };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = offered;
    }
}

/// What resources hold, as it is kept.
#[derive(Clone, Default)]
pub struct Holdings {
    numbers: BTreeMap<String, Held>,
    routings: BTreeMap<String, Routing>,
}

/// A number that was purchased.
#[derive(Clone)]
struct Held {
    number: PhoneNumber,
    resource: String,
    is_for_calls: bool,
}

/// The direct routing of a resource.
#[derive(Clone)]
struct Routing {
    document: SipConfiguration,
    routes: Vec<DirectRoute>,
}

impl Holdings {
    /// All that is in the store.
    pub async fn read(store: &Store) -> Result<Self, Failure> {
        let failed = |error| Failure::Happened(format!("cannot read what resources hold: {error}"));
        let mut holdings = Self::default();
        for held in store.held_numbers().await.map_err(failed)? {
            holdings.take_over(&Write::PutHeldNumber(held))?;
        }
        for routing in store.sip_routings().await.map_err(failed)? {
            holdings.take_over(&Write::PutSipRouting(routing))?;
        }
        Ok(holdings)
    }

    /// Takes over what is written, as far as resources hold it.
    pub fn take_over(&mut self, write: &Write) -> Result<(), Failure> {
        match write {
            Write::PutHeldNumber(held) => {
                let details: PurchasedNumber = read("number", &held.details)?;
                let Ok(number) = held.number.parse() else {
                    tracing::warn!("a number in the database is no number, and is passed over");
                    return Ok(());
                };
                let is_for_calls = details.capabilities.calling != Capability::None;
                let resource = held.resource.clone();
                self.numbers.insert(held.number.clone(), Held { number, resource, is_for_calls });
            }
            Write::RemoveHeldNumber(number) => drop(self.numbers.remove(number)),
            Write::PutSipRouting(routing) => {
                let document: SipConfiguration = read("SIP routing", &routing.document)?;
                let routes = routes(&document.routes)?;
                self.routings.insert(routing.resource.clone(), Routing { document, routes });
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds them to a directory. What belongs to a resource that the configuration does not name waits until it does.
    pub fn add(&self, builder: &mut DirectoryBuilder) -> Vec<DirectRouting> {
        let resources = builder.resources.iter().enumerate();
        let resources: HashMap<String, usize> =
            resources.map(|(index, resource)| (resource.id.to_string(), index)).collect();
        let given: HashSet<(usize, PhoneNumber)> = builder
            .resources
            .iter()
            .enumerate()
            .flat_map(|(index, resource)| resource.numbers.iter().map(move |number| (index, number.clone())))
            .collect();
        for held in self.numbers.values() {
            let Some(index) = resources.get(&held.resource).copied() else {
                tracing::debug!(
                    resource.id = held.resource,
                    "a resource that is gone has purchased a number"
                );
                continue;
            };
            if held.is_for_calls && !given.contains(&(index, held.number.clone())) {
                builder.resources[index].numbers.push(held.number.clone());
            }
        }
        let mut direct = Vec::new();
        for (name, routing) in &self.routings {
            let Some(index) = resources.get(name).copied() else {
                tracing::warn!(resource.id = name, "a resource that is gone has trunks");
                continue;
            };
            let (resource, tenant) = (builder.resources[index].id, builder.resources[index].tenant);
            let trunks = add_trunks(builder, tenant, &routing.document);
            direct.push(DirectRouting { resource, trunks, routes: routing.routes.clone() });
        }
        direct
    }
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

fn routes(routes: &[SipRoute]) -> Result<Vec<DirectRoute>, Failure> {
    let route = |route: &SipRoute| {
        let pattern = Pattern::new(&route.number_pattern)
            .map_err(|error| Failure::Happened(format!("cannot read a route of the database: {error}")))?;
        let mut trunks: Vec<TrunkName> = Vec::new();
        for name in route.trunks.iter().map(|name| TrunkName::new(name)) {
            if !trunks.contains(&name) {
                trunks.push(name);
            }
        }
        Ok(DirectRoute { name: route.name.as_str().into(), pattern, trunks })
    };
    routes.iter().map(route).collect()
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

fn inventory(configuration: &Configuration, given: &DirectoryBuilder) -> Inventory {
    let tenants: HashMap<&str, TenantId> =
        given.tenants.iter().map(|tenant| (&*tenant.name, tenant.id)).collect();
    let mut offers = Vec::new();
    for entry in &configuration.tenants {
        let Some(tenant) = tenants.get(entry.name.as_str()).copied() else { continue };
        for trunk in &entry.trunks {
            offers.extend(trunk.numbers.iter().map(|numbers| offer(tenant, trunk, numbers)));
        }
    }
    let given = given.resources.iter().map(|resource| (resource.id, resource.numbers.clone()));
    Inventory::new(offers).with_given(given.collect())
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
