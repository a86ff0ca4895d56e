//! One decision: from who calls and what was dialled to where it goes, step by step.

use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber, TrunkName};
use tenant::organization::{
    EmergencyNumber, Grant, HeldNumber, Holder, Organization, Person, Persona, PolicyHolder, ResourceAccount,
    UnassignedTarget,
};
use tenant::{Directory, NumberOwner, Phone, Resource};

use crate::access;
use crate::caller_id::{self, Shown};
use crate::choice;
use crate::circumstances::Circumstances;
use crate::delivery::{self, From};
use crate::dialled::{Dialled, Meaning, meaning};
use crate::gateways;
use crate::help::{self, Help};
use crate::inbound;
use crate::normalization::{Normalized, normalize};
use crate::party::Party;
use crate::principal::Principal;
use crate::public_network;
use crate::refusal::Refusal;
use crate::route::{Explained, Route};
use crate::why::{About, Rule, Why};

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
        Self { directory, principal, circumstances, party, shown: None, help: None, why: Why::default() }
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
        Explained { outcome, shown: self.shown, help: self.help, why: self.why }
    }

    fn decide(&mut self, dialled: Dialled<'_>) -> Decided {
        self.principal.check_caller_number(self.directory)?;
        match dialled {
            Dialled::Identifier(identifier) => self.to_identifier(identifier),
            Dialled::Text(text) => {
                if let Some((number, known)) = self.help_dialled(text) {
                    return self.to_help(number, known);
                }
                self.to_text(text)
            }
        }
    }

    // For help.

    fn help_dialled(&mut self, text: &str) -> Option<(&'a str, Option<&'a EmergencyNumber>)> {
        match (&self.party, self.principal) {
            (Some(party), Principal::Phone(_) | Principal::Person { .. }) => {
                help::recognize(self.directory, party, text, &mut self.why)
            }
            (None, Principal::Phone(_)) => self.directory.emergency_number(text).map(|number| (number, None)),
            _ => None,
        }
    }

    /// Help is for everybody, also for those who may not call the public network.
    fn to_help(&mut self, number: &str, known: Option<&EmergencyNumber>) -> Decided {
        let tenant = self.principal.tenant(self.directory).ok_or(Refusal::NotFound)?;
        let mut trunks: Vec<TrunkName> = Vec::new();
        if let Some(party) = self.party {
            let help = help::prepare(&party, self.circumstances, number, known, &mut self.why);
            if let Some(usage) = &help.usage {
                let callback = help.callback.as_ref();
                let found = gateways::of_usage(
                    party.organization,
                    usage,
                    number,
                    callback,
                    self.circumstances,
                    &mut self.why,
                );
                trunks.extend(found.into_iter().map(|candidate| candidate.trunk));
            }
            self.shown = Some(Shown { number: help.callback.clone(), name: Some(self.name_of(&party)) });
            self.help = Some(help);
        }
        for trunk in self.directory.emergency_trunks(tenant) {
            if !trunks.contains(&trunk.name) {
                trunks.push(trunk.name.clone());
            }
        }
        if trunks.is_empty() {
            return Err(Refusal::NoTrunk);
        }
        let names: Vec<&str> = trunks.iter().map(TrunkName::as_str).collect();
        self.why.note(About::Trunk, format!("help is called through the first of {}", names.join(", ")));
        Ok(Route::Emergency { trunks, number: number.into() })
    }

    fn name_of(&self, party: &Party<'_>) -> Box<str> {
        match party.who {
            PolicyHolder::Person(person) => person.display_name.clone(),
            PolicyHolder::Account(account) => account.display_name.clone(),
        }
    }

    // From text to somebody.

    fn to_text(&mut self, text: &str) -> Decided {
        let Some(party) = self.party else { return self.to_plain_text(text) };
        if let Meaning::Identifier(identifier) = meaning(text) {
            return self.to_identifier(&identifier);
        }
        if text.contains('@') {
            return self.to_principal_name(text);
        }
        let is_dialable = !text.is_empty()
            && text.chars().all(|letter| letter.is_ascii_digit() || " -.()/+*#;=ext".contains(letter));
        if !is_dialable {
            return self.to_name(text);
        }
        match normalize(&party, text, &mut self.why) {
            Normalized::Number(number, extension) => self.to_number(&number, extension.as_deref()),
            Normalized::Other(other) => match self.directory.phone(&other) {
                Some(phone) => self.to_phone(phone),
                None => self.to_name(text),
            },
        }
    }

    /// What trunks, applications and phones without an owner dial.
    fn to_plain_text(&mut self, text: &str) -> Decided {
        let translated = inbound::called(self.directory, self.principal, text, &mut self.why);
        let text = translated.as_deref().unwrap_or(text);
        match meaning(text) {
            Meaning::Identifier(identifier) => self.to_identifier(&identifier),
            // Digits without a plus sign may be a phone's name, or an owned number.
            Meaning::Number(_, false) if self.directory.phone(text).is_some() => self.to_name(text),
            Meaning::Number(number, _) => self.to_number(&number, None),
            Meaning::Name => self.to_name(text),
        }
    }

    fn to_name(&mut self, name: &str) -> Decided {
        let phone = self.directory.phone(name).ok_or(Refusal::NotFound)?;
        self.to_phone(phone)
    }

    fn to_principal_name(&mut self, name: &str) -> Decided {
        if let Some((organization, person)) = self.directory.person_named(name) {
            return self.to_person(organization, person, Persona::Teams);
        }
        let (organization, account) = self.directory.account_named(name).ok_or(Refusal::NotFound)?;
        self.to_account(organization, account)
    }

    fn to_identifier(&mut self, identifier: &CommunicationIdentifier) -> Decided {
        match identifier {
            CommunicationIdentifier::PhoneNumber { number: Some(number), .. } => self.to_number(number, None),
            CommunicationIdentifier::PhoneNumber { number: None, .. } => Err(Refusal::NotFound),
            CommunicationIdentifier::CommunicationUser(_) => {
                let phone = self.directory.phone_of(identifier).ok_or(Refusal::NotFound)?;
                self.to_phone(phone)
            }
            CommunicationIdentifier::MicrosoftTeamsUser { user_id, anonymous: false, .. } => {
                let (organization, person) = self.person(user_id)?;
                self.to_person(organization, person, Persona::Teams)
            }
            CommunicationIdentifier::MicrosoftTeamsApp { app_id, .. } => {
                let found = app_id.parse().ok().and_then(|id| self.directory.account(id));
                let (organization, account) = found.ok_or(Refusal::Unsupported)?;
                self.to_account(organization, account)
            }
            CommunicationIdentifier::TeamsExtensionUser { resource_id, tenant_id, user_id, .. } => {
                self.to_extension_user(resource_id, tenant_id, user_id)
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
    fn to_extension_user(&mut self, resource: &str, tenant: &str, person: &str) -> Decided {
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
        self.to_person(organization, person, Persona::ContactCenter)
    }

    // From a number to somebody.

    fn to_number(&mut self, number: &PhoneNumber, extension: Option<&str>) -> Decided {
        let own = self.own_organization();
        if let (Some(organization), Some(extension)) = (own, extension)
            && let Some(held) = organization.extension(number, extension)
        {
            return self.to_held(organization, held);
        }
        // Behind session border controllers companies may use the same digits: one's own come first.
        if let Some(organization) = own
            && let Some(held) = organization.number(number)
        {
            return self.to_held(organization, held);
        }
        match self.directory.number_owner(number) {
            Some(NumberOwner::Resource(resource)) => self.to_service(resource, number),
            Some(NumberOwner::Phone(phone)) => self.to_phone(phone),
            Some(NumberOwner::Organization(organization, held)) => match self.principal {
                Principal::Platform => self.to_held(organization, held),
                Principal::Stranger => match held.holder {
                    Some(Holder::ResourceAccount(_)) => self.to_held(organization, held),
                    Some(Holder::Person(_) | Holder::SharedCalling(_)) | None => Err(Refusal::NotFound),
                },
                Principal::Trunk(_) => Err(Refusal::OtherTenant),
                Principal::Phone(_)
                | Principal::Person { .. }
                | Principal::ResourceAccount(_)
                | Principal::Application { .. } => self.to_public_network(number),
            },
            None => match self.unassigned(own, number) {
                Some(decided) => decided,
                None => self.to_public_network(number),
            },
        }
    }

    /// The organization that the principal belongs to, or whose trunk it is.
    fn own_organization(&self) -> Option<&'a Organization> {
        match &self.party {
            Some(party) => Some(party.organization),
            None => self.directory.organization(self.principal.tenant(self.directory)?),
        }
    }

    fn to_held(&mut self, organization: &'a Organization, held: &'a HeldNumber) -> Decided {
        let number = &held.number;
        if held.skips_internal && self.party.is_some() {
            self.why.note(
                About::Ownership,
                format!("{number} is called through the public network, also from within"),
            );
            return self.to_public_network(number);
        }
        let holder = match &held.holder {
            Some(holder) => holder,
            None => {
                self.why.note(About::Ownership, format!("nobody holds {number}"));
                return self.unassigned(Some(organization), number).unwrap_or(Err(Refusal::NotFound));
            }
        };
        match holder {
            Holder::Person(id) => {
                let person = organization.person(*id).ok_or(Refusal::NotFound)?;
                self.why
                    .note(About::Ownership, format!("{number} belongs to {}", person.user_principal_name));
                self.to_person(organization, person, Persona::Teams)
            }
            Holder::ResourceAccount(id) => {
                let account = organization.account(*id).ok_or(Refusal::NotFound)?;
                let found =
                    format!("{number} belongs to the resource account {}", account.user_principal_name);
                self.why.note(About::Ownership, found);
                self.to_account(organization, account)
            }
            Holder::SharedCalling(name) => {
                let policy = organization.policy::<tenant::organization::SharedCallingPolicy>(name);
                let account = policy.and_then(|policy| organization.account(policy.account));
                let rule = Rule::new("shared calling policy", name);
                self.why.rule(About::Ownership, rule, format!("{number} is called back by help"));
                self.to_account(organization, account.ok_or(Refusal::NotFound)?)
            }
        }
    }

    /// What happens to a number that nobody holds, if anybody said.
    fn unassigned(
        &mut self,
        organization: Option<&'a Organization>,
        number: &PhoneNumber,
    ) -> Option<Decided> {
        let organization = organization?;
        for treatment in &organization.parts().unassigned_treatments {
            let rule = || Rule::new("unassigned number treatment", &treatment.name);
            match treatment.pattern.is_match(number.as_str()) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(gave_up) => {
                    self.why.rule(About::Unassigned, rule(), gave_up.to_string());
                    continue;
                }
            }
            self.why.rule(About::Unassigned, rule(), format!("{number} is treated"));
            return Some(match &treatment.target {
                UnassignedTarget::Person(id) => match organization.person(*id) {
                    Some(person) => self.to_person(organization, person, Persona::Teams),
                    None => Err(Refusal::NotFound),
                },
                UnassignedTarget::ResourceAccount(id) => match organization.account(*id) {
                    Some(account) => self.to_account(organization, account),
                    None => Err(Refusal::NotFound),
                },
                UnassignedTarget::Announcement(sound) => Ok(Route::Announcement(sound.clone())),
            });
        }
        None
    }

    // To somebody.

    fn to_service(&mut self, resource: &Resource, number: &PhoneNumber) -> Decided {
        self.why.note(About::Ownership, format!("{number} is a service number of {}", resource.name));
        match self.principal {
            Principal::Application { .. } | Principal::ResourceAccount(_) => {
                Ok(Route::Platform(number.clone()))
            }
            // A trunk belongs to one tenant and brings calls for that tenant alone.
            Principal::Trunk(_) if self.principal.tenant(self.directory) != Some(resource.tenant) => {
                Err(Refusal::OtherTenant)
            }
            Principal::Trunk(_)
            | Principal::Phone(_)
            | Principal::Person { .. }
            | Principal::Platform
            | Principal::Stranger => Ok(Route::Application { resource: resource.id, number: number.clone() }),
        }
    }

    fn to_phone(&mut self, phone: &Phone) -> Decided {
        self.why.note(About::Ownership, format!("it is the phone {}", phone.name));
        let owner = self.directory.resource(phone.resource).map(|resource| resource.tenant);
        match self.principal {
            Principal::Stranger => Err(Refusal::NotFound),
            Principal::Platform => Ok(Route::Phone(phone.user)),
            Principal::Phone(_)
            | Principal::Person { .. }
            | Principal::ResourceAccount(_)
            | Principal::Trunk(_)
            | Principal::Application { .. } => {
                let is_own = owner.is_some() && self.principal.tenant(self.directory) == owner;
                if is_own { Ok(Route::Phone(phone.user)) } else { Err(Refusal::OtherTenant) }
            }
        }
    }

    fn to_person(&mut self, organization: &'a Organization, person: &'a Person, persona: Persona) -> Decided {
        let from = self.enter(organization, Some(person))?;
        if from == From::PublicNetwork {
            let callee = Party::person(organization, person);
            let turned =
                inbound::check(self.directory, self.principal, &callee, self.circumstances, &mut self.why)?;
            if let Some(account) = turned {
                return self.to_application(organization, account);
            }
        }
        if let Some(party) = &self.party
            && self.shown.is_none()
        {
            let number = party.own_number().map(|held| held.number.clone());
            self.shown = Some(Shown { number, name: Some(self.name_of(party)) });
        }
        let delivery =
            delivery::deliver(organization, person, persona, from, self.circumstances, &mut self.why)?;
        Ok(Route::Person(delivery))
    }

    fn to_account(&mut self, organization: &'a Organization, account: &'a ResourceAccount) -> Decided {
        let from = self.enter(organization, None)?;
        if from == From::PublicNetwork {
            let callee = Party::account(organization, account);
            let turned =
                inbound::check(self.directory, self.principal, &callee, self.circumstances, &mut self.why)?;
            if let Some(account) = turned {
                return self.to_application(organization, account);
            }
        }
        self.to_application(organization, account)
    }

    fn to_application(&mut self, organization: &Organization, account: &ResourceAccount) -> Decided {
        let resource = access::application(self.directory, organization, account, &mut self.why)?;
        let Some(held) = organization.number_of_account(account.id) else {
            self.why.note(About::Application, "the resource account has no number");
            return Err(Refusal::NotFound);
        };
        let number = held.number.clone();
        match self.principal {
            Principal::Application { .. } | Principal::ResourceAccount(_) => Ok(Route::Platform(number)),
            Principal::Trunk(_)
            | Principal::Phone(_)
            | Principal::Person { .. }
            | Principal::Platform
            | Principal::Stranger => Ok(Route::ResourceAccount { account: account.id, resource, number }),
        }
    }

    /// Whether the caller may reach somebody of an organization, and as what.
    fn enter(&mut self, organization: &Organization, callee: Option<&Person>) -> Result<From, Refusal> {
        match self.principal {
            Principal::Stranger if callee.is_some() => Err(Refusal::NotFound),
            Principal::Stranger | Principal::Platform => Ok(From::PublicNetwork),
            Principal::Trunk(_) => {
                let is_own = self.principal.tenant(self.directory) == Some(organization.tenant());
                if is_own { Ok(From::PublicNetwork) } else { Err(Refusal::OtherTenant) }
            }
            Principal::Application { resource, .. } => {
                if let Some(person) = callee {
                    access::application_to_person(organization, resource, person, &mut self.why)?;
                }
                Ok(From::Application)
            }
            Principal::ResourceAccount(_) => {
                let is_own = self.principal.tenant(self.directory) == Some(organization.tenant());
                if is_own { Ok(From::Application) } else { Err(Refusal::OtherTenant) }
            }
            Principal::Phone(_) | Principal::Person { .. } => {
                if self.principal.tenant(self.directory) == Some(organization.tenant()) {
                    return Ok(From::Within);
                }
                let Some(Party { organization: own, who: PolicyHolder::Person(caller), .. }) = self.party
                else {
                    return Err(Refusal::OtherTenant);
                };
                let Some(callee) = callee else { return Err(Refusal::OtherTenant) };
                access::between((own, caller), (organization, callee), &mut self.why)?;
                Ok(From::Federated)
            }
        }
    }

    // To the public network.

    fn to_public_network(&mut self, number: &PhoneNumber) -> Decided {
        let Some(party) = self.party else {
            self.principal.check_public_network(self.directory)?;
            return self.through_operator(number);
        };
        public_network::check(&party, number, &mut self.why)?;
        let shown = caller_id::shown(&party, &mut self.why);
        let calling = shown.number.clone();
        self.shown = Some(shown);
        let candidates = gateways::candidates(
            &party,
            number.as_str(),
            calling.as_ref(),
            self.circumstances,
            &mut self.why,
        );
        match candidates {
            Some(candidates) if !candidates.is_empty() => {
                Ok(Route::Gateways { candidates, number: number.clone() })
            }
            Some(_) if party.calling().is_some_and(|(policy, _)| policy.prevents_toll_bypass) => {
                Err(Refusal::TollBypass)
            }
            Some(_) => Err(Refusal::NoTrunk),
            None if party.has_calling_plan() => self.through_operator(number),
            None => Err(Refusal::NoTrunk),
        }
    }

    /// Through a trunk of the operator that the tenant has.
    fn through_operator(&mut self, number: &PhoneNumber) -> Decided {
        let tenant = self.principal.tenant(self.directory);
        let trunk = choice::trunk(self.directory, tenant, number).ok_or(Refusal::NoTrunk)?;
        self.why.note(About::Trunk, format!("{} has the longest prefix of {number}", trunk.name));
        Ok(Route::Trunk { trunk: trunk.name.clone(), number: number.clone() })
    }
}
