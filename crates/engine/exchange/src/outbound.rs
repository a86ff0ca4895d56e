//! Where somebody whom an application names is reached, in the words of the call engine.

use call_engine::{CallProperties, Destination, Invitee};
use dial_plan::{Dialled, Principal, Refusal};
use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber, ResourceId};
use tenant::organization::Holder;
use tenant::{Directory, NumberOwner, TransferMethod};

use crate::circumstances::Asking;
use crate::inbound::shown_as;
use crate::placing::{Placed, place};

/// Asks the dial plan about a target; it appears in the call under the name that the application used.
pub(crate) fn invitee(
    asking: &Asking<'_>,
    resource: ResourceId,
    caller_number: Option<&PhoneNumber>,
    target: CommunicationIdentifier,
) -> Result<Invitee, Refusal> {
    let principal = Principal::Application { resource, caller_number };
    let explained = asking.explain(principal, Dialled::Identifier(&target));
    match place(asking, explained)? {
        Placed::Leg(leg) => {
            let caller = leg.shown.map(shown_as);
            Ok(Invitee { caller, ..Invitee::new(target, leg.invitee.destination) })
        }
        // Out of one call and into another.
        Placed::Application { called, .. } => Ok(Invitee::new(target, Destination::Platform(called.number))),
    }
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
