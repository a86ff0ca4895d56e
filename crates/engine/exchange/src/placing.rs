//! From where the dial plan sends a call to somebody who can be dialled.

use call_engine::{Called, Destination, Hop, Invitee};
use dial_plan::{Candidate, Explained, Help, Refusal, Route, Shown};
use identifier::{CommunicationIdentifier, ResourceId, TenantId, UserId};
use media_plan::PlaySource;
use tenant::Directory;

use crate::circumstances::Asking;
use crate::delivering::to_person;
use crate::help;

/// Where a call goes.
#[derive(Debug)]
pub(crate) enum Placed {
    /// The applications of a resource may take it.
    Application { resource: ResourceId, called: Called },
    /// It is dialled.
    Leg(Box<Leg>),
    /// The platform answers by itself.
    Recital(Recital),
}

/// What the platform says, and then hangs up.
#[derive(Debug)]
pub(crate) struct Recital {
    pub(crate) sources: Vec<PlaySource>,
    /// Whose call it is, where that is not the caller's.
    pub(crate) tenant: Option<TenantId>,
    /// Whether it tests calls for help.
    pub(crate) is_for_help: bool,
}

/// Somebody who is dialled.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) invitee: Invitee,
    /// Whose call it is, where the callee says that.
    pub(crate) resource: Option<ResourceId>,
    /// What the callee sees, where policies say that.
    pub(crate) shown: Option<Shown>,
    /// Whether help calls back whoever called for it.
    pub(crate) calls_back: bool,
    /// What belongs to a call for help.
    pub(crate) help: Option<Help>,
}

/// Finds whom to dial for a decision of the dial plan.
pub(crate) fn place(asking: &Asking<'_>, explained: Explained) -> Result<Placed, Refusal> {
    place_after(asking, explained, 0)
}

pub(crate) fn place_after(
    asking: &Asking<'_>,
    explained: Explained,
    forwards: u8,
) -> Result<Placed, Refusal> {
    let directory = asking.directory;
    let Explained { outcome, shown, help, calls_back, .. } = explained;
    let location = help.as_ref().and_then(|help| help.location);
    let leg = |invitee, resource| {
        let (shown, help) = (shown.clone(), help.clone());
        Ok(Placed::Leg(Box::new(Leg { invitee, resource, shown, calls_back, help })))
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
        Route::Person(delivery) => to_person(asking, &delivery, shown, forwards).map(|placed| match placed {
            Placed::Leg(leg) => Placed::Leg(Box::new(Leg { calls_back, ..*leg })),
            placed => placed,
        }),
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
        Route::TestOfHelp => Ok(Placed::Recital(Recital {
            sources: help::test_words(directory, &help.unwrap_or_default()),
            tenant: None,
            is_for_help: true,
        })),
        Route::Announcement { tenant, sound } => Ok(Placed::Recital(Recital {
            sources: vec![announcement(tenant, &sound)],
            tenant: Some(tenant),
            is_for_help: false,
        })),
    }
}

/// A sound of a tenant: no application can name such an address.
fn announcement(tenant: TenantId, sound: &str) -> PlaySource {
    PlaySource::File { uri: format!("announcement:{tenant}/{sound}").into(), cache_id: None }
}

/// The ways that gateways offer, each with the numbers as it wants them.
fn hops(candidates: Vec<Candidate>, shown: Option<&Shown>) -> Vec<Hop> {
    let own = shown.and_then(|shown| shown.number.as_ref());
    let is_translated = |calling: &str| own.is_some_and(|own| calling != own.as_str());
    let hop = |candidate: Candidate| Hop {
        trunk: candidate.trunk,
        called: candidate.called,
        calling: candidate.calling.filter(|calling| is_translated(calling)),
    };
    candidates.into_iter().map(hop).collect()
}

/// What rules of gateways made of a number says nothing of another caller.
pub(crate) fn forget_translated(destination: &mut Destination) {
    if let Destination::Gateways(hops) = destination {
        hops.iter_mut().for_each(|hop| hop.calling = None);
    }
}

fn phone(directory: &Directory, user: UserId) -> Option<(Invitee, ResourceId)> {
    let phone = directory.phone_of_user(user)?;
    let identifier = directory.identity_of(phone)?;
    Some((Invitee::new(identifier, Destination::Phone(user)), phone.resource))
}
