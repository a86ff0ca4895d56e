//! Where somebody whom an application names is reached, in the words of the call engine.

use call_engine::{CallProperties, Course, Destination, Invitee, Ring};
use dial_plan::{Dialled, Principal, Refusal, Shown};
use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber, ResourceId, UserId};
use tenant::organization::Holder;
use tenant::{Directory, NumberOwner, TransferMethod};

use crate::circumstances::Asking;
use crate::inbound::shown_as;
use crate::placing::{Leg, Placed, forget_translated, place};

/// Asks the dial plan about a target, who sees what policies say of whoever calls.
pub(crate) fn invitee(
    asking: &Asking<'_>,
    resource: ResourceId,
    caller_number: Option<&PhoneNumber>,
    target: CommunicationIdentifier,
) -> Result<Invitee, Refusal> {
    let (mut invitee, shown) = find(asking, resource, caller_number, target)?;
    if let Some(shown) = shown.map(shown_as) {
        invitee.caller.get_or_insert_with(|| shown.clone());
        for ring in rings(&mut invitee) {
            ring.caller.get_or_insert_with(|| shown.clone());
        }
    }
    Ok(invitee)
}

/// Asks the dial plan about a target for a call that is sent on: what is seen there is who talks or waits, and
/// not in whose name that is done.
pub(crate) fn next_callee(
    asking: &Asking<'_>,
    resource: ResourceId,
    caller_number: Option<&PhoneNumber>,
    target: CommunicationIdentifier,
) -> Result<Invitee, Refusal> {
    let (mut invitee, _) = find(asking, resource, caller_number, target)?;
    if invitee.caller.is_none() {
        forget_translated(&mut invitee.destination);
    }
    Ok(invitee)
}

/// Whoever rings for it appears in the call under the name that the application used.
fn find(
    asking: &Asking<'_>,
    resource: ResourceId,
    caller_number: Option<&PhoneNumber>,
    target: CommunicationIdentifier,
) -> Result<(Invitee, Option<Shown>), Refusal> {
    let principal = Principal::Application { resource, caller_number };
    let explained = asking.explain(principal, Dialled::Identifier(&target));
    let placed = match place(asking, explained) {
        // It rings in vain: contract: Teams Phone §8.6, of clients that are none of the persona.
        Err(Refusal::Unanswered) if is_person(&target) => {
            return Ok((Invitee::new(target, Destination::Phone(NOBODY)), None));
        }
        placed => placed?,
    };
    match placed {
        Placed::Leg(leg) => {
            let Leg { invitee, shown, .. } = *leg;
            let mut invitee = Invitee { identifier: target, ..invitee };
            rings(&mut invitee).for_each(|ring| ring.identifier = None);
            Ok((invitee, shown))
        }
        // It is said to callers alone.
        Placed::Recital(_) => Err(Refusal::NotFound),
        // Out of one call and into another.
        Placed::Application { called, .. } => {
            Ok((Invitee::new(target, Destination::Platform(called.number)), None))
        }
    }
}

/// No phone is this user's.
const NOBODY: UserId = UserId::from_u128(0);

/// Somebody at the clients of one persona.
fn is_person(target: &CommunicationIdentifier) -> bool {
    match target {
        CommunicationIdentifier::MicrosoftTeamsUser { .. }
        | CommunicationIdentifier::TeamsExtensionUser { .. } => true,
        CommunicationIdentifier::CommunicationUser(_)
        | CommunicationIdentifier::PhoneNumber { .. }
        | CommunicationIdentifier::MicrosoftTeamsApp { .. }
        | CommunicationIdentifier::Unknown(_) => false,
    }
}

/// All who ring besides where the callee is reached first.
fn rings(invitee: &mut Invitee) -> impl Iterator<Item = &mut Ring> {
    let Course { beside, then, .. } = &mut invitee.course;
    beside.iter_mut().chain(then.iter_mut().flat_map(|stage| &mut stage.rings))
}

/// The number under which a call was made or answered, of its resource or of a resource account it answers for:
/// a call that is sent on without naming another is made in its name.
pub(crate) fn own_number(directory: &Directory, call: &CallProperties) -> Option<PhoneNumber> {
    let resource = call.application.resource;
    let on_behalf_of = call.on_behalf_of.as_ref().map(|account| account.number.clone());
    let called = on_behalf_of.or_else(|| call.answered_for.clone());
    [called, call.caller_number.clone()]
        .into_iter()
        .flatten()
        .find(|number| dial_plan::may_show(directory, resource, number))
}

/// The number of a resource account under which a call was made or answered: people whom it adds see that, and
/// none may be named (contract: Teams Phone §8.5).
pub(crate) fn account_number(directory: &Directory, call: &CallProperties) -> Option<PhoneNumber> {
    let number = own_number(directory, call)?;
    matches!(directory.number_owner(&number), Some(NumberOwner::Organization(..))).then_some(number)
}

/// The number under which applications of a resource call in the name of a resource account
/// (ACS `teamsAppSource`; contract: Teams Phone §8.5).
pub(crate) fn number_of_account(
    directory: &Directory,
    resource: ResourceId,
    account: ObjectId,
) -> Result<PhoneNumber, Refusal> {
    let organization = directory.organization_of(account).ok_or(Refusal::NotFound)?;
    let held = organization.number_of_account(account).ok_or(Refusal::CallerNumberMissing)?;
    if !dial_plan::may_show(directory, resource, &held.number) {
        return Err(Refusal::NoConsent);
    }
    Ok(held.number.clone())
}

/// How many calls may go out under the number of a resource account at the same time.
pub(crate) fn concurrent_calls(directory: &Directory, number: &PhoneNumber) -> usize {
    let Some(NumberOwner::Organization(organization, held)) = directory.number_owner(number) else {
        return usize::MAX;
    };
    match held.holder {
        Some(Holder::ResourceAccount(id)) => {
            organization.account(id).map_or(usize::MAX, |account| account.concurrent_calls.into())
        }
        Some(Holder::Person(_) | Holder::SharedCalling(_)) | None => usize::MAX,
    }
}

/// Whether the trunk of this target connects its own callers with it, when asked (SIP REFER).
pub(crate) fn calls_by_itself(directory: &Directory, target: &Invitee) -> bool {
    let Destination::Trunk { trunk, .. } = &target.destination else { return false };
    directory.trunk(trunk).is_some_and(|trunk| trunk.dialect.transfer == TransferMethod::Refer)
}
