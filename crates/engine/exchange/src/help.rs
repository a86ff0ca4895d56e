//! Who is concerned by a call for help besides those who help: the security desk (contract: Teams Phone §1.12), and
//! whoever tries what help would be told (§1.16).

use std::collections::BTreeSet;
use std::sync::Arc;

use call_engine::{CallForHelp, Caller, DeskMember, Destination, Hop, Invitation, Invitee, Origin};
use dial_plan::{Dialled, Help, Principal};
use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber, TenantId, UserId};
use media_plan::{PlaySource, SpeechService};
use redact::Pii;
use tenant::Directory;
use tenant::organization::{Name, Notification, NotificationMode, Organization, Persona};

use crate::circumstances::Asking;
use crate::placing::{Placed, forget_translated, place};

/// So many people are on a security desk; more are left out.
const MOST_PEOPLE: usize = 50;

/// Who is told of a call for help, and who is called into it.
pub(crate) fn beside(
    asking: &Asking<'_>,
    invitation: &Invitation,
    invitee: &Invitee,
    caller: &Caller,
    help: &Help,
) -> CallForHelp {
    let Some(notification) = &help.notification else { return CallForHelp::default() };
    let Origin::Phone(user) = &invitation.origin else { return CallForHelp::default() };
    let Some((organization, owner)) = organization_of(asking.directory, *user) else {
        return CallForHelp::default();
    };
    let people = people(asking.directory, organization, notification, owner);
    let phones = people.iter().filter_map(|person| {
        let phone = asking.directory.phones_of(*person, Persona::Teams).next()?;
        let identifier = asking.directory.persona(*person, Persona::Teams, phone.resource)?;
        Some((phone.user, Invitee::new(identifier, Destination::Phone(phone.user))))
    });
    let phones: Vec<(UserId, Invitee)> = phones.collect();
    let message = message(asking.directory, invitee, caller, help);
    let told = phones.iter().map(|(user, _)| *user).collect();
    let may_speak = notification.mode == NotificationMode::ConferenceUnMuted;
    let listens = notification.mode != NotificationMode::NotificationOnly;
    let people = phones.into_iter().map(|(_, invitee)| DeskMember { invitee, may_speak });
    // A number that is called in never speaks.
    let number = notification.number.as_ref().map(|number| DeskMember {
        invitee: outside(asking, *user, organization.tenant(), number),
        may_speak: false,
    });
    let desk = people.chain(number).filter(|_| listens).collect();
    CallForHelp { desk, told, message: Some(Pii::new(message.into())) }
}

fn organization_of(directory: &Directory, user: UserId) -> Option<(&Organization, ObjectId)> {
    let owner = directory.phone_of_user(user)?.owner?;
    Some((directory.person(owner.person)?.0, owner.person))
}

/// Those whom a policy names by themselves, and those of the groups that it names; never the caller.
fn people(
    directory: &Directory,
    organization: &Organization,
    notification: &Notification,
    caller: ObjectId,
) -> BTreeSet<ObjectId> {
    let mut people = BTreeSet::new();
    for name in &notification.group {
        match directory.person_named(name) {
            Some((theirs, person)) if theirs.tenant() == organization.tenant() => {
                people.insert(person.id);
            }
            Some(_) | None => {
                let group = Name::new(name);
                let members = organization.parts().people.iter();
                let members = members.filter(|person| person.groups.contains(&group));
                people.extend(members.map(|person| person.id).take(MOST_PEOPLE));
            }
        }
    }
    people.remove(&caller);
    people.into_iter().take(MOST_PEOPLE).collect()
}

/// A number in the public network, the way that the caller's calls go, or where they may not go, any way.
fn outside(asking: &Asking<'_>, user: UserId, tenant: TenantId, number: &PhoneNumber) -> Invitee {
    let identifier = CommunicationIdentifier::phone(number.clone());
    let explained = asking.explain(Principal::Phone(user), Dialled::Identifier(&identifier));
    if let Ok(Placed::Leg(mut leg)) = place(asking, explained) {
        // It sees who calls for help.
        forget_translated(&mut leg.invitee.destination);
        return Invitee::new(identifier, leg.invitee.destination);
    }
    let trunks = asking.directory.emergency_trunks(tenant);
    let hops = trunks.map(|trunk| Hop::new(trunk.name.clone(), number.as_str()));
    Invitee::new(identifier, Destination::Gateways(hops.collect()))
}

/// What the desk reads.
fn message(directory: &Directory, invitee: &Invitee, caller: &Caller, help: &Help) -> String {
    let name = caller.display_name.as_ref().map_or("Somebody", |name| &**name.expose());
    let number = match &invitee.destination {
        Destination::Emergency { number, .. } => &**number,
        Destination::Phone(_)
        | Destination::Trunk { .. }
        | Destination::Gateways(_)
        | Destination::Platform(_) => "for help",
    };
    let mut text = format!("{name} calls {number}.");
    if let Some(callback) = &help.callback {
        text += &format!(" They are called back under {callback}.");
    }
    text += &format!(" Place: {}.", place_in_words(directory, help));
    text
}

fn place_in_words(directory: &Directory, help: &Help) -> String {
    let location = help
        .location
        .and_then(|id| directory.organizations().iter().find_map(|organization| organization.location(id)));
    location.map_or_else(|| "not known".to_owned(), |location| location.in_words())
}

/// What the test number says.
pub(crate) fn test_words(directory: &Directory, help: &Help) -> Vec<PlaySource> {
    let spoken = |number: &PhoneNumber| {
        number.as_str().trim_start_matches('+').chars().map(String::from).collect::<Vec<_>>().join(" ")
    };
    let number = match &help.callback {
        Some(number) => format!("You would be called back under {}.", spoken(number)),
        None => "You could not be called back: you have no number.".to_owned(),
    };
    let place = match help.location {
        Some(_) => format!("Help would come to {}.", place_in_words(directory, help)),
        None => "Nobody knows where you are: ask your administrator to enter your place.".to_owned(),
    };
    let text = format!("This is a test of calls for help. Nobody is alarmed. {number} {place} Goodbye.");
    vec![PlaySource::Text {
        text: Arc::from(text),
        locale: Some("en-US".into()),
        voice: None,
        voice_name: None,
        service: SpeechService::default(),
        cache_id: None,
    }]
}
