//! In whose name a call is made.

use identifier::{PhoneNumber, ResourceId, TenantId, TrunkName, UserId};
use tenant::{Directory, NumberOwner};

use crate::refusal::Refusal;

/// Who asks for a call, and so whose rights and whose bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal<'a> {
    /// A phone that has authenticated.
    Phone(UserId),
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

impl Principal<'_> {
    /// The tenant behind it, when there is one.
    pub(crate) fn tenant(&self, directory: &Directory) -> Option<TenantId> {
        match self {
            Self::Phone(user) => {
                let phone = directory.phone_of_user(*user)?;
                directory.resource(phone.resource).map(|resource| resource.tenant)
            }
            Self::Trunk(name) => directory.trunk(name).map(|trunk| trunk.tenant),
            Self::Application { resource, .. } => directory.resource(*resource).map(|found| found.tenant),
            Self::Platform | Self::Stranger => None,
        }
    }

    /// Whether a number shown to callees is one that an application may show.
    pub(crate) fn check_caller_number(&self, directory: &Directory) -> Result<(), Refusal> {
        let Self::Application { resource, caller_number: Some(number) } = self else { return Ok(()) };
        match directory.number_owner(number) {
            Some(NumberOwner::Resource(owner)) if owner.id == *resource => Ok(()),
            Some(NumberOwner::Resource(_) | NumberOwner::Phone(_) | NumberOwner::Organization(..)) | None => {
                Err(Refusal::CallerNumberNotOwned)
            }
        }
    }

    /// Whether it may leave through a trunk.
    pub(crate) fn check_public_network(&self, directory: &Directory) -> Result<(), Refusal> {
        match self {
            Self::Phone(user) => {
                let may = directory.phone_of_user(*user).is_some_and(|phone| phone.may_call_out);
                if may { Ok(()) } else { Err(Refusal::NotAllowedOut) }
            }
            Self::Application { caller_number: Some(_), .. } => self.check_caller_number(directory),
            Self::Application { caller_number: None, .. } => Err(Refusal::CallerNumberMissing),
            Self::Trunk(_) => Err(Refusal::TrunkToTrunk),
            Self::Platform | Self::Stranger => Err(Refusal::NotAllowedOut),
        }
    }
}
