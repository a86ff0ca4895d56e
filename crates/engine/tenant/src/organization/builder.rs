//! Collects what an organization is made of, and builds it.

use std::collections::{HashMap, HashSet};
use std::io::{Error, ErrorKind, Read, Result as IoResult, Write};

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::TenantId;

use super::Organization;
use super::checks;
use super::dialing::{DialPlan, Gateway, TranslationRule, VoiceRoute, VoiceRoutingPolicy};
use super::error::OrganizationError;
use super::held_number::{AssignmentCategory, HeldNumber, Holder};
use super::location::{Location, WiremapEntry};
use super::name::Name;
use super::network::{Network, NetworkSite, NetworkSubnet};
use super::person::{Consent, Person, ResourceAccount};
use super::policy::{
    CallerIdPolicy, CallingPolicy, DialOutPolicy, EmergencyCallRoutingPolicy, EmergencyCallingPolicy,
    ExternalAccessPolicy, Federation, GroupPolicy, Policy, SharedCallingPolicy,
};
use super::treatment::{InboundBlock, InboundExempt, UnassignedTreatment};

/// What a tenant's calls that applications place do beyond what Azure's do. Nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BeyondAzure {
    /// Calls that applications place to people follow their forwarding (and voicemail).
    pub honors_forwarding: bool,
    /// They ring whom people let ring at the same time.
    pub honors_simultaneous_ring: bool,
    /// They stay within sites where tolls may not be bypassed.
    pub honors_location_based_routing: bool,
    /// They ring delegates.
    pub honors_shared_lines: bool,
    /// Adding people asks their external access policies.
    pub honors_external_access: bool,
}

/// The parts of an organization. Fields that decide no call are not among them.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct OrganizationBuilder {
    /// The tenant that it is the telephone system of.
    pub tenant: TenantId,
    /// Verified domain names.
    pub domains: Vec<Box<str>>,
    /// People.
    pub people: Vec<Person>,
    /// Resource accounts.
    pub accounts: Vec<ResourceAccount>,
    /// Numbers, held and not.
    pub numbers: Vec<HeldNumber>,
    /// Who may call at all, and what happens to calls.
    pub calling_policies: Vec<CallingPolicy>,
    /// What callees see.
    pub caller_id_policies: Vec<CallerIdPolicy>,
    /// How far calls may go. [`DialOutPolicy::prebuilt`] are added.
    pub dial_out_policies: Vec<DialOutPolicy>,
    /// How people dial.
    pub dial_plans: Vec<DialPlan>,
    /// What happens around calls for help.
    pub emergency_calling_policies: Vec<EmergencyCallingPolicy>,
    /// Which digits call for help.
    pub emergency_call_routing_policies: Vec<EmergencyCallRoutingPolicy>,
    /// With whom from elsewhere people may talk.
    pub external_access_policies: Vec<ExternalAccessPolicy>,
    /// Who shares whose number.
    pub shared_calling_policies: Vec<SharedCallingPolicy>,
    /// Which usages calls are for.
    pub voice_routing_policies: Vec<VoiceRoutingPolicy>,
    /// Policies of groups.
    pub group_policies: Vec<GroupPolicy>,
    /// PSTN usages.
    pub usages: Vec<Name>,
    /// Voice routes.
    pub voice_routes: Vec<VoiceRoute>,
    /// Session border controllers of the tenant.
    pub gateways: Vec<Gateway>,
    /// What numbers become at gateways.
    pub translation_rules: Vec<TranslationRule>,
    /// Callers who are turned away.
    pub blocks: Vec<InboundBlock>,
    /// Callers who are not, all the same.
    pub exempts: Vec<InboundExempt>,
    /// What happens to calls to numbers that nobody holds.
    pub unassigned_treatments: Vec<UnassignedTreatment>,
    /// Places of the company.
    pub sites: Vec<NetworkSite>,
    /// Parts of its network.
    pub subnets: Vec<NetworkSubnet>,
    /// Addresses that its network appears under outside.
    pub trusted_addresses: Vec<Network>,
    /// Where help can be sent to.
    pub locations: Vec<Location>,
    /// How a network tells the place.
    pub wiremap: Vec<WiremapEntry>,
    /// With whom from elsewhere the tenant may talk.
    pub federation: Federation,
    /// Leaves of owners of communication resources.
    pub consents: Vec<Consent>,
    /// What it does that Azure does not.
    pub beyond_azure: BeyondAzure,
}

