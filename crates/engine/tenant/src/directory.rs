//! The snapshot: everything a call must know about tenants, in one value.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber, ResourceId, TenantId, TrunkName, UserId};

use crate::direct_routing::DirectRouting;
use crate::emergency::EmergencyNumbers;
use crate::organization::{Connectivity, HeldNumber, Organization, Person, Persona, ResourceAccount};
use crate::pairing::FarEnd;
use crate::phone::Phone;
use crate::resource::Resource;
use crate::trunk::Trunk;

/// A customer organisation.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tenant {
    /// Immutable.
    pub id: TenantId,
    /// For people.
    pub name: Box<str>,
}

/// Who a phone number of the platform belongs to.
#[derive(Clone, Copy, Debug)]
pub enum NumberOwner<'a> {
    /// A service number: applications answer it.
    Resource(&'a Resource),
    /// Somebody's phone.
    Phone(&'a Phone),
    /// Somebody or something in the telephone system of a company, or nobody there yet.
    Organization(&'a Organization, &'a HeldNumber),
}

/// Tenants, resources, phones and trunks, indexed; never changes once built.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    tenants: Vec<Tenant>,
    resources: Vec<Resource>,
    phones: Vec<Phone>,
    trunks: Vec<Trunk>,
    resource_by_id: HashMap<ResourceId, usize>,
    resource_by_tenant: HashMap<TenantId, usize>,
    resource_by_host: HashMap<Box<str>, usize>,
    resource_by_number: HashMap<PhoneNumber, usize>,
    phone_by_name: HashMap<Box<str>, usize>,
    phone_by_user: HashMap<UserId, usize>,
    phone_by_number: HashMap<PhoneNumber, usize>,
    trunk_by_source: HashMap<IpAddr, usize>,
    trunk_by_name: HashMap<TrunkName, usize>,
    trunk_by_certificate: HashMap<Box<str>, usize>,
    teams_by_own_name: HashMap<Box<str>, usize>,
    trunks_by_tenant: HashMap<TenantId, Vec<usize>>,
    tenant_by_id: HashMap<TenantId, usize>,
    organizations: Vec<Arc<Organization>>,
    organization_by_tenant: HashMap<TenantId, usize>,
    organization_by_object: HashMap<ObjectId, usize>,
    organization_by_number: HashMap<PhoneNumber, usize>,
    object_by_principal_name: HashMap<Box<str>, ObjectId>,
    phones_by_person: HashMap<ObjectId, Vec<usize>>,
    pub(crate) direct: Vec<DirectRouting>,
    pub(crate) direct_by_resource: HashMap<ResourceId, usize>,
    pub(crate) direct_by_trunk: HashMap<TrunkName, usize>,
    pub(crate) emergency: EmergencyNumbers,
}

/// What makes a snapshot contradictory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Two owners of one number.
    #[error("number {0} is assigned twice; a number belongs to one resource, phone or organization")]
    NumberTwice(PhoneNumber),
    /// Two phones of one name.
    #[error("phone {0} is defined twice")]
    PhoneTwice(Box<str>),
    /// Two resources on one host name.
    #[error("host name {0} belongs to two resources")]
    HostTwice(Box<str>),
    /// A phone or resource of nobody.
    #[error("{0} belongs to a tenant or resource that does not exist")]
    Orphan(Box<str>),
    /// Two trunks at one source address.
    #[error("source address {0} belongs to two trunks")]
    SourceTwice(IpAddr),
    /// Two trunks of one name.
    #[error("trunk {0} is defined twice")]
    TrunkTwice(TrunkName),
    /// Two organizations of one tenant.
    #[error("tenant {0} has two organizations")]
    OrganizationTwice(TenantId),
    /// Two people or resource accounts of one object id.
    #[error("object id {0} is in two organizations; an object belongs to one tenant")]
    ObjectTwice(ObjectId),
    /// Two people or resource accounts of one name.
    #[error("the user principal name {0} is in two organizations; a domain belongs to one tenant")]
    PrincipalNameTwice(Box<str>),
    /// A phone of a person whom its tenant does not have.
    #[error(
        "phone {phone} belongs to the person {person}, who is not in its tenant; add the person, or take the owner away"
    )]
    PhoneOfNobody {
        /// The phone.
        phone: Box<str>,
        /// Whose it would be.
        person: ObjectId,
    },
    /// Two trunks with one certificate.
    #[error("the certificate name {0} belongs to two trunks")]
    CertificateTwice(Box<str>),
    /// Two trunks to Microsoft Teams where we have the same name, or none.
    #[error("we are {0:?} at two trunks to Microsoft Teams, which calls us by that name; give each its own")]
    OwnNameTwice(Box<str>),
}

