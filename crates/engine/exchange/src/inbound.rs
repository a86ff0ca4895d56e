//! Where a call that arrives goes, in the words of the call engine.

use std::sync::Arc;

use call_engine::{Caller, Destination, Diversion, DiversionReason, EndCause, Invitation, Invitee, Origin};
use dial_plan::{Dialled, Principal, Refusal, Route};
use identifier::{CommunicationIdentifier, PhoneNumber, ResourceId, TenantId};
use redact::Pii;
use tenant::Directory;

/// What becomes of a call that arrives.
#[derive(Debug)]
pub(crate) enum Way {
    /// The applications of a resource may take it.
    Application { resource: ResourceId, number: PhoneNumber },
    /// It is connected without any application.
    Direct { resource: ResourceId, invitee: Invitee, caller: Caller },
}

/// Asks the dial plan about an invitation.
pub(crate) fn way(directory: &Directory, invitation: &Invitation) -> Result<Way, Refusal> {
    let principal = principal(&invitation.origin);
    let route = dial_plan::route(directory, principal, Dialled::Text(invitation.dialled.expose()))?;
    let resource = resource_of(directory, &invitation.origin, &route).ok_or(Refusal::NotFound)?;
    match route {
        Route::Application { resource, number } => Ok(Way::Application { resource, number }),
        route @ (Route::Phone(_) | Route::Trunk { .. } | Route::Emergency { .. } | Route::Platform(_)) => {
            let invitee = invitee(directory, route).ok_or(Refusal::NotFound)?;
            let caller = caller(directory, &invitation.origin, &invitee, || Caller {
                number: invitation.from.phone_number().cloned(),
                display_name: invitation.display_name.clone(),
            });
            Ok(Way::Direct { resource, invitee, caller })
        }
    }
}

/// Asks the dial plan about the target of a REFER, in the name of the leg that sent it.
pub(crate) fn referral(
    directory: &Directory,
    origin: &Origin,
    target: &str,
) -> Result<(Invitee, Caller), EndCause> {
    let route = dial_plan::route(directory, principal(origin), Dialled::Text(target)).map_err(end_cause)?;
    let route = match route {
        Route::Application { number, .. } => Route::Platform(number),
        route @ (Route::Phone(_) | Route::Trunk { .. } | Route::Emergency { .. } | Route::Platform(_)) => {
            route
        }
    };
    let invitee = invitee(directory, route).ok_or(EndCause::NotFound)?;
    let caller = caller(directory, origin, &invitee, Caller::default);
    Ok((invitee, caller))
}

/// Asks the dial plan about where a phone that is called sends the call, in the name of that phone.
pub(crate) fn diversion(
    directory: &Directory,
    origin: &Origin,
    target: &str,
) -> Option<(Destination, Diversion)> {
    let Origin::Phone(user) = origin else { return None };
    let phone = directory.phone_of_user(*user)?;
    let (invitee, _) = referral(directory, origin, target).ok()?;
    let called = match &phone.number {
        Some(number) => Arc::from(number.as_str()),
        None => Arc::from(&*phone.name),
    };
    let called = Some(Pii::new(called));
    Some((invitee.destination, Diversion { called, reason: DiversionReason::Unconditional }))
}

/// Whether two legs belong to different tenants: whoever learns how a dialog is named must not take a place in it.
pub(crate) fn strangers(directory: &Directory, one: &Origin, other: &Origin) -> bool {
    match (tenant(directory, one), tenant(directory, other)) {
        (Some(one), Some(other)) => one != other,
        (Some(_) | None, None) | (None, Some(_)) => false,
    }
}

fn tenant(directory: &Directory, origin: &Origin) -> Option<TenantId> {
    match origin {
        Origin::Phone(user) => {
            let phone = directory.phone_of_user(*user)?;
            directory.resource(phone.resource).map(|resource| resource.tenant)
        }
        Origin::Trunk(name) => directory.trunk(name).map(|trunk| trunk.tenant),
        Origin::Platform | Origin::Stranger => None,
    }
}

