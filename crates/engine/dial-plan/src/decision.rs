//! One decision: from who calls and what was dialled to where it goes, step by step.

mod reaching;

use identifier::{CommunicationIdentifier, ObjectId};
use tenant::Directory;
use tenant::organization::{Grant, Organization, Person, Persona, PolicyHolder};

use crate::caller_id::Shown;
use crate::circumstances::Circumstances;
use crate::dialled::{Dialled, Meaning, meaning};
use crate::gateways::Candidate;
use crate::help::{self, Help, HelpDialled};
use crate::normalization::{Normalized, normalize};
use crate::party::Party;
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::route::{Explained, Route};
use crate::why::{About, Why};
use crate::{gateways, inbound};

type Decided = Result<Route, Refusal>;

/// What is known while a call is decided.
pub(crate) struct Decision<'a, 'c> {
    directory: &'a Directory,
    principal: Principal<'c>,
    circumstances: &'c Circumstances<'c>,
    /// Whose policies decide; nobody's for callers who belong to no organization.
    party: Option<Party<'a>>,
    shown: Option<Shown>,
    help: Option<Help>,
    calls_back: bool,
    why: Why,
}

impl<'a, 'c> Decision<'a, 'c> {
    pub(crate) fn new(
        directory: &'a Directory,
        principal: Principal<'c>,
        circumstances: &'c Circumstances<'c>,
    ) -> Self {
        // Whoever shows the number of a resource account calls in its name.
        let in_name_of = match principal.account_shown(directory) {
            Some(account) => Principal::ResourceAccount(account),
            None => principal,
        };
        let party = Party::of(directory, in_name_of, circumstances);
        Self {
            directory,
            principal,
            circumstances,
            party,
            shown: None,
            help: None,
            calls_back: false,
            why: Why::default(),
        }
    }

    pub(crate) fn make(mut self, dialled: Dialled<'_>) -> Explained {
        if let Some(party) = &self.party {
            let country = party.country();
            let found = match party.site {
                Some(site) => format!("{} in {country}, at site {}", party.name(), site.name),
                None => format!("{} in {country}", party.name()),
            };
            self.why.note(About::Caller, found);
        }
        let outcome = self.decide(dialled);
        if let Err(refusal) = outcome {
            self.why.note(About::Outcome, refusal.to_string());
        }
        Explained { outcome, shown: self.shown, help: self.help, calls_back: self.calls_back, why: self.why }
    }

    fn decide(&mut self, dialled: Dialled<'_>) -> Decided {
        self.principal.check_caller_number(self.directory)?;
        match dialled {
            Dialled::Identifier(identifier) => self.reach_identifier(identifier),
            Dialled::Text(text) => {
                if let Some(dialled) = self.help_dialled(text) {
                    return self.reach_help(dialled);
                }
                self.reach_text(text)
            }
        }
    }

    // For help.

