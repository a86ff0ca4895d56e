//! A company's telephone system, as far as it decides calls: people and resource accounts, numbers, policies,
//! dial plans, voice routes, gateways, places.
//!
//! What an administrator writes is a document of many more fields; whoever compiles it puts here what a call
//! must know. [`OrganizationBuilder::build`] refuses what contradicts itself, so that nothing that decides a
//! call meets a name without a thing.

mod builder;
mod calling_settings;
mod checks;
mod dialing;
mod error;
mod held_number;
mod location;
mod name;
mod network;
mod pattern;
mod person;
mod policy;
mod template;
mod treatment;

use std::collections::{HashMap, HashSet};

use identifier::{ObjectId, PhoneNumber, ResourceId, TenantId, TrunkName};

pub use builder::{BeyondAzure, OrganizationBuilder};
pub use calling_settings::{
    CallGroup, CallingSettings, Delegate, ForwardTarget, Forwarding, GroupOrder, MOST_DELEGATES,
    MOST_GROUP_MEMBERS, MOST_ORDERED_MEMBERS, RingingClients, UNANSWERED_SECONDS, Unanswered, WhenBusy,
};
pub use dialing::{
    DialPlan, Gateway, LONGEST_FAILOVER, MOST_NORMALIZATION_RULES, MOST_TRANSLATION_RULES, NormalizationRule,
    TranslationRule, VoiceRoute, VoiceRoutingPolicy,
};
pub use error::OrganizationError;
pub use held_number::{AssignmentCategory, Capabilities, Connectivity, HeldNumber, Holder};
pub use location::{Location, Whereabouts, WiremapEntry};
pub use name::Name;
pub use network::{Network, NetworkSite, NetworkSubnet};
pub use pattern::{GaveUp, LONGEST_PATTERN, LONGEST_SUBJECT, Pattern, PatternError, Rewrite};
pub use person::{
    ApplicationKind, CONCURRENT_CALLS, Consent, Grant, Licences, Person, Persona, ResourceAccount,
};
pub use policy::{
    Assignments, BusyOnBusy, CallerIdPolicy, CallerIdSubstitute, CallingPolicy, DialOut, DialOutPolicy,
    EmergencyCallRoutingPolicy, EmergencyCallingPolicy, EmergencyNumber, ExternalAccessPolicy,
    ExternalOrganizations, Federation, GroupPolicy, InboundTreatment, Notification, NotificationMode, Policy,
    PolicyKind, SharedCallingPolicy, VoicemailUse,
};
pub use template::{LONGEST_TEMPLATE, TemplateError};
pub use treatment::{InboundBlock, InboundExempt, UnassignedTarget, UnassignedTreatment};

/// A company's telephone system; never changes once built.
#[derive(Clone, Debug)]
pub struct Organization {
    parts: OrganizationBuilder,
    person_by_id: HashMap<ObjectId, usize>,
    account_by_id: HashMap<ObjectId, usize>,
    number_by_text: HashMap<PhoneNumber, usize>,
    number_by_extension: HashMap<(PhoneNumber, Box<str>), usize>,
    numbers_by_holder: HashMap<Holder, Vec<usize>>,
    /// By kind, as `PolicyKind` counts them.
    policy_by_name: [HashMap<Name, usize>; PolicyKind::COUNT],
    global_policies: [Option<usize>; PolicyKind::COUNT],
    routes_by_usage: HashMap<Name, Vec<usize>>,
    gateway_by_name: HashMap<TrunkName, usize>,
    translation_by_name: HashMap<Name, usize>,
    site_by_name: HashMap<Name, usize>,
    location_by_id: HashMap<ObjectId, usize>,
    consents: HashMap<(ResourceId, ObjectId), usize>,
    consenting: HashSet<ResourceId>,
}

/// Somebody or something that policies are assigned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyHolder<'a> {
    /// A person.
    Person(&'a Person),
    /// A resource account.
    Account(&'a ResourceAccount),
}

/// How a policy came to hold for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignedBy {
    /// It belongs to the site where the call is made.
    Site(Name),
    /// It was assigned to them.
    Themselves,
    /// It was assigned to a group of theirs.
    Group(Name),
    /// Nothing else was assigned.
    Nobody,
}

impl Organization {
    /// The tenant that it is the telephone system of.
    pub fn tenant(&self) -> TenantId {
        self.parts.tenant
    }

    /// All that it was built of, with the policies that every tenant has.
    pub fn parts(&self) -> &OrganizationBuilder {
        &self.parts
    }

    /// What it does that Azure does not.
    pub fn beyond_azure(&self) -> BeyondAzure {
        self.parts.beyond_azure
    }

    /// A person by object id.
    pub fn person(&self, id: ObjectId) -> Option<&Person> {
        self.person_by_id.get(&id).map(|index| &self.parts.people[*index])
    }

    /// A resource account by object id.
    pub fn account(&self, id: ObjectId) -> Option<&ResourceAccount> {
        self.account_by_id.get(&id).map(|index| &self.parts.accounts[*index])
    }

    /// A number of the organization, held or not.
    pub fn number(&self, number: &PhoneNumber) -> Option<&HeldNumber> {
        self.number_by_text.get(number).map(|index| &self.parts.numbers[*index])
    }

