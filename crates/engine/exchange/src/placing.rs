//! From where the dial plan sends a call to somebody who can be dialled.

use call_engine::{Called, Client, Destination, Hop, Invitee};
use dial_plan::{Candidate, Delivery, Dialled, Explained, Principal, Refusal, Ring, Route, Shown};
use identifier::{CommunicationIdentifier, ObjectId, ResourceId, UserId};
use tenant::Directory;
use tenant::organization::Persona;

use crate::circumstances::Asking;

/// How often a call may be sent on before anybody rings.
const MOST_FORWARDS: u8 = 3;

/// Where a call goes.
#[derive(Debug)]
pub(crate) enum Placed {
    /// The applications of a resource may take it.
    Application { resource: ResourceId, called: Called },
    /// It is dialled.
    Leg(Box<Leg>),
}

/// Somebody who is dialled.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) invitee: Invitee,
    /// Whose call it is, where the callee says that.
    pub(crate) resource: Option<ResourceId>,
    /// What the callee sees, where policies say that.
    pub(crate) shown: Option<Shown>,
    /// Whether the callee does not see who calls.
    pub(crate) hides_caller: bool,
}

/// Finds whom to dial for a decision of the dial plan.
pub(crate) fn place(asking: &Asking<'_>, explained: Explained) -> Result<Placed, Refusal> {
    place_after(asking, explained, 0)
}

fn place_after(asking: &Asking<'_>, explained: Explained, forwards: u8) -> Result<Placed, Refusal> {
    let directory = asking.directory;
    let Explained { outcome, shown, help, .. } = explained;
    let location = help.as_ref().and_then(|help| help.location);
    let leg = |invitee, resource| {
        let (shown, help) = (shown.clone(), help.clone());
        Ok(Placed::Leg(Box::new(Leg { invitee, resource, shown, hides_caller: false, help })))
    };
    match outcome? {
        Route::Application { resource, number } => {
            Ok(Placed::Application { resource, called: Called::number(number) })
        }
        Route::ResourceAccount { resource, account, number } => {
            Ok(Placed::Application { resource, called: Called::account(number, account) })
        }
        Route::Phone(user) => {
            let (invitee, resource) = phone(directory, user).ok_or(Refusal::NotFound)?;
            leg(invitee, Some(resource))
        }
        Route::Person(delivery) => to_person(asking, &delivery, shown, forwards),
        Route::Trunk { trunk, number } => leg(
            Invitee::new(
                CommunicationIdentifier::phone(number.clone()),
                Destination::Trunk { trunk, number },
            ),
            None,
        ),
        Route::Gateways { candidates, number } => {
            let destination = Destination::Gateways(hops(candidates, shown.as_ref()));
            leg(Invitee::new(CommunicationIdentifier::phone(number), destination), None)
        }
        Route::Emergency { candidates, number } => leg(
            Invitee::new(
                // ACS writes short numbers as it writes all others; they are no E.164.
                CommunicationIdentifier::from_raw_id(&format!("4:{number}")),
                Destination::Emergency { hops: hops(candidates, shown.as_ref()), number, location },
            ),
            None,
        ),
        Route::Platform(number) => leg(
            Invitee::new(CommunicationIdentifier::phone(number.clone()), Destination::Platform(number)),
            None,
        ),
        // Nobody plays it yet.
        Route::Announcement(_) => Err(Refusal::NotFound),
    }
}

/// The ways that gateways offer, each with the numbers as it wants them.
fn hops(candidates: Vec<Candidate>, shown: Option<&Shown>) -> Vec<Hop> {
    let own = shown.and_then(|shown| shown.number.as_ref());
    let is_translated = |calling: &Box<str>| own.is_some_and(|own| **calling != *own.as_str());
    let hop = |candidate: Candidate| Hop {
        trunk: candidate.trunk,
        called: candidate.called,
        calling: candidate.calling.filter(is_translated),
    };
    candidates.into_iter().map(hop).collect()
}

fn phone(directory: &Directory, user: UserId) -> Option<(Invitee, ResourceId)> {
    let phone = directory.phone_of_user(user)?;
    let identifier = directory.identity_of(phone)?;
    Some((Invitee::new(identifier, Destination::Phone(user)), phone.resource))
}

/// The first who can be rung, stage after stage.
fn to_person(
    asking: &Asking<'_>,
    delivery: &Delivery,
    shown: Option<Shown>,
    forwards: u8,
) -> Result<Placed, Refusal> {
    let directory = asking.directory;
    for ring in delivery.stages.iter().flat_map(|stage| &stage.rings) {
        let placed = match ring {
            Ring::Person(person, persona) => match client(directory, *person, *persona) {
                Some((invitee, resource)) => Ok(Placed::Leg(Box::new(Leg {
                    invitee,
                    resource: Some(resource),
                    shown: shown.clone(),
                    hides_caller: delivery.hides_caller,
                }))),
                None => continue,
            },
            Ring::Number(number) if forwards < MOST_FORWARDS => {
                let person = Principal::Person { person: delivery.person, persona: Persona::Teams };
                let number = CommunicationIdentifier::phone(number.clone());
                let placed = forward(asking, person, &number, forwards)?;
                Ok(of_person(directory, delivery.person, placed))
            }
            Ring::ResourceAccount(account) if forwards < MOST_FORWARDS => {
                let account = CommunicationIdentifier::from_raw_id(&format!("28:orgid:{account}"));
                forward(asking, Principal::Platform, &account, forwards)
            }
            Ring::Number(_) | Ring::ResourceAccount(_) | Ring::Voicemail(_) => continue,
        };
        return placed;
    }
    Err(Refusal::Unanswered)
}

fn forward(
    asking: &Asking<'_>,
    principal: Principal<'_>,
    target: &CommunicationIdentifier,
    forwards: u8,
) -> Result<Placed, Refusal> {
    // The client is the caller's, and not that of whom the call is sent on by.
    let asking = Asking { client: Client::default(), ..*asking };
    let explained = asking.explain(principal, Dialled::Identifier(target));
    place_after(&asking, explained, forwards + 1)
}

/// A call that a person sends on is the person's.
fn of_person(directory: &Directory, person: ObjectId, placed: Placed) -> Placed {
    match placed {
        Placed::Leg(mut leg) if leg.resource.is_none() => {
            let phones = [Persona::Teams, Persona::ContactCenter]
                .into_iter()
                .flat_map(|persona| directory.phones_of(person, persona));
            leg.resource = phones.map(|phone| phone.resource).next().or_else(|| {
                let tenant = directory.organization_of(person)?.tenant();
                directory.resources().iter().find(|resource| resource.tenant == tenant).map(|found| found.id)
            });
            Placed::Leg(leg)
        }
        placed @ (Placed::Leg(_) | Placed::Application { .. }) => placed,
    }
}

/// A phone that stands in for a client of a person; its edge rings all of them.
fn client(directory: &Directory, person: ObjectId, persona: Persona) -> Option<(Invitee, ResourceId)> {
    let phone = directory.phones_of(person, persona).next()?;
    let identifier = directory.persona(person, persona, phone.resource)?;
    Some((Invitee::new(identifier, Destination::Phone(phone.user)), phone.resource))
}
