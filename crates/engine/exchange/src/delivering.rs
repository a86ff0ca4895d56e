//! How a person is called, in the words of the call engine: who rings, for how long, and who rings then
//! (contract: Teams Phone §1.7, §1.19).
//!
//! All of it is decided when the call arrives: it follows the policies that it began with.

use std::sync::Arc;

use call_engine::{
    Caller, Client, Course, Destination, Diversion, DiversionReason, Invitee, MOST_RINGS, MOST_STAGES, Ring,
    RingStage,
};
use dial_plan::{Delivery, Dialled, Principal, Refusal, Shown};
use identifier::{CommunicationIdentifier, ObjectId, ResourceId};
use redact::Pii;
use tenant::Directory;
use tenant::organization::Persona;

use crate::circumstances::Asking;
use crate::inbound::shown_as;
use crate::placing::{Leg, Placed, place_after};

/// How often a call may be sent on before anybody rings.
const MOST_FORWARDS: u8 = 3;

/// Finds everybody who rings for a person, stage after stage.
pub(crate) fn to_person(
    asking: &Asking<'_>,
    delivery: &Delivery,
    shown: Option<Shown>,
    forwards: u8,
) -> Result<Placed, Refusal> {
    let mut finding = Finding { asking, delivery, forwards, resource: None, refusal: None };
    let mut stages: Vec<RingStage> = Vec::new();
    for stage in &delivery.stages {
        let is_first = stages.is_empty();
        // An application that the call goes to at once takes it as it comes.
        if let ([dial_plan::Ring::ResourceAccount(account)], true) = (&stage.rings[..], is_first) {
            return finding.account(*account);
        }
        let alone = stage.rings.len() == 1 && stage.lasts.is_none();
        let mut rings = Vec::new();
        let mut further = Course { lasts: stage.lasts, ..Course::default() };
        for ring in &stage.rings {
            let Some((found, course)) = finding.ring(ring, is_first) else { continue };
            for found in std::iter::once(found).chain(course.beside.clone()) {
                // Somebody to whom several ways lead rings once.
                if !rings.iter().any(|known: &Ring| known.destination == found.destination) {
                    rings.push(found);
                }
            }
            if alone {
                further = course;
            }
        }
        rings.truncate(MOST_RINGS);
        if !rings.is_empty() {
            stages.push(RingStage { rings, lasts: further.lasts });
            stages.extend(further.then);
        }
    }
    stages.truncate(MOST_STAGES);
    let Finding { resource, refusal, .. } = finding;
    let mut stages = stages.into_iter();
    let Some(mut first) = stages.next() else { return Err(refusal.unwrap_or(Refusal::Unanswered)) };
    let Ring { identifier, destination, caller, diversion } = first.rings.remove(0);
    let identifier = identifier.unwrap_or_else(|| identity(delivery.person));
    let course = Course { diversion, beside: first.rings, lasts: first.lasts, then: stages.collect() };
    let invitee = Invitee { caller, course, ..Invitee::new(identifier, destination) };
    let resource = resource.or_else(|| resource_of(asking.directory, delivery.person));
    Ok(Placed::Leg(Box::new(Leg { invitee, resource, shown, calls_back: false, help: None })))
}

struct Finding<'a> {
    asking: &'a Asking<'a>,
    delivery: &'a Delivery,
    forwards: u8,
    /// Whose call it is, as the first phone says.
    resource: Option<ResourceId>,
    /// Why somebody is not reached whom the call was to be sent on to.
    refusal: Option<Refusal>,
}