    fn help_dialled(&mut self, text: &str) -> Option<HelpDialled<'a>> {
        match (&self.party, self.principal) {
            (Some(party), Principal::Phone(_) | Principal::Person { .. }) => {
                help::recognize(self.directory, party, text, &mut self.why)
            }
            (None, Principal::Phone(_)) => self.directory.emergency_number(text).map(HelpDialled::everywhere),
            _ => None,
        }
    }

    /// Help is for everybody, also for those who may not call the public network.
    fn reach_help(&mut self, dialled: HelpDialled<'_>) -> Decided {
        let number = dialled.number;
        let tenant = self.principal.tenant(self.directory).ok_or(Refusal::NotFound)?;
        let mut candidates: Vec<Candidate> = Vec::new();
        if let Some(party) = self.party {
            let caller = match self.principal {
                Principal::Phone(user) => Some(user),
                _ => None,
            };
            let help = help::prepare(&party, self.circumstances, dialled, caller, &mut self.why);
            if let Some(usage) = &help.usage {
                let callback = help.callback.as_ref();
                candidates = gateways::of_usage(
                    party.organization,
                    usage,
                    number,
                    callback,
                    self.circumstances,
                    &mut self.why,
                );
            }
            self.shown = Some(Shown { number: help.callback.clone(), name: Some(self.name_of(&party)) });
            self.help = Some(help);
            if dialled.is_test {
                self.why.note(About::Outcome, "the platform says itself what those who help would be told");
                return Ok(Route::TestOfHelp);
            }
        } else if let Principal::Phone(user) = self.principal {
            let callback = self.directory.phone_of_user(user).and_then(|phone| phone.number.clone());
            self.help = Some(Help { reserves: callback.is_some(), callback, ..Help::default() });
        }
        for trunk in self.directory.emergency_trunks(tenant) {
            if !candidates.iter().any(|candidate| candidate.trunk == trunk.name) {
                candidates.push(Candidate {
                    trunk: trunk.name.clone(),
                    called: number.into(),
                    calling: None,
                });
            }
        }
        if candidates.is_empty() {
            return Err(Refusal::NoTrunk);
        }
        let names: Vec<&str> = candidates.iter().map(|candidate| candidate.trunk.as_str()).collect();
        self.why.note(About::Trunk, format!("help is called through the first of {}", names.join(", ")));
        Ok(Route::Emergency { candidates, number: number.into() })
    }

    fn name_of(&self, party: &Party<'_>) -> Box<str> {
        match party.who {
            PolicyHolder::Person(person) => person.display_name.clone(),
            PolicyHolder::Account(account) => account.display_name.clone(),
        }
    }

    // From text to somebody.

    fn reach_text(&mut self, text: &str) -> Decided {
        let Some(party) = self.party else { return self.reach_plain_text(text) };
        if let Meaning::Identifier(identifier) = meaning(text) {
            return self.reach_identifier(&identifier);
        }
        if text.contains('@') {
            return self.reach_principal_name(text);
        }
        let is_dialable = !text.is_empty()
            && text.chars().all(|letter| letter.is_ascii_digit() || " -.()/+*#;=ext".contains(letter));
        if !is_dialable {
            return self.reach_name(text);
        }
        match normalize(&party, text, &mut self.why) {
            Normalized::Number(number, extension) => self.reach_number(&number, extension.as_deref()),
            Normalized::Other(other) => match self.directory.phone(&other) {
                Some(phone) => self.reach_phone(phone),
                None => self.reach_name(text),
            },
        }
    }

    /// What trunks, applications and phones without an owner dial.
    fn reach_plain_text(&mut self, text: &str) -> Decided {
        let translated = inbound::called(self.directory, self.principal, text, &mut self.why);
        let text = translated.as_deref().unwrap_or(text);
        match meaning(text) {
            Meaning::Identifier(identifier) => self.reach_identifier(&identifier),
            // Digits without a plus sign may be a phone's name, or an owned number.
            Meaning::Number(_, false) if self.directory.phone(text).is_some() => self.reach_name(text),
            Meaning::Number(number, _) => self.reach_number(&number, None),
            Meaning::Name => self.reach_name(text),
        }
    }

    fn reach_name(&mut self, name: &str) -> Decided {
        let phone = self.directory.phone(name).ok_or(Refusal::NotFound)?;
        self.reach_phone(phone)
    }

    fn reach_principal_name(&mut self, name: &str) -> Decided {
        if let Some((organization, person)) = self.directory.person_named(name) {
            return self.reach_person(organization, person, None);
        }
        let (organization, account) = self.directory.account_named(name).ok_or(Refusal::NotFound)?;
        self.reach_account(organization, account)
    }

    fn reach_identifier(&mut self, identifier: &CommunicationIdentifier) -> Decided {
        match identifier {
            CommunicationIdentifier::PhoneNumber { number: Some(number), .. } => {
                self.reach_number(number, None)
            }
            CommunicationIdentifier::PhoneNumber { number: None, .. } => Err(Refusal::NotFound),
            CommunicationIdentifier::CommunicationUser(_) => {
                let phone = self.directory.phone_of(identifier).ok_or(Refusal::NotFound)?;
                self.reach_phone(phone)
            }
            CommunicationIdentifier::MicrosoftTeamsUser { user_id, anonymous: false, .. } => {
                let (organization, person) = self.person(user_id)?;
                self.reach_person(organization, person, Some(Persona::Teams))
            }
            CommunicationIdentifier::MicrosoftTeamsApp { app_id, .. } => {
                let found = app_id.parse().ok().and_then(|id| self.directory.account(id));
                let (organization, account) = found.ok_or(Refusal::Unsupported)?;
                self.reach_account(organization, account)
            }
            CommunicationIdentifier::TeamsExtensionUser { resource_id, tenant_id, user_id, .. } => {
                self.reach_extension_user(resource_id, tenant_id, user_id)
            }
            CommunicationIdentifier::MicrosoftTeamsUser { anonymous: true, .. }
            | CommunicationIdentifier::Unknown(_) => Err(Refusal::Unsupported),
        }
    }

    fn person(&self, id: &str) -> Result<(&'a Organization, &'a Person), Refusal> {
        let found = id.parse::<ObjectId>().ok().and_then(|id| self.directory.person(id));
        found.ok_or(Refusal::Unsupported)
    }

    /// A person at the application of a contact center, which has to have the leave of its resource.
    fn reach_extension_user(&mut self, resource: &str, tenant: &str, person: &str) -> Decided {
        let (organization, person) = self.person(person)?;
        let resource = resource.parse().map_err(|_| Refusal::NotFound)?;
        if tenant.parse() != Ok(organization.tenant()) {
            return Err(Refusal::NotFound);
        }
        let consent = organization.consent(resource, person.id);
        if !consent.is_some_and(|consent| matches!(consent.grant, Grant::Person { .. })) {
            let found = format!("{resource} has not consented to {}", person.user_principal_name);
            self.why.note(About::Access, found);
            return Err(Refusal::NoConsent);
        }
        if let Principal::Application { resource: own, .. } = self.principal
            && own != resource
        {
            return Err(Refusal::OtherTenant);
        }
        self.reach_person(organization, person, Some(Persona::ContactCenter))
    }
}
