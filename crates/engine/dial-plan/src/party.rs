//! Somebody of an organization, whose policies decide.

use tenant::organization::{
    AssignedBy, CallingPolicy, Connectivity, DialOut, DialOutPolicy, HeldNumber, NetworkSite, Organization,
    Person, Persona, Policy, PolicyHolder, ResourceAccount, SharedCallingPolicy,
};
use tenant::{Country, Directory};

use crate::circumstances::Circumstances;
use crate::principal::Principal;
use crate::why::Rule;

/// Somebody of an organization who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party<'a> {
    pub(crate) organization: &'a Organization,
    pub(crate) who: PolicyHolder<'a>,
    /// The site that the caller's client is at.
    pub(crate) site: Option<&'a NetworkSite>,
    /// Whether an application calls in its name.
    pub(crate) by_application: bool,
}

impl<'a> Party<'a> {
    /// Whose policies decide the calls of a principal; nobody's where the principal belongs to no organization.
    pub(crate) fn of(
        directory: &'a Directory,
        principal: Principal<'_>,
        circumstances: &Circumstances<'_>,
    ) -> Option<Self> {
        let (organization, who, by_application) = match principal {
            Principal::Phone(user) => {
                let owner = directory.phone_of_user(user)?.owner?;
                let (organization, person) = directory.person(owner.person)?;
                (organization, PolicyHolder::Person(person), owner.persona == Persona::ContactCenter)
            }
            Principal::Person { person, persona } => {
                let (organization, person) = directory.person(person)?;
                (organization, PolicyHolder::Person(person), persona == Persona::ContactCenter)
            }
            Principal::ResourceAccount(id) => {
                let (organization, account) = directory.account(id)?;
                (organization, PolicyHolder::Account(account), true)
            }
            Principal::Trunk(_)
            | Principal::Platform
            | Principal::Stranger
            | Principal::Application { .. } => return None,
        };
        Some(Self { organization, who, site: site(organization, circumstances), by_application })
    }

    /// A person of an organization, wherever they are.
    pub(crate) fn person(organization: &'a Organization, person: &'a Person) -> Self {
        Self { organization, who: PolicyHolder::Person(person), site: None, by_application: false }
    }

    /// A resource account of an organization.
    pub(crate) fn account(organization: &'a Organization, account: &'a ResourceAccount) -> Self {
        Self { organization, who: PolicyHolder::Account(account), site: None, by_application: true }
    }

    pub(crate) fn name(&self) -> &'a str {
        match self.who {
            PolicyHolder::Person(person) => &person.user_principal_name,
            PolicyHolder::Account(account) => &account.user_principal_name,
        }
    }

    pub(crate) fn country(&self) -> Country {
        match self.who {
            PolicyHolder::Person(person) => person.usage_country,
            PolicyHolder::Account(account) => account.usage_country,
        }
    }

    /// The policy that holds, and its name with how it came to hold.
    pub(crate) fn policy<P: Policy>(&self) -> Option<(&'a P, Rule)> {
        let (policy, by) = self.organization.effective::<P>(self.who)?;
        Some((policy, rule_of(policy, &by)))
    }

    /// The calling policy of a person; resource accounts have none.
    pub(crate) fn calling(&self) -> Option<(&'a CallingPolicy, Rule)> {
        match self.who {
            PolicyHolder::Person(_) => self.policy(),
            PolicyHolder::Account(_) => None,
        }
    }

    /// How far calls may go.
    pub(crate) fn dial_out(&self) -> (DialOut, Option<Rule>) {
        match self.policy::<DialOutPolicy>() {
            Some((policy, rule)) => (policy.public_network, Some(rule)),
            None => (DialOut::International, None),
        }
    }

    /// The number of its own.
    pub(crate) fn own_number(&self) -> Option<&'a HeldNumber> {
        match self.who {
            PolicyHolder::Person(person) => self.organization.number_of_person(person.id),
            PolicyHolder::Account(account) => self.organization.number_of_account(account.id),
        }
    }

    /// The account whose number somebody without one shares.
    pub(crate) fn shared(
        &self,
    ) -> Option<(&'a ResourceAccount, &'a HeldNumber, &'a SharedCallingPolicy, Rule)> {
        let PolicyHolder::Person(_) = self.who else { return None };
        if self.own_number().is_some() {
            return None;
        }
        let (policy, rule) = self.policy::<SharedCallingPolicy>()?;
        let account = self.organization.account(policy.account)?;
        Some((account, self.organization.number_of_account(account.id)?, policy, rule))
    }

    /// The policy with the numbers of which one is reserved for somebody who has none, or shares theirs with those
    /// behind its other extensions.
    pub(crate) fn pool(&self) -> Option<(&'a SharedCallingPolicy, Rule)> {
        let PolicyHolder::Person(_) = self.who else { return None };
        let is_shared = self.own_number().is_none_or(|own| own.extension.is_some());
        if is_shared { self.policy() } else { None }
    }

    /// How calls of this party reach the public network.
    pub(crate) fn connectivity(&self) -> Option<Connectivity> {
        let number = self.own_number().or_else(|| self.shared().map(|(_, number, _, _)| number));
        number.map(|number| number.connectivity)
    }

    /// Whether the platform's operator carries its calls where no route of its own leads.
    pub(crate) fn has_calling_plan(&self) -> bool {
        let licensed = match self.who {
            PolicyHolder::Person(person) => person.licences.calling_plan,
            PolicyHolder::Account(account) => account.calling_plan,
        };
        licensed
            || matches!(self.connectivity(), Some(Connectivity::CallingPlan | Connectivity::OperatorConnect))
    }
}

/// The site of a client: only where its network is known from outside is it asked where it is.
fn site<'a>(organization: &'a Organization, circumstances: &Circumstances<'_>) -> Option<&'a NetworkSite> {
    let is_trusted = circumstances.seen_from.is_some_and(|address| organization.trusts(address));
    if is_trusted { organization.site_at(circumstances.client?) } else { None }
}

pub(crate) fn rule_of<P: Policy>(policy: &P, by: &AssignedBy) -> Rule {
    let rule = Rule::new(P::KIND.to_string(), policy.name());
    match by {
        AssignedBy::Site(site) => rule.by(format_args!("by site {site}")),
        AssignedBy::Themselves => rule.by("assigned directly"),
        AssignedBy::Group(group) => rule.by(format_args!("by group {group}")),
        AssignedBy::Nobody => rule.by("for everybody"),
    }
}