/// Collects the parts of a snapshot. The first resource is the default one.
#[derive(Clone, Debug, Default)]
pub struct DirectoryBuilder {
    /// Customer organisations.
    pub tenants: Vec<Tenant>,
    /// Communication resources.
    pub resources: Vec<Resource>,
    /// Phone accounts.
    pub phones: Vec<Phone>,
    /// Carriers and SBCs.
    pub trunks: Vec<Trunk>,
}

impl DirectoryBuilder {
    /// Checks the parts against each other and indexes them.
    pub fn build(self) -> Result<Directory, DirectoryError> {
        let tenants = self.tenants.iter().enumerate();
        let tenant_by_id = tenants.map(|(index, tenant)| (tenant.id, index)).collect();
        let mut directory = Directory { tenants: self.tenants, tenant_by_id, ..Directory::default() };
        for resource in self.resources {
            directory.add_resource(resource)?;
        }
        for phone in self.phones {
            directory.add_phone(phone)?;
        }
        for trunk in self.trunks {
            directory.add_trunk(trunk)?;
        }
        Ok(directory)
    }
}

impl Directory {
    fn add_resource(&mut self, resource: Resource) -> Result<(), DirectoryError> {
        if self.tenant(resource.tenant).is_none() {
            return Err(DirectoryError::Orphan(resource.name));
        }
        let index = self.resources.len();
        for host in &resource.hosts {
            let host: Box<str> = host.to_ascii_lowercase().into();
            if self.resource_by_host.insert(host.clone(), index).is_some() {
                return Err(DirectoryError::HostTwice(host));
            }
        }
        for number in &resource.numbers {
            if self.resource_by_number.insert(number.clone(), index).is_some() {
                return Err(DirectoryError::NumberTwice(number.clone()));
            }
        }
        self.resource_by_id.insert(resource.id, index);
        self.resource_by_tenant.entry(resource.tenant).or_insert(index);
        self.resources.push(resource);
        Ok(())
    }

    fn add_phone(&mut self, phone: Phone) -> Result<(), DirectoryError> {
        if !self.resource_by_id.contains_key(&phone.resource) {
            return Err(DirectoryError::Orphan(phone.name));
        }
        let index = self.phones.len();
        if self.phone_by_name.insert(phone.name.clone(), index).is_some() {
            return Err(DirectoryError::PhoneTwice(phone.name));
        }
        if let Some(number) = &phone.number {
            let taken = self.phone_by_number.insert(number.clone(), index).is_some()
                || self.resource_by_number.contains_key(number);
            if taken {
                return Err(DirectoryError::NumberTwice(number.clone()));
            }
        }
        self.phone_by_user.insert(phone.user, index);
        if let Some(owner) = phone.owner {
            self.phones_by_person.entry(owner.person).or_default().push(index);
        }
        self.phones.push(phone);
        Ok(())
    }

