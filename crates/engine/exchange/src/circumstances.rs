//! What decisions depend on besides the directory: what people do, and which gateways are silent.
//!
//! It is kept here as edges tell it, and seen by every decision. What a decision was told is remembered until
//! the next input, and written down with it: a call that is replayed alone hears the same, whatever its
//! neighbors did.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};
use call_engine::{CallEngine, Client, Word};
use dial_plan::{Availability, Circumstances, Dialled, Explained, Principal};
use entropy::{Entropy, Seed};
use identifier::{LegId, ObjectId, PhoneNumber, TrunkName, UserId};
use tenant::Directory;
use tenant::organization::Persona;

/// What is known of people and gateways; whoever is not named is as usual.
#[derive(Debug, Default)]
pub(crate) struct Known {
    availability: BTreeMap<ObjectId, Availability>,
    demoted: BTreeSet<TrunkName>,
    /// Numbers that help calls back, as far as they decide the input that is handled; the oldest first.
    reserved: Vec<(PhoneNumber, UserId)>,
    consulted: RefCell<Consulted>,
    /// Of a call that is replayed: this holds, and nothing else.
    assumed: Option<Consulted>,
}

/// What decisions were told while an input was handled; whoever is not named was as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Consulted {
    /// What people did.
    pub availability: Vec<(ObjectId, Availability)>,
    /// The gateways that were silent.
    pub demoted: Vec<TrunkName>,
    /// The numbers that were reserved for those who called for help, the oldest reservation first.
    pub reserved: Vec<(PhoneNumber, UserId)>,
}

impl Known {
    /// A person does something else. Those whom the directory does not know are not remembered.
    pub(crate) fn set_availability(
        &mut self,
        person: ObjectId,
        availability: Availability,
        directory: &Directory,
    ) {
        if availability == Availability::Available || directory.person(person).is_none() {
            self.availability.remove(&person);
        } else {
            self.availability.insert(person, availability);
        }
    }

    /// A gateway is silent, or speaks again.
    pub(crate) fn set_gateway(&mut self, trunk: TrunkName, demoted: bool, directory: &Directory) {
        if demoted && directory.trunk(&trunk).is_some() {
            self.demoted.insert(trunk);
        } else {
            self.demoted.remove(&trunk);
        }
    }

    /// These numbers are reserved for those who called for help, as far as the next input is about them.
    pub(crate) fn set_reserved(&mut self, reserved: Vec<(PhoneNumber, UserId)>) {
        self.reserved = reserved;
    }

    fn reserved(&self) -> &[(PhoneNumber, UserId)] {
        let reserved = match &self.assumed {
            Some(assumed) => &assumed.reserved,
            None => &self.reserved,
        };
        let consulted = &mut self.consulted.borrow_mut().reserved;
        if consulted.is_empty() {
            consulted.clone_from(reserved);
        }
        reserved
    }

    /// Those who are gone from the directory are forgotten.
    pub(crate) fn follow(&mut self, directory: &Directory) {
        self.availability.retain(|person, _| directory.person(*person).is_some());
        self.demoted.retain(|trunk| directory.trunk(trunk).is_some());
    }

    /// Another input is handled.
    pub(crate) fn begin(&mut self) {
        *self.consulted.get_mut() = Consulted::default();
    }

    pub(crate) fn consulted(&self) -> Consulted {
        self.consulted.borrow().clone()
    }

    pub(crate) fn assume(&mut self, consulted: Consulted) {
        self.assumed = Some(consulted);
    }

    fn is_demoted(&self, trunk: &TrunkName) -> bool {
        let is_demoted = match &self.assumed {
            Some(assumed) => assumed.demoted.contains(trunk),
            None => self.demoted.contains(trunk),
        };
        let demoted = &mut self.consulted.borrow_mut().demoted;
        if is_demoted && !demoted.contains(trunk) {
            demoted.push(trunk.clone());
        }
        is_demoted
    }

    /// Who does not want to be disturbed is not, whatever they do; else who is in a call here is in a call.
    fn availability(&self, person: ObjectId, is_in_a_call: impl FnOnce() -> bool) -> Availability {
        let named = |list: &[(ObjectId, Availability)]| {
            list.iter().find(|(named, _)| *named == person).map(|(_, availability)| *availability)
        };
        let availability = match &self.assumed {
            Some(assumed) => named(&assumed.availability).unwrap_or_default(),
            None => match self.availability.get(&person).copied().unwrap_or_default() {
                Availability::Available if is_in_a_call() => Availability::InACall,
                told => told,
            },
        };
        let consulted = &mut self.consulted.borrow_mut().availability;
        if availability != Availability::Available && named(consulted).is_none() {
            consulted.push((person, availability));
        }
        availability
    }
}

/// The dial plan as somebody asks it, in the circumstances of now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) engine: &'a CallEngine,
    pub(crate) known: &'a Known,
    /// The number that calls, as its trunk says.
    pub(crate) calling: Option<&'a PhoneNumber>,
    /// Where the caller's client is.
    pub(crate) client: Client,
    /// The trunk that the call came in by.
    pub(crate) ingress: Option<&'a TrunkName>,
    /// What gateways of one route are shuffled by.
    pub(crate) chance: u64,
}

impl<'a> Asking<'a> {
    /// Somebody asks of whom nothing more is known.
    pub(crate) fn new(directory: &'a Directory, engine: &'a CallEngine, known: &'a Known) -> Self {
        let client = Client::default();
        Self { directory, engine, known, calling: None, client, ingress: None, chance: 0 }
    }

    /// Gateways of one route are shuffled by what grows from this seed.
    pub(crate) fn seeded(self, seed: Seed) -> Self {
        Self { chance: Entropy::grown(seed).fork().next_u64(), ..self }
    }

    /// On behalf of a leg that is there.
    pub(crate) fn of_leg(self, leg: LegId) -> Self {
        // An id is drawn at random, and the same when the call is replayed.
        let chance = (leg.as_u128() ^ (leg.as_u128() >> 64)) as u64;
        Self { client: self.engine.client_of(leg), chance, ..self }
    }

    /// Asks. What is decided follows from the directory and from what is known of people and gateways now.
    pub(crate) fn explain(&self, principal: Principal<'_>, dialled: Dialled<'_>) -> Explained {
        let availability = |person| self.known.availability(person, || self.is_in_a_call(person));
        let is_demoted = |trunk: &TrunkName| self.known.is_demoted(trunk);
        let circumstances = Circumstances {
            calling: self.calling,
            client: self.client.address,
            seen_from: self.client.seen_from,
            access_point: self.client.access_point.as_ref().map(Word::as_str),
            chassis: self.client.chassis.as_ref().map(Word::as_str),
            port: self.client.port.as_ref().map(Word::as_str),
            ingress: self.ingress,
            is_demoted: &is_demoted,
            availability: &availability,
            reserved: self.known.reserved(),
            chance: self.chance,
        };
        dial_plan::explain(self.directory, principal, dialled, &circumstances)
    }

    fn is_in_a_call(&self, person: ObjectId) -> bool {
        let phones = [Persona::Teams, Persona::ContactCenter]
            .into_iter()
            .flat_map(|persona| self.directory.phones_of(person, persona));
        phones.into_iter().any(|phone| self.engine.is_in_a_call(phone.user))
    }
}
