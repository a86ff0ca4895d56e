//! Who may talk with whom across companies, and which application a resource account has
//! (contract: Teams Phone §1.6, §1.20).

use identifier::ResourceId;
use tenant::Directory;
use tenant::organization::{
    ApplicationKind, ExternalAccessPolicy, ExternalOrganizations, Federation, Grant, Organization, Person,
    ResourceAccount,
};

use crate::party::Party;
use crate::refusal::Refusal;
use crate::why::{About, Rule, Why};

/// The communication resource whose applications answer for a resource account: both the Teams administrator
/// and the owner of the resource must have said so.
pub(crate) fn application(
    directory: &Directory,
    organization: &Organization,
    account: &ResourceAccount,
    why: &mut Why,
) -> Result<ResourceId, Refusal> {
    let rule = || Rule::new("resource account", &account.user_principal_name);
    let not_provisioned = |why: &mut Why, found: &str| {
        why.rule(About::Application, rule(), found);
        Err(Refusal::NotProvisioned)
    };
    match account.application {
        ApplicationKind::Other(_) => {}
        ApplicationKind::AutoAttendant | ApplicationKind::CallQueue => {
            return not_provisioned(
                why,
                "it has the application id of a voice app, which answers for no other",
            );
        }
    }
    if !account.licensed {
        return not_provisioned(why, "it has no licence");
    }
    let Some(resource) = account.resource else {
        return not_provisioned(why, "it is linked to no communication resource");
    };
    if !account.synced {
        return not_provisioned(why, "its link was not synchronized");
    }
    let is_there = directory.resource(resource).is_some();
    if !is_there {
        return not_provisioned(why, "it is linked to a communication resource that does not exist");
    }
    match organization.consent(resource, account.id).map(|consent| &consent.grant) {
        Some(Grant::ResourceAccount) => {
            why.rule(About::Application, rule(), format!("applications of {resource} answer for it"));
            Ok(resource)
        }
        Some(Grant::Person { .. }) | None => {
            why.rule(About::Application, rule(), format!("the owner of {resource} has not consented"));
            Err(Refusal::NoConsent)
        }
    }
}

/// Whether applications of a resource may call a person: where the resource works for the company its consents
/// decide, else both the company and the person must let users of the resource in.
pub(crate) fn application_to_person(
    organization: &Organization,
    resource: ResourceId,
    person: &Person,
    why: &mut Why,
) -> Result<(), Refusal> {
    let parts = organization.parts();
    let has_consent = organization.has_consents(resource);
    if has_consent && !organization.beyond_azure().honors_external_access {
        why.note(About::Access, format!("{resource} works for the company: consents decide"));
        return Ok(());
    }
    if !person.teams_only {
        why.note(About::Access, format!("{} does not use Teams alone", person.user_principal_name));
        return Err(Refusal::ExternalAccess);
    }
    let lets_in = parts.federation.resources.as_ref().is_some_and(|allowed| allowed.contains(&resource));
    if !has_consent && !lets_in {
        why.note(About::Access, format!("the company does not let users of {resource} in"));
        return Err(Refusal::ExternalAccess);
    }
    match Party::person(organization, person).policy::<ExternalAccessPolicy>() {
        Some((policy, rule)) if !policy.communication_resources => {
            why.rule(About::Access, rule, "the person does not let users of communication resources in");
            Err(Refusal::ExternalAccess)
        }
        Some((_, rule)) => {
            why.rule(About::Access, rule, format!("users of {resource} may call"));
            Ok(())
        }
        None => Ok(()),
    }
}

/// Whether two people of different companies may talk: both companies and both people must let the other in.
pub(crate) fn between(
    one: (&Organization, &Person),
    other: (&Organization, &Person),
    why: &mut Why,
) -> Result<(), Refusal> {
    lets_in(one.0, one.1, &other.1.user_principal_name, why)?;
    lets_in(other.0, other.1, &one.1.user_principal_name, why)
}

fn lets_in(organization: &Organization, person: &Person, name: &str, why: &mut Why) -> Result<(), Refusal> {
    let domain = name.rsplit_once('@').map_or(name, |(_, domain)| domain);
    let is_in = |domains: &[Box<str>]| domains.iter().any(|found| found.eq_ignore_ascii_case(domain));
    let tenant = |federation: &Federation| {
        let allowed = federation.allowed_domains.as_deref().is_none_or(is_in);
        federation.federated_users && allowed && !is_in(&federation.blocked_domains)
    };
    let federation = &organization.parts().federation;
    let Some((policy, rule)) = Party::person(organization, person).policy::<ExternalAccessPolicy>() else {
        return if tenant(federation) { Ok(()) } else { Err(Refusal::ExternalAccess) };
    };
    let may = policy.federation
        && match &policy.organizations {
            ExternalOrganizations::OrganizationDefault => tenant(federation),
            ExternalOrganizations::All => federation.federated_users,
            ExternalOrganizations::Only(domains) => federation.federated_users && is_in(domains),
            ExternalOrganizations::AllBut(domains) => federation.federated_users && !is_in(domains),
            ExternalOrganizations::None => false,
        };
    let found = if may { "may talk with" } else { "may not talk with" };
    let found = format!("{} {found} people of {domain}", person.user_principal_name);
    why.rule(About::Access, rule, found);
    if may { Ok(()) } else { Err(Refusal::ExternalAccess) }
}