    fn add_trunk(&mut self, trunk: Trunk) -> Result<(), DirectoryError> {
        if self.tenant(trunk.tenant).is_none() {
            return Err(DirectoryError::Orphan(trunk.name.as_str().into()));
        }
        let index = self.trunks.len();
        if self.trunk_by_name.insert(trunk.name.clone(), index).is_some() {
            return Err(DirectoryError::TrunkTwice(trunk.name));
        }
        if trunk.pairing.far_end == FarEnd::Teams {
            let own_name = trunk.pairing.own_name.clone().unwrap_or_default();
            if self.teams_by_own_name.insert(own_name.to_ascii_lowercase().into(), index).is_some() {
                return Err(DirectoryError::OwnNameTwice(own_name));
            }
        } else if let Some(name) = &trunk.certificate
            && self.trunk_by_certificate.insert(name.to_ascii_lowercase().into(), index).is_some()
        {
            return Err(DirectoryError::CertificateTwice(name.clone()));
        }
        for source in &trunk.sources {
            if self.trunk_by_source.insert(*source, index).is_some() {
                return Err(DirectoryError::SourceTwice(*source));
            }
        }
        self.trunks_by_tenant.entry(trunk.tenant).or_default().push(index);
        self.trunks.push(trunk);
        Ok(())
    }

    /// The same directory with the telephone systems of its tenants. What was there before is replaced.
    pub fn with_organizations(
        mut self,
        organizations: Vec<Arc<Organization>>,
    ) -> Result<Self, DirectoryError> {
        let (people, numbers) = organizations.iter().fold((0, 0), |(people, numbers), organization| {
            let parts = organization.parts();
            (people + parts.people.len() + parts.accounts.len(), numbers + parts.numbers.len())
        });
        self.organization_by_tenant = HashMap::with_capacity(organizations.len());
        self.organization_by_object = HashMap::with_capacity(people);
        self.object_by_principal_name = HashMap::with_capacity(people);
        self.organization_by_number = HashMap::with_capacity(numbers);
        for (index, organization) in organizations.iter().enumerate() {
            self.index_organization(organization, index)?;
        }
        self.organizations = organizations;
        let is_orphan = |phone: &&Phone| {
            phone.owner.is_some_and(|owner| {
                let tenant = self.resource(phone.resource).map(|resource| resource.tenant);
                let organization = tenant.and_then(|tenant| self.organization(tenant));
                organization.is_none_or(|organization| organization.person(owner.person).is_none())
            })
        };
        match self.phones.iter().find(is_orphan) {
            Some(Phone { name, owner: Some(owner), .. }) => {
                Err(DirectoryError::PhoneOfNobody { phone: name.clone(), person: owner.person })
            }
            Some(_) | None => Ok(self),
        }
    }

    fn index_organization(
        &mut self,
        organization: &Organization,
        index: usize,
    ) -> Result<(), DirectoryError> {
        let tenant = organization.tenant();
        if self.tenant(tenant).is_none() {
            return Err(DirectoryError::Orphan(format!("the organization of {tenant}").into()));
        }
        if self.organization_by_tenant.insert(tenant, index).is_some() {
            return Err(DirectoryError::OrganizationTwice(tenant));
        }
        let parts = organization.parts();
        let people = parts.people.iter().map(|person| (person.id, &person.user_principal_name));
        let accounts = parts.accounts.iter().map(|account| (account.id, &account.user_principal_name));
        for (id, name) in people.chain(accounts) {
            if self.organization_by_object.insert(id, index).is_some() {
                return Err(DirectoryError::ObjectTwice(id));
            }
            if self.object_by_principal_name.insert(name.to_ascii_lowercase().into(), id).is_some() {
                return Err(DirectoryError::PrincipalNameTwice(name.clone()));
            }
        }
        for held in parts.numbers.iter().filter(|held| held.extension.is_none()) {
            let number = &held.number;
            if self.resource_by_number.contains_key(number) || self.phone_by_number.contains_key(number) {
                return Err(DirectoryError::NumberTwice(number.clone()));
            }
            // Behind session border controllers two companies may use the same digits.
            match self.organization_by_number.get(number) {
                None => {
                    self.organization_by_number.insert(number.clone(), index);
                }
                Some(_) if held.connectivity == Connectivity::DirectRouting => {}
                Some(_) => return Err(DirectoryError::NumberTwice(number.clone())),
            }
        }
        Ok(())
    }

    /// All telephone systems.
    pub fn organizations(&self) -> &[Arc<Organization>] {
        &self.organizations
    }

