//! From a number or a name to somebody, and out to the public network.

use identifier::PhoneNumber;
use tenant::organization::{
    HeldNumber, Holder, Organization, Person, Persona, PolicyHolder, ResourceAccount, SharedCallingPolicy,
    UnassignedTarget,
};
use tenant::{NumberOwner, Phone, Resource};

use super::{Decided, Decision};
use crate::caller_id::{self, Shown};
use crate::delivery::{self, Delivery, From, Ring, Stage};
use crate::gateways::Candidate;
use crate::party::Party;
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::route::Route;
use crate::why::{About, Rule};
use crate::{access, callback, choice, gateways, inbound, public_network};

impl<'a> Decision<'a, '_> {
    // From a number to somebody.

    pub(super) fn reach_number(&mut self, number: &PhoneNumber, extension: Option<&str>) -> Decided {
        if let Some(route) = self.call_back(number) {
            self.calls_back = true;
            return Ok(route);
        }
        let own = self.own_organization();
        if let (Some(organization), Some(extension)) = (own, extension)
            && let Some(held) = organization.extension(number, extension)
        {
            return self.reach_held(organization, held);
        }
        // Behind session border controllers companies may use the same digits: one's own come first.
        if let Some(organization) = own
            && let Some(held) = organization.number(number)
        {
            return self.reach_held(organization, held);
        }
        match self.directory.number_owner(number) {
            Some(NumberOwner::Resource(resource)) => self.reach_service(resource, number),
            Some(NumberOwner::Phone(phone)) => self.reach_phone(phone),
            Some(NumberOwner::Organization(organization, held)) => match self.principal {
                Principal::Platform => self.reach_held(organization, held),
                Principal::Stranger => match held.holder {
                    Some(Holder::ResourceAccount(_)) => self.reach_held(organization, held),
                    Some(Holder::Person(_) | Holder::SharedCalling(_)) | None => Err(Refusal::NotFound),
                },
                Principal::Trunk(_) => Err(Refusal::OtherTenant),
                Principal::Phone(_)
                | Principal::Person { .. }
                | Principal::ResourceAccount(_)
                | Principal::Application { .. } => self.reach_public_network(number),
            },
            None => match self.unassigned(own, number) {
                Some(decided) => decided,
                None => self.reach_public_network(number),
            },
        }
    }

    /// Who called for help under this number within the hour, past everything that keeps calls from them: all
    /// clients of whoever called with that of a contact center, the Teams clients alone of whoever called with one
    /// of those (contract: Teams Phone §1.17).
    fn call_back(&mut self, number: &PhoneNumber) -> Option<Route> {
        if !matches!(self.principal, Principal::Trunk(_) | Principal::Platform) {
            return None;
        }
        let directory = self.directory;
        let reserved = self.circumstances.reserved.iter().filter(|(reserved, _)| reserved == number);
        let mut phones = reserved.filter_map(|(_, user)| directory.phone_of_user(*user)).peekable();
        phones.peek()?;
        let tenant = callback::tenant(directory, self.principal, number)?;
        let is_own = |phone: &&Phone| {
            directory.resource(phone.resource).is_some_and(|resource| resource.tenant == tenant)
        };
        let phone = phones.find(is_own)?;
        let Some(owner) = phone.owner else {
            self.why.note(
                About::Emergency,
                format!("{number} is reserved for {}, who called for help", phone.name),
            );
            return Some(Route::Phone(phone.user));
        };
        let (_, person) = directory.person(owner.person)?;
        let name = &person.user_principal_name;
        self.why.note(About::Emergency, format!("{number} is reserved for {name}, who called for help"));
        let mut rings = vec![Ring::Person(owner.person, Persona::Teams)];
        if owner.persona == Persona::ContactCenter {
            rings.push(Ring::Person(owner.person, Persona::ContactCenter));
        }
        let stages = vec![Stage { rings, lasts: None }];
        Some(Route::Person(Delivery { person: owner.person, stages, hides_caller: false }))
    }

    /// The organization that the principal belongs to, or whose trunk it is.
    pub(super) fn own_organization(&self) -> Option<&'a Organization> {
        match &self.party {
            Some(party) => Some(party.organization),
            None => self.directory.organization(self.principal.tenant(self.directory)?),
        }
    }

    pub(super) fn reach_held(&mut self, organization: &'a Organization, held: &'a HeldNumber) -> Decided {
        let number = &held.number;
        if held.skips_internal && self.party.is_some() {
            self.why.note(
                About::Ownership,
                format!("{number} is called through the public network, also from within"),
            );
            return self.reach_public_network(number);
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
                self.reach_person(organization, person, None)
            }
            Holder::ResourceAccount(id) => {
                let account = organization.account(*id).ok_or(Refusal::NotFound)?;
                let found =
                    format!("{number} belongs to the resource account {}", account.user_principal_name);
                self.why.note(About::Ownership, found);
                self.reach_account(organization, account)
            }
            Holder::SharedCalling(name) => {
                let policy = organization.policy::<SharedCallingPolicy>(name);
                let account = policy.and_then(|policy| organization.account(policy.account));
                let rule = Rule::new("shared calling policy", name);
                self.why.rule(About::Ownership, rule, format!("{number} is called back by help"));
                self.reach_account(organization, account.ok_or(Refusal::NotFound)?)
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
                    Some(person) => self.reach_person(organization, person, None),
                    None => Err(Refusal::NotFound),
                },
                UnassignedTarget::ResourceAccount(id) => match organization.account(*id) {
                    Some(account) => self.reach_account(organization, account),
                    None => Err(Refusal::NotFound),
                },
                UnassignedTarget::Announcement(sound) => {
                    Ok(Route::Announcement { tenant: organization.tenant(), sound: sound.clone() })
                }
            });
        }
        None
    }

    // To somebody.

    fn reach_service(&mut self, resource: &Resource, number: &PhoneNumber) -> Decided {
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

    pub(super) fn reach_phone(&mut self, phone: &Phone) -> Decided {
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

    pub(super) fn reach_person(
        &mut self,
        organization: &'a Organization,
        person: &'a Person,
        persona: Option<Persona>,
    ) -> Decided {
        let from = self.enter(organization, Some(person))?;
        if from == From::PublicNetwork {
            let callee = Party::person(organization, person);
            let turned =
                inbound::check(self.directory, self.principal, &callee, self.circumstances, &mut self.why)?;
            if let Some(account) = turned {
                return self.reach_application(organization, account);
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

    pub(super) fn reach_account(
        &mut self,
        organization: &'a Organization,
        account: &'a ResourceAccount,
    ) -> Decided {
        let from = self.enter(organization, None)?;
        if from == From::PublicNetwork {
            let callee = Party::account(organization, account);
            let turned =
                inbound::check(self.directory, self.principal, &callee, self.circumstances, &mut self.why)?;
            if let Some(account) = turned {
                return self.reach_application(organization, account);
            }
        }
        self.reach_application(organization, account)
    }

    fn reach_application(&mut self, organization: &Organization, account: &ResourceAccount) -> Decided {
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

    pub(super) fn reach_public_network(&mut self, number: &PhoneNumber) -> Decided {
        let Some(party) = self.party else {
            if let Some(decided) = self.brought_by_direct_routing(number) {
                return decided;
            }
            self.principal.check_public_network(self.directory)?;
            return match self.through_direct_routing(number) {
                Some(route) => Ok(route),
                None => self.through_operator(number),
            };
        };
        // Contract: Teams Phone §1.4, §8.5: there the number of a person is for calls for help alone.
        if matches!(party.who, PolicyHolder::Person(_)) && party.by_application {
            let found = "a client of a contact center calls numbers on behalf of a resource account";
            self.why.note(About::Restriction, found);
            return Err(Refusal::NotAllowedOut);
        }
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

    /// What a session border controller of direct routing brings is for the resource that has named it.
    fn brought_by_direct_routing(&mut self, number: &PhoneNumber) -> Option<Decided> {
        let Principal::Trunk(name) = self.principal else { return None };
        let resource = self.directory.resource_behind(name)?;
        self.why.note(About::Trunk, format!("{name} is of the direct routing of {resource}"));
        Some(Ok(Route::Application { resource, number: number.clone() }))
    }

    /// Through the session border controllers that the resource of an application has named.
    fn through_direct_routing(&mut self, number: &PhoneNumber) -> Option<Route> {
        let Principal::Application { resource, .. } = self.principal else { return None };
        let route = self.directory.direct_route(resource, number)?;
        let candidates: Vec<Candidate> = self
            .directory
            .trunks_on(route)
            .map(|trunk| Candidate { trunk: trunk.clone(), called: number.as_str().into(), calling: None })
            .collect();
        let names: Vec<&str> = candidates.iter().map(|candidate| candidate.trunk.as_str()).collect();
        let found = format!("the route {} leads {number} through {}", route.name, names.join(", then "));
        self.why.note(About::Trunk, found);
        Some(Route::Gateways { candidates, number: number.clone() })
    }

    /// Through a trunk of the operator that the tenant has.
    fn through_operator(&mut self, number: &PhoneNumber) -> Decided {
        if let Principal::Application { caller_number: Some(shown), .. } = self.principal
            && self.directory.number_owner(shown).is_none()
        {
            return Err(Refusal::CallerNumberNotOwned);
        }
        let tenant = self.principal.tenant(self.directory);
        let trunk = choice::trunk(self.directory, tenant, number).ok_or(Refusal::NoTrunk)?;
        self.why.note(About::Trunk, format!("{} has the longest prefix of {number}", trunk.name));
        Ok(Route::Trunk { trunk: trunk.name.clone(), number: number.clone() })
    }
}
