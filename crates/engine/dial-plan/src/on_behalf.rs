//! Calls on behalf of a resource account, from a client of a contact center (contract: Teams Phone §8.5).
//!
//! Such a call goes nowhere by itself: the application of the account gets it, and calls whoever was dialled.

use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber, ResourceId, UserId};
use tenant::organization::{Grant, Organization, Person, Persona, ResourceAccount};
use tenant::{Directory, Phone};

use crate::access;
use crate::circumstances::Circumstances;
use crate::dialled::{Meaning, meaning};
use crate::normalization::{Normalized, normalize};
use crate::party::Party;
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::route::help_dialled;
use crate::why::Why;

/// A number of the public network that somebody calls on behalf of a resource account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnBehalf {
    /// Its applications get the call.
    pub resource: ResourceId,
    /// The account.
    pub account: ObjectId,
    /// The number of the account, which is shown.
    pub number: PhoneNumber,
    /// The number that was dialled, by the dial plan of the account.
    pub dialled: PhoneNumber,
}

/// Why somebody calls on behalf of nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OnBehalfRefusal {
    /// It is a phone number, or names nobody: ACS answers 422.
    #[error(
        "an identity to call on behalf of is that of a resource account of the company, and no phone number"
    )]
    Invalid,
    /// The client is none of a contact center.
    #[error("only a client of a contact center calls on behalf of a resource account")]
    NotAgent,
    /// Licences, or enterprise voice.
    #[error("the caller is not licensed or enabled for Teams and Teams Phone")]
    NotLicensed,
    /// The owner of the resource has not let the person use it with this client.
    #[error("the communication resource has not consented to the caller and the client")]
    NoConsent,
    /// Names and addresses are called in one's own name.
    #[error("only phone numbers are called on behalf of a resource account")]
    NotANumber,
    /// The account cannot be called on behalf of.
    #[error(transparent)]
    Account(Refusal),
}

/// Somebody who works in a contact center.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The person.
    pub person: ObjectId,
    /// The communication resource that the client belongs to.
    pub resource: ResourceId,
    /// The id of the client application; a SIP phone has none, and any consent to its person counts.
    pub client: Option<ObjectId>,
}

/// What the identity means that a phone wants to call under.
enum Wanted<'a> {
    /// Nobody else's: its own, or none that concerns a phone of nobody.
    Own,
    Account(&'a ResourceAccount),
    Invalid,
}

/// Whether a phone calls on behalf of a resource account: because it prefers that identity (an address without its
/// scheme, a number, or a raw id; RFC 3325 §9.2), or because its account in the directory says so. Calls for help
/// never do; nothing for calls that a phone makes in its own name.
pub fn on_behalf(
    directory: &Directory,
    phone: UserId,
    preferred: Option<&str>,
    dialled: &str,
    circumstances: &Circumstances<'_>,
) -> Result<Option<OnBehalf>, OnBehalfRefusal> {
    let Some(phone) = directory.phone_of_user(phone) else { return Ok(None) };
    let usual = phone.owner.and_then(|owner| owner.on_behalf_of);
    if preferred.is_none() && usual.is_none() {
        return Ok(None);
    }
    if help_dialled(directory, Principal::Phone(phone.user), dialled, circumstances).is_some() {
        return Ok(None);
    }
    let (account, is_usual) = match preferred.map(|text| wanted(directory, phone, text)) {
        Some(Wanted::Account(account)) => (account, false),
        Some(Wanted::Invalid) => return Err(OnBehalfRefusal::Invalid),
        // Whoever prefers its own identity says so for this call.
        Some(Wanted::Own) => return Ok(None),
        None => match usual.and_then(|id| directory.account(id)) {
            Some((_, account)) => (account, true),
            None => return Ok(None),
        },
    };
    let organization = directory.organization_of(account.id).ok_or(OnBehalfRefusal::Invalid)?;
    let number = number_dialled(organization, account, dialled);
    if is_usual && number.as_ref().is_none_or(|number| organization.number(number).is_some()) {
        // Colleagues are called in one's own name.
        return Ok(None);
    }
    let owner = phone.owner.ok_or(OnBehalfRefusal::NotAgent)?;
    if owner.persona != Persona::ContactCenter {
        return Err(OnBehalfRefusal::NotAgent);
    }
    let dialled = number.ok_or(OnBehalfRefusal::NotANumber)?;
    let agent = Agent { person: owner.person, resource: phone.resource, client: None };
    of_account(directory, agent, account.id, dialled).map(Some)
}