    /// The telephone system of a tenant.
    pub fn organization(&self, tenant: TenantId) -> Option<&Organization> {
        self.organization_by_tenant.get(&tenant).map(|index| &*self.organizations[*index])
    }

    /// The telephone system that an object belongs to.
    pub fn organization_of(&self, object: ObjectId) -> Option<&Organization> {
        self.organization_by_object.get(&object).map(|index| &*self.organizations[*index])
    }

    /// A person by object id, whatever the tenant.
    pub fn person(&self, id: ObjectId) -> Option<(&Organization, &Person)> {
        let organization = self.organization_of(id)?;
        Some((organization, organization.person(id)?))
    }

    /// A person by user principal name, whatever the case of its letters.
    pub fn person_named(&self, principal_name: &str) -> Option<(&Organization, &Person)> {
        self.person(self.object_named(principal_name)?)
    }

    /// A resource account by object id, whatever the tenant.
    pub fn account(&self, id: ObjectId) -> Option<(&Organization, &ResourceAccount)> {
        let organization = self.organization_of(id)?;
        Some((organization, organization.account(id)?))
    }

    /// A resource account by user principal name, whatever the case of its letters.
    pub fn account_named(&self, principal_name: &str) -> Option<(&Organization, &ResourceAccount)> {
        self.account(self.object_named(principal_name)?)
    }

    fn object_named(&self, principal_name: &str) -> Option<ObjectId> {
        self.object_by_principal_name.get(principal_name.to_ascii_lowercase().as_str()).copied()
    }

    /// The phones that stand in for clients of a person, of one persona.
    pub fn phones_of(&self, person: ObjectId, persona: Persona) -> impl Iterator<Item = &Phone> {
        let indexes = self.phones_by_person.get(&person).map_or(&[][..], Vec::as_slice);
        let phones = indexes.iter().map(|index| &self.phones[*index]);
        phones.filter(move |phone| phone.owner.is_some_and(|owner| owner.persona == persona))
    }

    /// The trunks of a tenant, in the order of the configuration.
    pub fn trunks_of(&self, tenant: TenantId) -> impl Iterator<Item = &Trunk> {
        let indexes = self.trunks_by_tenant.get(&tenant).map_or(&[][..], Vec::as_slice);
        indexes.iter().map(|index| &self.trunks[*index])
    }

    /// All tenants.
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// All resources; the first is the default one.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// The first resource of a tenant.
    pub fn resource_of_tenant(&self, tenant: TenantId) -> Option<&Resource> {
        self.resource_by_tenant.get(&tenant).map(|index| &self.resources[*index])
    }

    /// All phone accounts.
    pub fn phones(&self) -> &[Phone] {
        &self.phones
    }

    /// All trunks.
    pub fn trunks(&self) -> &[Trunk] {
        &self.trunks
    }

    /// A tenant by id.
    pub fn tenant(&self, id: TenantId) -> Option<&Tenant> {
        self.tenant_by_id.get(&id).map(|index| &self.tenants[*index])
    }

    /// A resource by id.
    pub fn resource(&self, id: ResourceId) -> Option<&Resource> {
        self.resource_by_id.get(&id).map(|index| &self.resources[*index])
    }

    /// The resource that a host name (without port) chooses: its own, else the default one.
    pub fn resource_at_host(&self, host: &str) -> Option<&Resource> {
        let index = self.resource_by_host.get(host.to_ascii_lowercase().as_str()).copied().unwrap_or(0);
        self.resources.get(index)
    }