impl OrganizationBuilder {
    /// An organization of nobody: the policies that every tenant has.
    pub fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            domains: Vec::new(),
            people: Vec::new(),
            accounts: Vec::new(),
            numbers: Vec::new(),
            calling_policies: Vec::new(),
            caller_id_policies: Vec::new(),
            dial_out_policies: Vec::new(),
            dial_plans: Vec::new(),
            emergency_calling_policies: Vec::new(),
            emergency_call_routing_policies: Vec::new(),
            external_access_policies: Vec::new(),
            shared_calling_policies: Vec::new(),
            voice_routing_policies: Vec::new(),
            group_policies: Vec::new(),
            usages: Vec::new(),
            voice_routes: Vec::new(),
            gateways: Vec::new(),
            translation_rules: Vec::new(),
            blocks: Vec::new(),
            exempts: Vec::new(),
            unassigned_treatments: Vec::new(),
            sites: Vec::new(),
            subnets: Vec::new(),
            trusted_addresses: Vec::new(),
            locations: Vec::new(),
            wiremap: Vec::new(),
            federation: Federation::default(),
            consents: Vec::new(),
            beyond_azure: BeyondAzure::default(),
        }
    }

    /// Checks the parts against each other and indexes them. Global policies that are missing are added.
    pub fn build(mut self) -> Result<Organization, OrganizationError> {
        self.complete();
        let mut organization = Organization {
            person_by_id: HashMap::with_capacity(self.people.len()),
            account_by_id: HashMap::with_capacity(self.accounts.len()),
            number_by_text: HashMap::with_capacity(self.numbers.len()),
            number_by_extension: HashMap::new(),
            numbers_by_holder: HashMap::with_capacity(self.numbers.len()),
            policy_by_name: Default::default(),
            global_policies: Default::default(),
            routes_by_usage: HashMap::new(),
            gateway_by_name: HashMap::with_capacity(self.gateways.len()),
            translation_by_name: HashMap::with_capacity(self.translation_rules.len()),
            site_by_name: HashMap::with_capacity(self.sites.len()),
            location_by_id: HashMap::with_capacity(self.locations.len()),
            consents: HashMap::with_capacity(self.consents.len()),
            consenting: HashSet::new(),
            parts: self,
        };
        organization.index()?;
        checks::check(&organization)?;
        Ok(organization)
    }

    /// Adds what every tenant has, and puts lists into the order in which they are tried.
    fn complete(&mut self) {
        for policy in DialOutPolicy::prebuilt() {
            if !self.dial_out_policies.iter().any(|found| found.name == policy.name) {
                self.dial_out_policies.push(policy);
            }
        }
        add_global::<CallingPolicy>(self);
        add_global::<CallerIdPolicy>(self);
        add_global::<DialOutPolicy>(self);
        add_global::<DialPlan>(self);
        add_global::<EmergencyCallingPolicy>(self);
        add_global::<EmergencyCallRoutingPolicy>(self);
        add_global::<ExternalAccessPolicy>(self);
        add_global::<VoiceRoutingPolicy>(self);
        self.unassigned_treatments.sort_by_key(|treatment| treatment.priority);
        self.subnets.sort_by_key(|subnet| std::cmp::Reverse(subnet.network.prefix()));
    }
}

fn add_global<P: Policy>(parts: &mut OrganizationBuilder) {
    let policies = P::all_mut(parts);
    if !policies.iter().any(|policy| policy.name().is_global()) {
        policies.extend(P::global());
    }
}

