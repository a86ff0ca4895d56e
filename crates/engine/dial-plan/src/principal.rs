//! In whose name a call is made.

use identifier::{ObjectId, PhoneNumber, ResourceId, TenantId, TrunkName, UserId};
use tenant::organization::{Grant, Holder, Persona};
use tenant::{Directory, NumberOwner};

use crate::refusal::Refusal;

/// Who asks for a call, and so whose rights and whose bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal<'a> {
    /// A phone that has authenticated. One that stands in for a client of a person calls in that person's name.
    Phone(UserId),
    /// A person of an organization, at a client of one of the personas.
    Person {
        /// Who.
        person: ObjectId,
        /// Which client.
        persona: Persona,
    },
    /// A resource account, in whose name an application calls.
    ResourceAccount(ObjectId),
    /// A carrier or session border controller.
    Trunk(&'a TrunkName),
    /// A call of the platform to one of its own numbers that came back in.
    Platform,
    /// Nobody that is known.
    Stranger,
    /// An application, by the resource whose key it has.
    Application {
        /// The resource.
        resource: ResourceId,
        /// The number it wants to show to the callee.
        caller_number: Option<&'a PhoneNumber>,
    },
}

/// Whether applications of a resource may show a number to callees: its own, or that of a resource account they
/// answer for.
pub fn may_show(directory: &Directory, resource: ResourceId, number: &PhoneNumber) -> bool {
    let principal = Principal::Application { resource, caller_number: Some(number) };
    principal.check_caller_number(directory).is_ok()
}

impl Principal<'_> {
    /// The tenant behind it, when there is one.
    pub(crate) fn tenant(&self, directory: &Directory) -> Option<TenantId> {
        match self {
            Self::Phone(user) => {
                let phone = directory.phone_of_user(*user)?;
                directory.resource(phone.resource).map(|resource| resource.tenant)
            }
            Self::Person { person: object, .. } | Self::ResourceAccount(object) => {
                directory.organization_of(*object).map(|organization| organization.tenant())
            }
            Self::Trunk(name) => directory.trunk(name).map(|trunk| trunk.tenant),
            Self::Application { resource, .. } => directory.resource(*resource).map(|found| found.tenant),
            Self::Platform | Self::Stranger => None,
        }
    }

    /// Whose a number is: behind session border controllers companies may use the same digits, and one's own come
    /// first.
    fn number_owner<'d>(&self, directory: &'d Directory, number: &PhoneNumber) -> Option<NumberOwner<'d>> {
        let owner = directory.number_owner(number)?;
        let NumberOwner::Organization(..) = owner else { return Some(owner) };
        let own = self.tenant(directory).and_then(|tenant| directory.organization(tenant));
        let held = own.and_then(|own| Some(NumberOwner::Organization(own, own.number(number)?)));
        Some(held.unwrap_or(owner))
    }

    /// Whether a number shown to callees is one that an application may show: its own, or that of a resource
    /// account it answers for.
    pub(crate) fn check_caller_number(&self, directory: &Directory) -> Result<(), Refusal> {
        let Self::Application { resource, caller_number: Some(number) } = self else { return Ok(()) };
        match self.number_owner(directory, number) {
            Some(NumberOwner::Resource(owner)) if owner.id == *resource => Ok(()),
            Some(NumberOwner::Organization(organization, held)) => {
                let Some(Holder::ResourceAccount(account)) = held.holder else {
                    return Err(Refusal::CallerNumberNotOwned);
                };
                let is_linked =
                    organization.account(account).is_some_and(|found| found.resource == Some(*resource));
                let consent = organization.consent(*resource, account);
                let has_consent = consent.is_some_and(|consent| consent.grant == Grant::ResourceAccount);
                if is_linked && has_consent { Ok(()) } else { Err(Refusal::CallerNumberNotOwned) }
            }
            // What its own session border controllers are shown is between them and their carrier.
            None if directory.has_direct_routing(*resource) => Ok(()),
            Some(NumberOwner::Resource(_) | NumberOwner::Phone(_)) | None => {
                Err(Refusal::CallerNumberNotOwned)
            }
        }
    }

    /// The resource account in whose name an application calls that shows its number.
    pub(crate) fn account_shown(&self, directory: &Directory) -> Option<ObjectId> {
        let Self::Application { caller_number: Some(number), .. } = self else { return None };
        let Some(NumberOwner::Organization(_, held)) = self.number_owner(directory, number) else {
            return None;
        };
        match held.holder {
            Some(Holder::ResourceAccount(account)) => Some(account),
            Some(Holder::Person(_) | Holder::SharedCalling(_)) | None => None,
        }
    }

    /// Whether it may leave through a trunk, where no organization decides.
    pub(crate) fn check_public_network(&self, directory: &Directory) -> Result<(), Refusal> {
        match self {
            Self::Phone(user) => {
                let may = directory.phone_of_user(*user).is_some_and(|phone| phone.may_call_out);
                if may { Ok(()) } else { Err(Refusal::NotAllowedOut) }
            }
            Self::Application { caller_number: Some(_), .. } => self.check_caller_number(directory),
            Self::Application { caller_number: None, .. } => Err(Refusal::CallerNumberMissing),
            Self::Trunk(_) => Err(Refusal::TrunkToTrunk),
            Self::Person { .. } | Self::ResourceAccount(_) | Self::Platform | Self::Stranger => {
                Err(Refusal::NotAllowedOut)
            }
        }
    }
}
