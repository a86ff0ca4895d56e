//! From where the dial plan sends a call to somebody who can be dialled.

use call_engine::{Called, Destination, Hop, Invitee};
use dial_plan::{Circumstances, Delivery, Dialled, Explained, Principal, Refusal, Ring, Route, Shown};
use identifier::{CommunicationIdentifier, ObjectId, ResourceId, UserId};
use tenant::Directory;
use tenant::organization::Persona;

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
pub(crate) fn place(directory: &Directory, explained: Explained) -> Result<Placed, Refusal> {
    place_after(directory, explained, 0)
}

fn place_after(directory: &Directory, explained: Explained, forwards: u8) -> Result<Placed, Refusal> {
    let Explained { outcome, shown, .. } = explained;
    let leg = |invitee, resource| {
        Ok(Placed::Leg(Box::new(Leg { invitee, resource, shown: shown.clone(), hides_caller: false })))
    };
    match outcome? {
        Route::Application { resource, number } => {
            Ok(Placed::Application { resource, called: Called::number(number) })
        }
        Route::ResourceAccount { resource, account, number } => {
            Ok(Placed::Application { resource, called: Called { number, account: Some(account) } })
        }
        Route::Phone(user) => {
            let (invitee, resource) = phone(directory, user).ok_or(Refusal::NotFound)?;
            leg(invitee, Some(resource))
        }
        Route::Person(delivery) => to_person(directory, &delivery, shown, forwards),
        Route::Trunk { trunk, number } => leg(
            Invitee {
                identifier: CommunicationIdentifier::phone(number.clone()),
                destination: Destination::Trunk { trunk, number },
            },
            None,
        ),
        Route::Gateways { candidates, number } => {
            let hops = candidates.into_iter().map(|candidate| Hop {
                // What is no number in E.164 any more cannot be dialled by a trunk.
                number: candidate.called.parse().unwrap_or_else(|_| number.clone()),
                trunk: candidate.trunk,
            });
            let destination = Destination::Gateways(hops.collect());
            leg(Invitee { identifier: CommunicationIdentifier::phone(number), destination }, None)
        }
        Route::Emergency { trunks, number } => leg(
            Invitee {
                // ACS writes short numbers as it writes all others; they are no E.164.
                identifier: CommunicationIdentifier::from_raw_id(&format!("4:{number}")),
                destination: Destination::Emergency { trunks, number },
            },
            None,
        ),
        Route::Platform(number) => leg(
            Invitee {
                identifier: CommunicationIdentifier::phone(number.clone()),
                destination: Destination::Platform(number),
            },
            None,
        ),
        // Nobody plays it yet.
        Route::Announcement(_) => Err(Refusal::NotFound),
    }
}

fn phone(directory: &Directory, user: UserId) -> Option<(Invitee, ResourceId)> {
    let phone = directory.phone_of_user(user)?;
    let identifier = match &phone.number {
        Some(number) => CommunicationIdentifier::phone(number.clone()),
        None => {
            let resource = directory.resource(phone.resource)?;
            CommunicationIdentifier::from_raw_id(&resource.user_raw_id(user))
        }
    };
    Some((Invitee { identifier, destination: Destination::Phone(user) }, phone.resource))
}

/// The first who can be rung, stage after stage.
fn to_person(
    directory: &Directory,
    delivery: &Delivery,
    shown: Option<Shown>,
    forwards: u8,
) -> Result<Placed, Refusal> {
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
                let placed = forward(directory, person, &number, forwards)?;
                Ok(of_person(directory, delivery.person, placed))
            }
            Ring::ResourceAccount(account) if forwards < MOST_FORWARDS => {
                let account = CommunicationIdentifier::from_raw_id(&format!("28:orgid:{account}"));
                forward(directory, Principal::Platform, &account, forwards)
            }
            Ring::Number(_) | Ring::ResourceAccount(_) | Ring::Voicemail(_) => continue,
        };
        return placed;
    }
    Err(Refusal::Unanswered)
}

fn forward(
    directory: &Directory,
    principal: Principal<'_>,
    target: &CommunicationIdentifier,
    forwards: u8,
) -> Result<Placed, Refusal> {
    let circumstances = Circumstances::default();
    let explained = dial_plan::explain(directory, principal, Dialled::Identifier(target), &circumstances);
    place_after(directory, explained, forwards + 1)
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
    let raw_id = match persona {
        Persona::Teams => format!("8:orgid:{person}"),
        Persona::ContactCenter => {
            let tenant = directory.organization_of(person)?.tenant();
            format!("8:acs:{}_{tenant}_{person}", phone.resource)
        }
    };
    let identifier = CommunicationIdentifier::from_raw_id(&raw_id);
    Some((Invitee { identifier, destination: Destination::Phone(phone.user) }, phone.resource))
}