impl Finding<'_> {
    /// One who rings, and who else rings for them when they are somebody to whom the call is sent on.
    fn ring(&mut self, ring: &dial_plan::Ring, is_first: bool) -> Option<(Ring, Course)> {
        let is_own = matches!(ring, dial_plan::Ring::Person(person, _) if *person == self.delivery.person);
        let diversion = (!is_own).then(|| self.diversion(is_first));
        match ring {
            dial_plan::Ring::Person(person, persona) => {
                let (identifier, destination, resource) = client(self.asking.directory, *person, *persona)?;
                self.resource.get_or_insert(resource);
                let caller = (is_own && self.delivery.hides_caller).then(Caller::default);
                let ring = Ring { identifier: Some(identifier), destination, caller, diversion };
                Some((ring, Course::default()))
            }
            dial_plan::Ring::Number(number) => {
                let person = Principal::Person { person: self.delivery.person, persona: Persona::Teams };
                let number = CommunicationIdentifier::phone(number.clone());
                match self.forward(person, &number) {
                    Ok(placed) => sent_on(placed, diversion),
                    Err(refusal) => {
                        self.refusal.get_or_insert(refusal);
                        None
                    }
                }
            }
            dial_plan::Ring::ResourceAccount(account) => {
                let placed = self.account(*account).ok()?;
                sent_on(placed, diversion)
            }
            // There is none yet.
            dial_plan::Ring::Voicemail(_) => None,
        }
    }

    fn account(&self, account: ObjectId) -> Result<Placed, Refusal> {
        let account = CommunicationIdentifier::from_raw_id(&format!("28:orgid:{account}"));
        self.forward(Principal::Platform, &account)
    }

    fn forward(&self, principal: Principal<'_>, target: &CommunicationIdentifier) -> Result<Placed, Refusal> {
        if self.forwards >= MOST_FORWARDS {
            return Err(Refusal::Unanswered);
        }
        // The client is the caller's, and not that of whom the call is sent on by.
        let asking = Asking { client: Client::default(), ..*self.asking };
        let explained = asking.explain(principal, Dialled::Identifier(target));
        place_after(&asking, explained, self.forwards + 1)
    }

    fn diversion(&self, is_first: bool) -> Diversion {
        let found = self.asking.directory.person(self.delivery.person);
        let called = found.map(|(organization, person)| match organization.number_of_person(person.id) {
            Some(held) => Arc::<str>::from(held.number.as_str()),
            None => Arc::from(&*person.user_principal_name),
        });
        let reason = if is_first { DiversionReason::Unconditional } else { DiversionReason::NoAnswer };
        Diversion { called: called.map(Pii::new), reason }
    }
}

/// A call that a person sends on is shown as their policies say.
fn sent_on(placed: Placed, diversion: Option<Diversion>) -> Option<(Ring, Course)> {
    match placed {
        Placed::Application { called, .. } => {
            let destination = Destination::Platform(called.number.clone());
            let identifier = Some(called.identity());
            Some((Ring { identifier, destination, caller: None, diversion }, Course::default()))
        }
        Placed::Leg(leg) => {
            let Leg { invitee, shown, .. } = *leg;
            let Invitee { identifier, destination, caller, mut course } = invitee;
            // The latest says most.
            let diversion = course.diversion.take().or(diversion);
            let is_outside = match destination {
                Destination::Trunk { .. } | Destination::Gateways(_) | Destination::Emergency { .. } => true,
                Destination::Phone(_) | Destination::Platform(_) => false,
            };
            let caller = caller.or_else(|| shown.filter(|_| is_outside).map(shown_as));
            Some((Ring { identifier: Some(identifier), destination, caller, diversion }, course))
        }
        // Nobody's calls are sent on to it.
        Placed::Recital(_) => None,
    }
}

/// The phones that stand in for a client of a person: their edge rings all of them.
fn client(
    directory: &Directory,
    person: ObjectId,
    persona: Persona,
) -> Option<(CommunicationIdentifier, Destination, ResourceId)> {
    let phone = directory.phones_of(person, persona).next()?;
    let identifier = directory.persona(person, persona, phone.resource)?;
    Some((identifier, Destination::Phone(phone.user), phone.resource))
}

fn identity(person: ObjectId) -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id(&format!("8:orgid:{person}"))
}

/// The resource that keeps account of the calls of a person: that of their phones, else the first of the tenant.
fn resource_of(directory: &Directory, person: ObjectId) -> Option<ResourceId> {
    let phones = [Persona::Teams, Persona::ContactCenter]
        .into_iter()
        .flat_map(|persona| directory.phones_of(person, persona));
    phones.into_iter().map(|phone| phone.resource).next().or_else(|| {
        let tenant = directory.organization_of(person)?.tenant();
        directory.resource_of_tenant(tenant).map(|found| found.id)
    })
}