fn end_cause(refusal: Refusal) -> EndCause {
    match refusal {
        Refusal::NotFound | Refusal::Unsupported | Refusal::NoTrunk => EndCause::NotFound,
        Refusal::OtherTenant
        | Refusal::NotAllowedOut
        | Refusal::TrunkToTrunk
        | Refusal::CallerNumberMissing
        | Refusal::CallerNumberNotOwned => EndCause::Forbidden,
    }
}

fn principal(origin: &Origin) -> Principal<'_> {
    match origin {
        Origin::Phone(user) => Principal::Phone(*user),
        Origin::Trunk(name) => Principal::Trunk(name),
        Origin::Platform => Principal::Platform,
        Origin::Stranger => Principal::Stranger,
    }
}

/// Somebody to be dialled; calls to applications are not dialled.
pub(crate) fn invitee(directory: &Directory, route: Route) -> Option<Invitee> {
    match route {
        Route::Application { .. } => None,
        Route::Phone(user) => {
            let phone = directory.phone_of_user(user)?;
            let identifier = match &phone.number {
                Some(number) => CommunicationIdentifier::phone(number.clone()),
                None => {
                    let resource = directory.resource(phone.resource)?;
                    CommunicationIdentifier::from_raw_id(&resource.user_raw_id(user))
                }
            };
            Some(Invitee { identifier, destination: Destination::Phone(user) })
        }
        Route::Trunk { trunk, number } => Some(Invitee {
            identifier: CommunicationIdentifier::phone(number.clone()),
            destination: Destination::Trunk { trunk, number },
        }),
        Route::Emergency { trunks, number } => Some(Invitee {
            // ACS writes short numbers as it writes all others; they are no E.164.
            identifier: CommunicationIdentifier::from_raw_id(&format!("4:{number}")),
            destination: Destination::Emergency { trunks, number },
        }),
        Route::Platform(number) => Some(Invitee {
            identifier: CommunicationIdentifier::phone(number.clone()),
            destination: Destination::Platform(number),
        }),
    }
}

/// What a callee sees: a phone is shown as the directory knows it, whatever it claims.
fn caller(
    directory: &Directory,
    origin: &Origin,
    invitee: &Invitee,
    claimed: impl FnOnce() -> Caller,
) -> Caller {
    let user = match origin {
        Origin::Phone(user) => *user,
        Origin::Trunk(_) | Origin::Platform | Origin::Stranger => return claimed(),
    };
    let Some(phone) = directory.phone_of_user(user) else { return Caller::default() };
    // A carrier wants a number that belongs to the customer; a phone without one shows the company's.
    let company = || match &invitee.destination {
        Destination::Trunk { .. } | Destination::Emergency { .. } => {
            directory.resource(phone.resource)?.numbers.first().cloned()
        }
        Destination::Phone(_) | Destination::Platform(_) => None,
    };
    Caller {
        number: phone.number.clone().or_else(company),
        display_name: Some(Arc::<str>::from(&*phone.display_name).into()),
    }
}

/// Whose call it is: the callee's resource, else the caller's.
fn resource_of(directory: &Directory, origin: &Origin, route: &Route) -> Option<ResourceId> {
    match (route, origin) {
        (Route::Application { resource, .. }, _) => Some(*resource),
        (Route::Phone(user), _) => directory.phone_of_user(*user).map(|phone| phone.resource),
        (Route::Trunk { .. } | Route::Emergency { .. } | Route::Platform(_), origin) => {
            resource_of_caller(directory, origin)
        }
    }
}

/// The resource that a caller belongs to; a trunk belongs to a tenant, and to all of its resources.
pub(crate) fn resource_of_caller(directory: &Directory, origin: &Origin) -> Option<ResourceId> {
    match origin {
        Origin::Phone(user) => directory.phone_of_user(*user).map(|phone| phone.resource),
        Origin::Trunk(_) | Origin::Platform | Origin::Stranger => None,
    }
}