impl Organization {
    fn index(&mut self) -> Result<(), OrganizationError> {
        for (index, person) in self.parts.people.iter().enumerate() {
            if self.person_by_id.insert(person.id, index).is_some() {
                return Err(OrganizationError::twice("person", &person.user_principal_name));
            }
        }
        for (index, account) in self.parts.accounts.iter().enumerate() {
            let is_twice = self.account_by_id.insert(account.id, index).is_some();
            if is_twice || self.person_by_id.contains_key(&account.id) {
                return Err(OrganizationError::twice("resource account", &account.user_principal_name));
            }
        }
        self.index_numbers()?;
        self.index_policies::<CallingPolicy>()?;
        self.index_policies::<CallerIdPolicy>()?;
        self.index_policies::<DialOutPolicy>()?;
        self.index_policies::<DialPlan>()?;
        self.index_policies::<EmergencyCallingPolicy>()?;
        self.index_policies::<EmergencyCallRoutingPolicy>()?;
        self.index_policies::<ExternalAccessPolicy>()?;
        self.index_policies::<SharedCallingPolicy>()?;
        self.index_policies::<VoiceRoutingPolicy>()?;
        for (index, route) in self.parts.voice_routes.iter().enumerate() {
            for usage in &route.usages {
                self.routes_by_usage.entry(usage.clone()).or_default().push(index);
            }
        }
        for indexes in self.routes_by_usage.values_mut() {
            indexes.sort_by_key(|index| self.parts.voice_routes[*index].priority);
        }
        for (index, gateway) in self.parts.gateways.iter().enumerate() {
            if self.gateway_by_name.insert(gateway.name.clone(), index).is_some() {
                return Err(OrganizationError::twice("gateway", gateway.name.as_str()));
            }
        }
        for (index, rule) in self.parts.translation_rules.iter().enumerate() {
            if self.translation_by_name.insert(rule.name.clone(), index).is_some() {
                return Err(OrganizationError::twice("translation rule", rule.name.as_str()));
            }
        }
        for (index, site) in self.parts.sites.iter().enumerate() {
            if self.site_by_name.insert(site.name.clone(), index).is_some() {
                return Err(OrganizationError::twice("network site", site.name.as_str()));
            }
        }
        for (index, location) in self.parts.locations.iter().enumerate() {
            if self.location_by_id.insert(location.id, index).is_some() {
                return Err(OrganizationError::twice("location", &location.id.to_string()));
            }
        }
        for (index, consent) in self.parts.consents.iter().enumerate() {
            self.consents.insert((consent.resource, consent.principal), index);
            self.consenting.insert(consent.resource);
        }
        Ok(())
    }

    fn index_numbers(&mut self) -> Result<(), OrganizationError> {
        for (index, held) in self.parts.numbers.iter().enumerate() {
            let number = held.number.clone();
            let before = match &held.extension {
                None => self.number_by_text.insert(number, index),
                Some(extension) => self.number_by_extension.insert((number, extension.clone()), index),
            };
            if before.is_some() {
                return Err(OrganizationError::twice("number", held.number.as_str()));
            }
            let Some(holder) = &held.holder else { continue };
            let indexes = self.numbers_by_holder.entry(holder.clone()).or_default();
            match held.category {
                AssignmentCategory::Primary => {
                    let first = indexes.first().map(|first| &self.parts.numbers[*first]);
                    let is_single = !matches!(holder, Holder::SharedCalling(_));
                    if is_single && first.is_some_and(|first| first.category == AssignmentCategory::Primary) {
                        return Err(OrganizationError::TwoPrimaries(held.number.clone()));
                    }
                    indexes.insert(0, index);
                }
                AssignmentCategory::Private | AssignmentCategory::Alternate => indexes.push(index),
            }
        }
        Ok(())
    }

    fn index_policies<P: Policy>(&mut self) -> Result<(), OrganizationError> {
        for (index, policy) in P::all(&self.parts).iter().enumerate() {
            if policy.name().is_global() {
                self.global_policies[P::KIND as usize] = Some(index);
            }
            if self.policy_by_name[P::KIND as usize].insert(policy.name().clone(), index).is_some() {
                return Err(OrganizationError::twice(&P::KIND.to_string(), policy.name().as_str()));
            }
        }
        Ok(())
    }
}

impl BorshSerialize for Organization {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.parts.serialize(writer)
    }
}

impl BorshDeserialize for Organization {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let parts = OrganizationBuilder::deserialize_reader(reader)?;
        parts.build().map_err(|error| Error::new(ErrorKind::InvalidData, error))
    }
}
