//! Where somebody whom an application names is reached, in the words of the call engine.

use call_engine::{CallProperties, Invitee};
use dial_plan::{Dialled, Principal, Refusal};
use identifier::{CommunicationIdentifier, PhoneNumber, ResourceId};
use tenant::Directory;

use crate::inbound;

/// Asks the dial plan about a target; it appears in the call under the name that the application used.
pub(crate) fn invitee(
    directory: &Directory,
    resource: ResourceId,
    caller_number: Option<&PhoneNumber>,
    target: CommunicationIdentifier,
) -> Result<Invitee, Refusal> {
    let principal = Principal::Application { resource, caller_number };
    let route = dial_plan::route(directory, principal, Dialled::Identifier(&target))?;
    let found = inbound::invitee(directory, route).ok_or(Refusal::NotFound)?;
    Ok(Invitee { identifier: target, destination: found.destination })
}

/// The number of its own resource under which a call was made or answered:
/// a call that is sent on without naming another is made in its name.
pub(crate) fn own_number(directory: &Directory, call: &CallProperties) -> Option<PhoneNumber> {
    let resource = directory.resource(call.application.resource)?;
    let numbers = [call.answered_for.clone(), call.caller_number.clone()];
    numbers.into_iter().flatten().find(|number| resource.numbers.contains(number))
}
