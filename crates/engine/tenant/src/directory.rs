//! The snapshot: everything a call must know about tenants, in one value.

use std::collections::HashMap;
use std::net::IpAddr;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{CommunicationIdentifier, PhoneNumber, ResourceId, TenantId, TrunkName, UserId};

use crate::emergency::EmergencyNumbers;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberOwner<'a> {
    /// A service number: applications answer it.
    Resource(&'a Resource),
    /// Somebody's phone.
    Phone(&'a Phone),
}

/// Tenants, resources, phones and trunks, indexed; never changes once built.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    tenants: Vec<Tenant>,
    resources: Vec<Resource>,
    phones: Vec<Phone>,
    trunks: Vec<Trunk>,
    resource_by_id: HashMap<ResourceId, usize>,
    resource_by_host: HashMap<Box<str>, usize>,
    resource_by_number: HashMap<PhoneNumber, usize>,
    phone_by_name: HashMap<Box<str>, usize>,
    phone_by_user: HashMap<UserId, usize>,
    phone_by_number: HashMap<PhoneNumber, usize>,
    trunk_by_source: HashMap<IpAddr, usize>,
    pub(crate) emergency: EmergencyNumbers,
}

/// What makes a snapshot contradictory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Two owners of one number.
    #[error("number {0} is assigned twice; a number belongs to one resource or one phone")]
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
    /// Two trunks with one certificate.
    #[error("the certificate name {0} belongs to two trunks")]
    CertificateTwice(Box<str>),
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
        let mut directory = Directory { tenants: self.tenants, ..Directory::default() };
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
        self.phones.push(phone);
        Ok(())
    }

    fn add_trunk(&mut self, trunk: Trunk) -> Result<(), DirectoryError> {
        if self.tenant(trunk.tenant).is_none() {
            return Err(DirectoryError::Orphan(trunk.name.as_str().into()));
        }
        if self.trunk(&trunk.name).is_some() {
            return Err(DirectoryError::TrunkTwice(trunk.name));
        }
        if let Some(name) = &trunk.certificate
            && self.trunk_certified_as(name).is_some()
        {
            return Err(DirectoryError::CertificateTwice(name.clone()));
        }
        for source in &trunk.sources {
            if self.trunk_by_source.insert(*source, self.trunks.len()).is_some() {
                return Err(DirectoryError::SourceTwice(*source));
            }
        }
        self.trunks.push(trunk);
        Ok(())
    }

    /// All tenants.
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// All resources; the first is the default one.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
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
        self.tenants.iter().find(|tenant| tenant.id == id)
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

    /// Who owns a number.
    pub fn number_owner(&self, number: &PhoneNumber) -> Option<NumberOwner<'_>> {
        let resource =
            self.resource_by_number.get(number).map(|index| NumberOwner::Resource(&self.resources[*index]));
        resource.or_else(|| {
            self.phone_by_number.get(number).map(|index| NumberOwner::Phone(&self.phones[*index]))
        })
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

    /// A trunk by name.
    pub fn trunk(&self, name: &TrunkName) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| trunk.name == *name)
    }

    /// The trunk that an address belongs to. One with a certificate is not known by its address.
    pub fn trunk_at(&self, source: IpAddr) -> Option<&Trunk> {
        let trunk = self.trunk_by_source.get(&source).map(|index| &self.trunks[*index]);
        trunk.filter(|trunk| trunk.certificate.is_none())
    }

    /// The trunk whose certificate has this name, whatever the case of its letters (RFC 5922 §7.2).
    pub fn trunk_certified_as(&self, name: &str) -> Option<&Trunk> {
        let is_it = |trunk: &&Trunk| {
            trunk.certificate.as_ref().is_some_and(|certificate| certificate.eq_ignore_ascii_case(name))
        };
        self.trunks.iter().find(is_it)
    }
}
