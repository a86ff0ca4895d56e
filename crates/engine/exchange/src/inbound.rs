//! Where a call that arrives goes, in the words of the call engine.

use std::sync::Arc;

use call_engine::{
    Called, Caller, Destination, Diversion, DiversionReason, EndCause, IdentityRefusal, Invitation, Invitee,
    OnBehalfOf, Origin, RejectReason,
};
use dial_plan::{Circumstances, Dialled, Help, OnBehalf, OnBehalfRefusal, Principal, Refusal, Shown};
use identifier::{ResourceId, TenantId};
use media_plan::PlaySource;
use redact::Pii;
use tenant::Directory;

use crate::circumstances::Asking;
use crate::exchange::reject_reason;
use crate::placing::{Leg, Placed, Recital, forget_translated, place};

/// What becomes of a call that arrives.
#[derive(Debug)]
pub(crate) enum Way {
    /// The applications of a resource may take it.
    Application { resource: ResourceId, called: Called },
    /// It is connected without any application.
    Direct { resource: ResourceId, invitee: Box<Invitee>, caller: Caller, concern: Concern },
    /// The platform says something, and hangs up.
    Recital { resource: ResourceId, sources: Vec<PlaySource>, is_for_help: bool },
}

/// What a call has to do with help.
#[derive(Debug)]
pub(crate) enum Concern {
    /// Nothing.
    Nothing,
    /// It is for help.
    Help(Help),
    /// Help calls back.
    CallBack,
}

/// Whether somebody calls on behalf of a resource account, whose application then gets the call.
pub(crate) fn on_behalf(directory: &Directory, invitation: &Invitation) -> Result<Option<Way>, RejectReason> {
    let Origin::Phone(phone) = &invitation.origin else { return Ok(None) };
    let preferred = invitation.preferred.as_ref().map(|text| &**text.expose());
    let client = &invitation.client;
    let there = Circumstances::at(client.address, client.seen_from);
    let found = dial_plan::on_behalf(directory, *phone, preferred, invitation.dialled.expose(), &there);
    Ok(found.map_err(identity_refused)?.map(|OnBehalf { resource, account, number, dialled }| {
        let called = Called::on_behalf_of(dialled, OnBehalfOf { account, number });
        Way::Application { resource, called }
    }))
}

fn identity_refused(refusal: OnBehalfRefusal) -> RejectReason {
    RejectReason::Identity(match refusal {
        OnBehalfRefusal::Invalid => IdentityRefusal::Invalid,
        OnBehalfRefusal::NotAgent => IdentityRefusal::NotAgent,
        OnBehalfRefusal::NotLicensed => IdentityRefusal::NotLicensed,
        OnBehalfRefusal::NoConsent => IdentityRefusal::NoConsent,
        OnBehalfRefusal::NotANumber => IdentityRefusal::NotANumber,
        OnBehalfRefusal::Account(refusal) => return reject_reason(refusal),
    })
}

/// Asks the dial plan about an invitation.
pub(crate) fn way(asking: &Asking<'_>, invitation: &Invitation) -> Result<Way, Refusal> {
    let directory = asking.directory;
    let asking = Asking {
        calling: invitation.from.phone_number(),
        client: invitation.client,
        ingress: match &invitation.origin {
            Origin::Trunk(trunk) => Some(trunk),
            Origin::Phone(_) | Origin::Platform | Origin::Stranger => None,
        },
        ..*asking
    };
    let principal = principal(&invitation.origin);
    let explained = asking.explain(principal, Dialled::Text(invitation.dialled.expose()));
    match place(&asking, explained)? {
        Placed::Application { resource, called } => Ok(Way::Application { resource, called }),
        Placed::Recital(Recital { sources, tenant, is_for_help }) => {
            let of_tenant = || Some(directory.resource_of_tenant(tenant?)?.id);
            let resource = resource_of_caller(directory, &invitation.origin).or_else(of_tenant);
            Ok(Way::Recital { resource: resource.ok_or(Refusal::NotFound)?, sources, is_for_help })
        }
        Placed::Leg(leg) => {
            let Leg { invitee, resource, shown, calls_back, help } = *leg;
            let of_caller = || resource_of_caller(directory, &invitation.origin);
            let resource = resource.or_else(of_caller).ok_or(Refusal::NotFound)?;
            let caller = match shown {
                Some(shown) => shown_as(shown),
                None => caller(directory, &invitation.origin, &invitee, || Caller {
                    number: invitation.from.phone_number().cloned(),
                    display_name: invitation.display_name.clone(),
                }),
            };
            let concern = match help {
                Some(help) => Concern::Help(help),
                None if calls_back => Concern::CallBack,
                None => Concern::Nothing,
            };
            Ok(Way::Direct { resource, invitee: Box::new(invitee), caller, concern })
        }
    }
}