    /// A number of the organization with digits behind it.
    pub fn extension(&self, number: &PhoneNumber, extension: &str) -> Option<&HeldNumber> {
        let key = (number.clone(), extension.into());
        self.number_by_extension.get(&key).map(|index| &self.parts.numbers[*index])
    }

    /// The numbers of somebody, the primary one first.
    pub fn numbers_of(&self, holder: &Holder) -> impl Iterator<Item = &HeldNumber> {
        let indexes = self.numbers_by_holder.get(holder).map_or(&[][..], Vec::as_slice);
        indexes.iter().map(|index| &self.parts.numbers[*index])
    }

    /// The number that a person shows.
    pub fn number_of_person(&self, person: ObjectId) -> Option<&HeldNumber> {
        self.numbers_of(&Holder::Person(person)).next()
    }

    /// The number of a resource account.
    pub fn number_of_account(&self, account: ObjectId) -> Option<&HeldNumber> {
        self.numbers_of(&Holder::ResourceAccount(account)).next()
    }

    /// A policy by name.
    pub fn policy<P: Policy>(&self, name: &Name) -> Option<&P> {
        let index = self.policy_by_name[P::KIND as usize].get(name)?;
        P::all(&self.parts).get(*index)
    }

    /// The policy that holds for somebody, and why: their own, else that of their group with the lowest rank,
    /// else Global. Nothing only where there is no Global (shared calling).
    pub fn effective<P: Policy>(&self, holder: PolicyHolder<'_>) -> Option<(&P, AssignedBy)> {
        let (own, groups) = match holder {
            PolicyHolder::Person(person) => (&person.policies, person.groups.as_slice()),
            PolicyHolder::Account(account) => (&account.policies, &[][..]),
        };
        if let Some(policy) = own.0.get(&P::KIND).and_then(|name| self.policy(name)) {
            return Some((policy, AssignedBy::Themselves));
        }
        let of_groups = self.parts.group_policies.iter();
        let of_groups = of_groups.filter(|found| found.kind == P::KIND && groups.contains(&found.group));
        if let Some(found) = of_groups.min_by_key(|found| found.rank)
            && let Some(policy) = self.policy(&found.policy)
        {
            return Some((policy, AssignedBy::Group(found.group.clone())));
        }
        let global = self.global_policies[P::KIND as usize]?;
        P::all(&self.parts).get(global).map(|policy| (policy, AssignedBy::Nobody))
    }

    /// The routes of a usage by priority, those of one priority as they were written.
    pub fn routes_of(&self, usage: &Name) -> impl Iterator<Item = &VoiceRoute> {
        let indexes = self.routes_by_usage.get(usage).map_or(&[][..], Vec::as_slice);
        indexes.iter().map(|index| &self.parts.voice_routes[*index])
    }

    /// A gateway by name.
    pub fn gateway(&self, name: &TrunkName) -> Option<&Gateway> {
        self.gateway_by_name.get(name).map(|index| &self.parts.gateways[*index])
    }

    /// A translation rule by name.
    pub fn translation(&self, name: &Name) -> Option<&TranslationRule> {
        self.translation_by_name.get(name).map(|index| &self.parts.translation_rules[*index])
    }

    /// A site by name.
    pub fn site(&self, name: &Name) -> Option<&NetworkSite> {
        self.site_by_name.get(name).map(|index| &self.parts.sites[*index])
    }

    /// The site that an address belongs to: that of the smallest subnet around it.
    pub fn site_at(&self, address: std::net::IpAddr) -> Option<&NetworkSite> {
        // Subnets are sorted: the smallest first.
        let found = self.parts.subnets.iter().find(|subnet| subnet.network.contains(address))?;
        self.site(&found.site)
    }

    /// Whether the company's network appears outside under this address.
    pub fn trusts(&self, address: std::net::IpAddr) -> bool {
        self.parts.trusted_addresses.iter().any(|network| network.contains(address))
    }

    /// A place by id.
    pub fn location(&self, id: ObjectId) -> Option<&Location> {
        self.location_by_id.get(&id).map(|index| &self.parts.locations[*index])
    }

    /// The same with other leaves of owners of communication resources. Those for somebody who is not there, or is
    /// something else, wait until they are.
    #[must_use]
    pub fn with_consents(mut self, consents: Vec<Consent>) -> Self {
        let is_there = |consent: &Consent| match consent.grant {
            Grant::ResourceAccount => self.account(consent.principal).is_some(),
            Grant::Person { .. } => self.person(consent.principal).is_some(),
        };
        let consents: Vec<Consent> = consents.into_iter().filter(is_there).collect();
        let indexed = consents.iter().enumerate();
        self.consents =
            indexed.map(|(index, consent)| ((consent.resource, consent.principal), index)).collect();
        self.consenting = consents.iter().map(|consent| consent.resource).collect();
        self.parts.consents = consents;
        self
    }

    /// The leave of a communication resource for somebody to use it.
    pub fn consent(&self, resource: ResourceId, principal: ObjectId) -> Option<&Consent> {
        self.consents.get(&(resource, principal)).map(|index| &self.parts.consents[*index])
    }

    /// Whether a communication resource has consented to anybody here.
    pub fn has_consents(&self, resource: ResourceId) -> bool {
        self.consenting.contains(&resource)
    }
}