    /// Who owns a number. Of several organizations that use the same digits behind their session border
    /// controllers, the first; ask an [organization](Organization::number) for its own.
    pub fn number_owner(&self, number: &PhoneNumber) -> Option<NumberOwner<'_>> {
        let resource =
            self.resource_by_number.get(number).map(|index| NumberOwner::Resource(&self.resources[*index]));
        let phone = || self.phone_by_number.get(number).map(|index| NumberOwner::Phone(&self.phones[*index]));
        let organization = || {
            let organization = &*self.organizations[*self.organization_by_number.get(number)?];
            Some(NumberOwner::Organization(organization, organization.number(number)?))
        };
        resource.or_else(phone).or_else(organization)
    }

    /// A phone account by name.
    pub fn phone(&self, name: &str) -> Option<&Phone> {
        self.phone_by_name.get(name).map(|index| &self.phones[*index])
    }

    /// A phone account by its user.
    pub fn phone_of_user(&self, user: UserId) -> Option<&Phone> {
        self.phone_by_user.get(&user).map(|index| &self.phones[*index])
    }

    /// The phone behind an identifier: by its number, or by `8:acs:{resource}_{user}`.
    pub fn phone_of(&self, identifier: &CommunicationIdentifier) -> Option<&Phone> {
        match identifier {
            CommunicationIdentifier::PhoneNumber { number: Some(number), .. } => {
                self.phone_by_number.get(number).map(|index| &self.phones[*index])
            }
            CommunicationIdentifier::CommunicationUser(raw) => {
                let (resource, user) = raw.strip_prefix("8:acs:")?.split_once('_')?;
                let phone = self.phone_of_user(user.parse().ok()?)?;
                (resource.parse() == Ok(phone.resource)).then_some(phone)
            }
            CommunicationIdentifier::PhoneNumber { number: None, .. }
            | CommunicationIdentifier::MicrosoftTeamsUser { .. }
            | CommunicationIdentifier::MicrosoftTeamsApp { .. }
            | CommunicationIdentifier::TeamsExtensionUser { .. }
            | CommunicationIdentifier::Unknown(_) => None,
        }
    }

    /// Whom a phone speaks for: a person at one of their clients, else whoever it is by its number or as a user.
    pub fn identity_of(&self, phone: &Phone) -> Option<CommunicationIdentifier> {
        if let Some(owner) = phone.owner {
            return self.persona(owner.person, owner.persona, phone.resource);
        }
        match &phone.number {
            Some(number) => Some(CommunicationIdentifier::phone(number.clone())),
            None => {
                let raw_id = self.resource(phone.resource)?.user_raw_id(phone.user);
                Some(CommunicationIdentifier::from_raw_id(&raw_id))
            }
        }
    }

    /// A person at one of their clients (contract: Teams Phone §8.2).
    pub fn persona(
        &self,
        person: ObjectId,
        persona: Persona,
        resource: ResourceId,
    ) -> Option<CommunicationIdentifier> {
        let tenant = self.organization_of(person)?.tenant();
        Some(CommunicationIdentifier::from_raw_id(&match persona {
            Persona::Teams => format!("8:orgid:{person}"),
            Persona::ContactCenter => format!("8:acs:{resource}_{tenant}_{person}"),
        }))
    }

    /// A trunk by name.
    pub fn trunk(&self, name: &TrunkName) -> Option<&Trunk> {
        self.trunk_by_name.get(name).map(|index| &self.trunks[*index])
    }

    /// The trunk that an address belongs to. One with a certificate is not known by its address.
    pub fn trunk_at(&self, source: IpAddr) -> Option<&Trunk> {
        let trunk = self.trunk_by_source.get(&source).map(|index| &self.trunks[*index]);
        trunk.filter(|trunk| trunk.certificate.is_none())
    }

    /// Whether any trunk leads to Microsoft Teams.
    pub fn has_teams(&self) -> bool {
        !self.teams_by_own_name.is_empty()
    }

    /// The trunk to Microsoft Teams where we have this name.
    pub fn teams_known_as(&self, own_name: &str) -> Option<&Trunk> {
        let index = self.teams_by_own_name.get(own_name.to_ascii_lowercase().as_str());
        index.map(|index| &self.trunks[*index])
    }

    /// The trunk whose certificate has this name, whatever the case of its letters (RFC 5922 §7.2).
    pub fn trunk_certified_as(&self, name: &str) -> Option<&Trunk> {
        let index = self.trunk_by_certificate.get(name.to_ascii_lowercase().as_str());
        index.map(|index| &self.trunks[*index])
    }
}
