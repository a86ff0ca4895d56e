//! Numbers that help calls back (contract: Teams Phone §1.17, §1.18).

use identifier::{CommunicationIdentifier, PhoneNumber, TenantId, UserId};
use tenant::{Directory, NumberOwner};

use crate::circumstances::Circumstances;
use crate::dialled::{Meaning, meaning};
use crate::inbound;
use crate::party::Party;
use crate::principal::Principal;
use crate::why::Why;

/// The number that a trunk dials as the rules of its gateway have it, and whose it is there: several companies may
/// hold the same digits. `None` for what is no number, and for those who call nobody back.
pub fn called_number(
    directory: &Directory,
    principal: Principal<'_>,
    dialled: &str,
) -> Option<(TenantId, PhoneNumber)> {
    let translated = inbound::called(directory, principal, dialled, &mut Why::default());
    let text = translated.as_deref().unwrap_or(dialled);
    let number = match meaning(text) {
        Meaning::Identifier(CommunicationIdentifier::PhoneNumber { number, .. }) => number?,
        Meaning::Number(_, false) if directory.phone(text).is_some() => return None,
        Meaning::Number(number, _) => number,
        Meaning::Identifier(_) | Meaning::Name => return None,
    };
    Some((tenant(directory, principal, &number)?, number))
}

/// Whose number it is that may call back: the trunk's tenant's; what comes from ourselves means its owner's.
pub(crate) fn tenant(
    directory: &Directory,
    principal: Principal<'_>,
    number: &PhoneNumber,
) -> Option<TenantId> {
    match principal {
        Principal::Trunk(_) => principal.tenant(directory),
        Principal::Platform => match directory.number_owner(number)? {
            NumberOwner::Resource(resource) => Some(resource.tenant),
            NumberOwner::Phone(phone) => directory.resource(phone.resource).map(|found| found.tenant),
            NumberOwner::Organization(organization, _) => Some(organization.tenant()),
        },
        Principal::Phone(_)
        | Principal::Person { .. }
        | Principal::ResourceAccount(_)
        | Principal::Application { .. }
        | Principal::Stranger => None,
    }
}

/// The tenant of a phone that calls for help, and the numbers of which one may be reserved for it.
pub fn emergency_pool(directory: &Directory, phone: UserId) -> Option<(TenantId, &[PhoneNumber])> {
    let principal = Principal::Phone(phone);
    let tenant = principal.tenant(directory)?;
    let party = Party::of(directory, principal, &Circumstances::default());
    let pool = party.and_then(|party| party.pool());
    Some((tenant, pool.map_or(&[], |(policy, _)| &policy.emergency_numbers)))
}