/// Whether an agent may call a number on behalf of whoever `identity` is (ACS `onBehalfOfOptions.userId`).
pub fn may_call_on_behalf(
    directory: &Directory,
    agent: Agent,
    identity: &CommunicationIdentifier,
    dialled: PhoneNumber,
) -> Result<OnBehalf, OnBehalfRefusal> {
    let CommunicationIdentifier::MicrosoftTeamsApp { app_id, .. } = identity else {
        return Err(OnBehalfRefusal::Invalid);
    };
    let account = app_id.parse().map_err(|_| OnBehalfRefusal::Invalid)?;
    of_account(directory, agent, account, dialled)
}

fn of_account(
    directory: &Directory,
    agent: Agent,
    account: ObjectId,
    dialled: PhoneNumber,
) -> Result<OnBehalf, OnBehalfRefusal> {
    let (organization, account) = directory.account(account).ok_or(OnBehalfRefusal::Invalid)?;
    let person = organization.person(agent.person).ok_or(OnBehalfRefusal::Invalid)?;
    if !is_enabled(person) {
        return Err(OnBehalfRefusal::NotLicensed);
    }
    let resource = access::application(directory, organization, account, &mut Why::default())
        .map_err(OnBehalfRefusal::Account)?;
    if resource != agent.resource || !is_let_in(organization, resource, agent) {
        return Err(OnBehalfRefusal::NoConsent);
    }
    let held =
        organization.number_of_account(account.id).ok_or(OnBehalfRefusal::Account(Refusal::NoNumber))?;
    Ok(OnBehalf { resource, account: account.id, number: held.number.clone(), dialled })
}

fn is_enabled(person: &Person) -> bool {
    person.licences.teams && person.licences.phone_system && person.enterprise_voice
}

fn is_let_in(organization: &Organization, resource: ResourceId, agent: Agent) -> bool {
    let consent = organization.consent(resource, agent.person);
    match consent.map(|consent| &consent.grant) {
        Some(Grant::Person { clients }) => agent.client.is_none_or(|client| clients.contains(&client)),
        Some(Grant::ResourceAccount) | None => false,
    }
}

fn wanted<'a>(directory: &'a Directory, phone: &Phone, preferred: &str) -> Wanted<'a> {
    let text = preferred.trim();
    let tenant = directory.resource(phone.resource).map(|resource| resource.tenant);
    let organization = tenant.and_then(|tenant| directory.organization(tenant));
    let found = match meaning(text) {
        Meaning::Identifier(CommunicationIdentifier::MicrosoftTeamsApp { app_id, .. }) => {
            app_id.parse().ok().and_then(|id| organization?.account(id))
        }
        Meaning::Identifier(_) | Meaning::Number(..) => None,
        Meaning::Name => organization
            .zip(directory.account_named(text))
            .and_then(|(own, (of, account))| (own.tenant() == of.tenant()).then_some(account)),
    };
    match found {
        Some(account) => Wanted::Account(account),
        None if phone.owner.is_none() || is_own(directory, phone, text) => Wanted::Own,
        None => Wanted::Invalid,
    }
}

/// Whether a phone that names itself does: by its user name, its number, or whatever its person is called.
fn is_own(directory: &Directory, phone: &Phone, text: &str) -> bool {
    let user = text.split('@').next().unwrap_or(text);
    if user.is_empty() || user.eq_ignore_ascii_case(&phone.name) || user.eq_ignore_ascii_case("anonymous") {
        return true;
    }
    let person = phone.owner.and_then(|owner| directory.person(owner.person));
    let number = match meaning(user) {
        Meaning::Number(number, _) => Some(number),
        Meaning::Identifier(identifier) => match identifier.phone_number() {
            Some(number) => Some(number.clone()),
            None => return directory.identity_of(phone).as_ref() == Some(&identifier),
        },
        Meaning::Name => None,
    };
    match (number, person) {
        (Some(number), Some((organization, person))) => {
            phone.number.as_ref() == Some(&number)
                || organization.number_of_person(person.id).is_some_and(|held| held.number == number)
        }
        (Some(number), None) => phone.number.as_ref() == Some(&number),
        (None, Some((_, person))) => text.eq_ignore_ascii_case(&person.user_principal_name),
        (None, None) => false,
    }
}

/// The number that somebody means who calls in the name of an account: by the account's dial plan.
fn number_dialled(
    organization: &Organization,
    account: &ResourceAccount,
    dialled: &str,
) -> Option<PhoneNumber> {
    if let Meaning::Identifier(identifier) = meaning(dialled) {
        return identifier.phone_number().cloned();
    }
    let letters = |letter: char| letter.is_ascii_digit() || " -.()/+*#".contains(letter);
    if dialled.is_empty() || !dialled.chars().all(letters) {
        return None;
    }
    match normalize(&Party::account(organization, account), dialled, &mut Why::default()) {
        Normalized::Number(number, _) => Some(number),
        Normalized::Other(_) => None,
    }
}