/// Asks the dial plan about the target of a REFER, in the name of the leg that sent it.
pub(crate) fn referral(
    asking: &Asking<'_>,
    origin: &Origin,
    target: &str,
) -> Result<(Invitee, Caller), EndCause> {
    let directory = asking.directory;
    let explained = asking.explain(principal(origin), Dialled::Text(target));
    match place(asking, explained).map_err(end_cause)? {
        // They are dialled, and by nobody else: for help, what belongs to such a call would be missing.
        Placed::Leg(leg) if leg.help.is_some() => Err(EndCause::Forbidden),
        Placed::Recital(_) => Err(EndCause::Forbidden),
        Placed::Application { called, .. } => {
            let invitee = Invitee::new(called.identity(), Destination::Platform(called.number));
            let caller = caller(directory, origin, &invitee, Caller::default);
            Ok((invitee, caller))
        }
        Placed::Leg(leg) => {
            let caller = match leg.shown {
                Some(shown) => shown_as(shown),
                None => caller(directory, origin, &leg.invitee, Caller::default),
            };
            Ok((leg.invitee, caller))
        }
    }
}

/// Asks the dial plan about where a phone that is called sends the call, in the name of that phone.
pub(crate) fn diversion(
    asking: &Asking<'_>,
    origin: &Origin,
    target: &str,
) -> Option<(Destination, Diversion)> {
    let Origin::Phone(user) = origin else { return None };
    let phone = asking.directory.phone_of_user(*user)?;
    let (mut invitee, _) = referral(asking, origin, target).ok()?;
    // Whoever called is seen there, and not whose phone sends the call on.
    forget_translated(&mut invitee.destination);
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

pub(crate) fn tenant(directory: &Directory, origin: &Origin) -> Option<TenantId> {
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
        Refusal::Busy | Refusal::NotProvisioned => EndCause::Busy,
        Refusal::Unanswered | Refusal::NoConsent => EndCause::Unavailable,
        Refusal::OtherTenant
        | Refusal::NotAllowedOut
        | Refusal::TrunkToTrunk
        | Refusal::CallerNumberMissing
        | Refusal::CallerNumberNotOwned
        | Refusal::NoNumber
        | Refusal::NotEnabled
        | Refusal::Restricted
        | Refusal::TollBypass
        | Refusal::Blocked
        | Refusal::ExternalAccess => EndCause::Forbidden,
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

pub(crate) fn shown_as(shown: Shown) -> Caller {
    Caller { number: shown.number, display_name: shown.name.map(|name| Arc::<str>::from(name).into()) }
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
        Destination::Trunk { .. } | Destination::Gateways(_) | Destination::Emergency { .. } => {
            directory.resource(phone.resource)?.numbers.first().cloned()
        }
        Destination::Phone(_) | Destination::Platform(_) => None,
    };
    Caller {
        number: phone.number.clone().or_else(company),
        display_name: Some(Arc::<str>::from(&*phone.display_name).into()),
    }
}

/// The resource that a caller belongs to; a trunk belongs to a tenant, and to all of its resources.
pub(crate) fn resource_of_caller(directory: &Directory, origin: &Origin) -> Option<ResourceId> {
    match origin {
        Origin::Phone(user) => directory.phone_of_user(*user).map(|phone| phone.resource),
        Origin::Trunk(_) | Origin::Platform | Origin::Stranger => None,
    }
}
