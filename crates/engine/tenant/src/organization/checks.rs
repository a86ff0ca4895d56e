//! What must hold between the parts of an organization.

use std::collections::{HashMap, HashSet};

use identifier::ObjectId;

use super::calling_settings::{
    CallingSettings, ForwardTarget, Forwarding, GroupOrder, MOST_DELEGATES, MOST_GROUP_MEMBERS,
    MOST_ORDERED_MEMBERS, UNANSWERED_SECONDS,
};
use super::dialing::{DialPlan, MOST_NORMALIZATION_RULES, MOST_TRANSLATION_RULES, VoiceRoutingPolicy};
use super::error::OrganizationError;
use super::held_number::{Connectivity, Holder};
use super::name::Name;
use super::person::{Grant, Person};
use super::policy::{
    Assignments, CallerIdPolicy, CallerIdSubstitute, CallingPolicy, DialOutPolicy,
    EmergencyCallRoutingPolicy, EmergencyCallingPolicy, ExternalAccessPolicy, PolicyKind,
    SharedCallingPolicy,
};
use super::treatment::UnassignedTarget;
use super::{LONGEST_FAILOVER, Organization};

/// The most digits of a mask.
const LONGEST_MASK: usize = 10;

type Checked = Result<(), OrganizationError>;

/// Checks everything; the first fault is told.
pub(super) fn check(organization: &Organization) -> Checked {
    people(organization)?;
    accounts(organization)?;
    numbers(organization)?;
    policies(organization)?;
    routing(organization)?;
    treatments(organization)?;
    places(organization)?;
    circles(organization)
}

fn people(organization: &Organization) -> Checked {
    let mut names = HashSet::with_capacity(organization.parts.people.len());
    for person in &organization.parts.people {
        if !names.insert(person.user_principal_name.to_ascii_lowercase()) {
            return Err(OrganizationError::twice("person", &person.user_principal_name));
        }
        // Most people have nothing of their own, and there are many.
        if !person.policies.0.is_empty() || person.settings != CallingSettings::default() {
            let owner = format!("person {}", person.user_principal_name);
            assignments(organization, &owner, &person.policies)?;
            settings(organization, &owner, &person.settings)?;
        }
    }
    Ok(())
}

fn accounts(organization: &Organization) -> Checked {
    let people = organization.parts.people.iter().map(|person| &person.user_principal_name);
    let mut names: HashSet<String> = people.map(|name| name.to_ascii_lowercase()).collect();
    for account in &organization.parts.accounts {
        if !names.insert(account.user_principal_name.to_ascii_lowercase()) {
            return Err(OrganizationError::twice("resource account", &account.user_principal_name));
        }
        let owner = format!("resource account {}", account.user_principal_name);
        assignments(organization, &owner, &account.policies)?;
    }
    for consent in &organization.parts.consents {
        let (kind, is_there) = match consent.grant {
            Grant::ResourceAccount => ("resource account", organization.account(consent.principal).is_some()),
            Grant::Person { .. } => ("person", organization.person(consent.principal).is_some()),
        };
        if !is_there {
            let owner = format!("a consent of the communication resource {}", consent.resource);
            return Err(OrganizationError::missing(&owner, kind, &consent.principal.to_string()));
        }
    }
    Ok(())
}

fn numbers(organization: &Organization) -> Checked {
    for held in &organization.parts.numbers {
        let owner = || format!("number {}", held.number);
        if let Some(location) = held.location.filter(|id| organization.location(*id).is_none()) {
            self::location(organization, &owner(), location)?;
        }
        if held.extension.is_some() && held.connectivity != Connectivity::DirectRouting {
            return Err(OrganizationError::out_of_range(
                owner(),
                "only Direct Routing numbers have an extension",
            ));
        }
        match &held.holder {
            None => {}
            Some(Holder::Person(id)) => {
                if organization.person(*id).is_none() {
                    return person(organization, &owner(), *id);
                }
                if !held.capabilities.person {
                    let number = held.number.clone();
                    return Err(OrganizationError::WrongCapability { number, holder: "person" });
                }
            }
            Some(Holder::ResourceAccount(id)) => {
                account(organization, &owner(), *id)?;
                if !held.capabilities.voice_application {
                    let number = held.number.clone();
                    return Err(OrganizationError::WrongCapability { number, holder: "resource account" });
                }
            }
            Some(Holder::SharedCalling(name)) => {
                policy::<SharedCallingPolicy>(organization, &owner(), name)?;
            }
        }
    }
    Ok(())
}

fn policies(organization: &Organization) -> Checked {
    let parts = &organization.parts;
    for found in &parts.group_policies {
        assigned(organization, &format!("group {}", found.group), found.kind, &found.policy)?;
    }
    for plan in &parts.dial_plans {
        if plan.rules.len() > MOST_NORMALIZATION_RULES {
            let thing = format!("dial plan {}", plan.name);
            let reason = format!("it has {} rules; at most {MOST_NORMALIZATION_RULES}", plan.rules.len());
            return Err(OrganizationError::out_of_range(thing, reason));
        }
    }
    for policy in &parts.caller_id_policies {
        if let CallerIdSubstitute::ResourceAccount(id) = policy.substitute {
            account(organization, &format!("caller id policy {}", policy.name), id)?;
        }
    }
    let mut pooled = HashSet::new();
    for policy in &parts.shared_calling_policies {
        let owner = format!("shared calling policy {}", policy.name);
        account(organization, &owner, policy.account)?;
        for number in &policy.emergency_numbers {
            if organization.number(number).is_none() {
                return Err(OrganizationError::missing(&owner, "number", number.as_str()));
            }
            if !pooled.insert(number) {
                return Err(OrganizationError::twice("emergency number of shared calling", number.as_str()));
            }
        }
    }
    for policy in &parts.emergency_call_routing_policies {
        emergency_digits(organization, policy)?;
    }
    Ok(())
}

fn emergency_digits(organization: &Organization, policy: &EmergencyCallRoutingPolicy) -> Checked {
    let owner = format!("emergency call routing policy {}", policy.name);
    let mut seen = HashSet::new();
    for number in &policy.numbers {
        for digits in std::iter::once(&number.dial_string).chain(&number.masks) {
            let fits = (1..=LONGEST_MASK).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !fits {
                let reason = format!("{digits:?} is not one to {LONGEST_MASK} digits");
                return Err(OrganizationError::out_of_range(owner, reason));
            }
            if !seen.insert(digits) {
                let (policy, digits) = (policy.name.as_str().into(), digits.clone());
                return Err(OrganizationError::DigitsTwice { policy, digits });
            }
        }
        if let Some(usage) = &number.usage {
            self::usage(organization, &owner, usage)?;
        }
    }
    Ok(())
}

fn routing(organization: &Organization) -> Checked {
    let parts = &organization.parts;
    let mut usages = HashSet::with_capacity(parts.usages.len());
    for usage in &parts.usages {
        if !usages.insert(usage) {
            return Err(OrganizationError::twice("PSTN usage", usage.as_str()));
        }
    }
    let missing_usage = |owner: String, names: &[Name]| match names.iter().find(|name| !usages.contains(name))
    {
        Some(name) => Err(OrganizationError::missing(&owner, "PSTN usage", name.as_str())),
        None => Ok(()),
    };
    for policy in &parts.voice_routing_policies {
        missing_usage(format!("voice routing policy {}", policy.name), &policy.usages)?;
    }
    let mut names = HashSet::with_capacity(parts.voice_routes.len());
    for route in &parts.voice_routes {
        let owner = format!("voice route {}", route.name);
        if !names.insert(&route.name) {
            return Err(OrganizationError::twice("voice route", route.name.as_str()));
        }
        if route.bridge_source.is_some() && !route.gateways.is_empty() {
            return Err(OrganizationError::GatewaysAndBridge(route.name.as_str().into()));
        }
        missing_usage(owner.clone(), &route.usages)?;
        if let Some(name) = route.gateways.iter().find(|name| organization.gateway(name).is_none()) {
            return Err(OrganizationError::missing(&owner, "gateway", name.as_str()));
        }
    }
    if parts.translation_rules.len() > MOST_TRANSLATION_RULES {
        let reason = format!("there are {}; at most {MOST_TRANSLATION_RULES}", parts.translation_rules.len());
        return Err(OrganizationError::out_of_range("translation rules", reason));
    }
    gateways(organization)
}

fn gateways(organization: &Organization) -> Checked {
    for gateway in &organization.parts.gateways {
        let owner = format!("gateway {}", gateway.name);
        let lists = [
            &gateway.inbound_calling,
            &gateway.inbound_called,
            &gateway.outbound_called,
            &gateway.outbound_calling,
        ];
        if let Some(rule) = lists.into_iter().flatten().find(|rule| organization.translation(rule).is_none())
        {
            return Err(OrganizationError::missing(&owner, "translation rule", rule.as_str()));
        }
        if let Some(name) = &gateway.site {
            site(organization, &owner, name)?;
        }
        if gateway.failover_seconds == 0 || u64::from(gateway.failover_seconds) > LONGEST_FAILOVER.as_secs() {
            let reason = format!(
                "it fails over after {} s; 1 to {}",
                gateway.failover_seconds,
                LONGEST_FAILOVER.as_secs()
            );
            return Err(OrganizationError::out_of_range(owner, reason));
        }
        if let Some(code) = gateway.failover_codes.iter().find(|code| !(400..=699).contains(*code)) {
            let reason = format!("it fails over on {code}; a response that refuses is 400 to 699");
            return Err(OrganizationError::out_of_range(owner, reason));
        }
        let host = gateway.name.as_str();
        let is_under = |domain: &str| {
            let at = host.len().checked_sub(domain.len() + 1);
            at.is_some_and(|at| {
                host.as_bytes()[at] == b'.'
                    && host.as_bytes()[at + 1..].eq_ignore_ascii_case(domain.as_bytes())
            })
        };
        // Who has no domains yet is still being set up.
        if !organization.parts.domains.is_empty()
            && !organization.parts.domains.iter().any(|domain| is_under(domain))
        {
            return Err(OrganizationError::ForeignGateway(gateway.name.clone()));
        }
    }
    Ok(())
}

fn treatments(organization: &Organization) -> Checked {
    let parts = &organization.parts;
    for block in &parts.blocks {
        if let Some(id) = block.redirect {
            account(organization, &format!("inbound block {}", block.name), id)?;
        }
    }
    for two in parts.unassigned_treatments.windows(2) {
        if two[0].priority == two[1].priority {
            let names = [&two[0], &two[1]].map(|treatment| Box::from(treatment.name.as_str()));
            let [one, other] = names;
            return Err(OrganizationError::PriorityTwice(one, other));
        }
    }
    for treatment in &parts.unassigned_treatments {
        let owner = format!("unassigned number treatment {}", treatment.name);
        match treatment.target {
            UnassignedTarget::Person(id) => person(organization, &owner, id)?,
            UnassignedTarget::ResourceAccount(id) => account(organization, &owner, id)?,
            UnassignedTarget::Announcement(_) => {}
        }
    }
    Ok(())
}

fn places(organization: &Organization) -> Checked {
    let parts = &organization.parts;
    for site in &parts.sites {
        let owner = format!("network site {}", site.name);
        if let Some(name) = &site.emergency_calling {
            policy::<EmergencyCallingPolicy>(organization, &owner, name)?;
        }
        if let Some(name) = &site.emergency_call_routing {
            policy::<EmergencyCallRoutingPolicy>(organization, &owner, name)?;
        }
        if let Some(name) = &site.voice_routing {
            policy::<VoiceRoutingPolicy>(organization, &owner, name)?;
        }
    }
    let mut networks = HashSet::with_capacity(parts.subnets.len());
    for subnet in &parts.subnets {
        site(organization, "a network subnet", &subnet.site)?;
        if !networks.insert(subnet.network) {
            return Err(OrganizationError::twice("network subnet of site", subnet.site.as_str()));
        }
    }
    for entry in &parts.wiremap {
        location(organization, "the location information service", entry.location)?;
    }
    Ok(())
}

/// People who forward all calls to one another would never ring.
fn circles(organization: &Organization) -> Checked {
    let next = |person: &Person| match person.settings.forwarding {
        Some(Forwarding::Immediate(ForwardTarget::Person(id))) => organization.person(id),
        _ => None,
    };
    let mut settled: HashMap<ObjectId, usize> = HashMap::new();
    let starts = organization.parts.people.iter().filter(|person| next(person).is_some());
    for (round, start) in starts.enumerate() {
        let mut way = vec![start];
        settled.entry(start.id).or_insert(round);
        let mut at = start;
        while let Some(found) = next(at) {
            way.push(found);
            match settled.insert(found.id, round) {
                Some(before) if before == round => {
                    let names: Vec<&str> = way.iter().map(|person| &*person.user_principal_name).collect();
                    return Err(OrganizationError::ForwardingCircle(names.join(" to ").into()));
                }
                Some(_) => break,
                None => at = found,
            }
        }
    }
    Ok(())
}

fn settings(organization: &Organization, owner: &str, settings: &CallingSettings) -> Checked {
    let most = match settings.group.order {
        GroupOrder::Simultaneous => MOST_GROUP_MEMBERS,
        GroupOrder::InOrder => MOST_ORDERED_MEMBERS,
    };
    if settings.group.members.len() > most {
        let reason = format!("the call group has {} members; at most {most}", settings.group.members.len());
        return Err(OrganizationError::out_of_range(owner, reason));
    }
    if settings.delegates.len() > MOST_DELEGATES {
        let reason = format!("there are {} delegates; at most {MOST_DELEGATES}", settings.delegates.len());
        return Err(OrganizationError::out_of_range(owner, reason));
    }
    for id in &settings.group.members {
        person(organization, owner, *id)?;
    }
    for delegate in &settings.delegates {
        person(organization, owner, delegate.person)?;
    }
    match &settings.forwarding {
        Some(Forwarding::Simultaneous(ForwardTarget::Voicemail)) => {
            let reason = "voicemail cannot ring at the same time; forward at once, or when unanswered";
            return Err(OrganizationError::out_of_range(owner, reason));
        }
        Some(Forwarding::Immediate(target) | Forwarding::Simultaneous(target)) => {
            forward_target(organization, owner, target)?;
        }
        None => {}
    }
    if let Some(unanswered) = &settings.unanswered {
        if !UNANSWERED_SECONDS.contains(&unanswered.seconds) {
            let reason =
                format!("calls are unanswered after {} s; one of {UNANSWERED_SECONDS:?}", unanswered.seconds);
            return Err(OrganizationError::out_of_range(owner, reason));
        }
        forward_target(organization, owner, &unanswered.target)?;
    }
    Ok(())
}

fn forward_target(organization: &Organization, owner: &str, target: &ForwardTarget) -> Checked {
    match target {
        ForwardTarget::Person(id) => person(organization, owner, *id),
        ForwardTarget::ResourceAccount(id) => account(organization, owner, *id),
        ForwardTarget::Voicemail
        | ForwardTarget::Number(_)
        | ForwardTarget::Delegates
        | ForwardTarget::Group => Ok(()),
    }
}

fn assignments(organization: &Organization, owner: &str, assignments: &Assignments) -> Checked {
    assignments.0.iter().try_for_each(|(kind, name)| assigned(organization, owner, *kind, name))
}

fn assigned(organization: &Organization, owner: &str, kind: PolicyKind, name: &Name) -> Checked {
    match kind {
        PolicyKind::Calling => policy::<CallingPolicy>(organization, owner, name),
        PolicyKind::CallerId => policy::<CallerIdPolicy>(organization, owner, name),
        PolicyKind::DialOut => policy::<DialOutPolicy>(organization, owner, name),
        PolicyKind::DialPlan => policy::<DialPlan>(organization, owner, name),
        PolicyKind::EmergencyCalling => policy::<EmergencyCallingPolicy>(organization, owner, name),
        PolicyKind::EmergencyCallRouting => policy::<EmergencyCallRoutingPolicy>(organization, owner, name),
        PolicyKind::ExternalAccess => policy::<ExternalAccessPolicy>(organization, owner, name),
        PolicyKind::SharedCalling => policy::<SharedCallingPolicy>(organization, owner, name),
        PolicyKind::VoiceRouting => policy::<VoiceRoutingPolicy>(organization, owner, name),
    }
}

fn policy<P: super::Policy>(organization: &Organization, owner: &str, name: &Name) -> Checked {
    match organization.policy::<P>(name) {
        Some(_) => Ok(()),
        None => Err(OrganizationError::missing(owner, &P::KIND.to_string(), name.as_str())),
    }
}

fn person(organization: &Organization, owner: &str, id: ObjectId) -> Checked {
    match organization.person(id) {
        Some(_) => Ok(()),
        None => Err(OrganizationError::missing(owner, "person", &id.to_string())),
    }
}

fn account(organization: &Organization, owner: &str, id: ObjectId) -> Checked {
    match organization.account(id) {
        Some(_) => Ok(()),
        None => Err(OrganizationError::missing(owner, "resource account", &id.to_string())),
    }
}

fn usage(organization: &Organization, owner: &str, name: &Name) -> Checked {
    if organization.parts.usages.contains(name) {
        return Ok(());
    }
    Err(OrganizationError::missing(owner, "PSTN usage", name.as_str()))
}

fn site(organization: &Organization, owner: &str, name: &Name) -> Checked {
    match organization.site(name) {
        Some(_) => Ok(()),
        None => Err(OrganizationError::missing(owner, "network site", name.as_str())),
    }
}

fn location(organization: &Organization, owner: &str, id: ObjectId) -> Checked {
    match organization.location(id) {
        Some(_) => Ok(()),
        None => Err(OrganizationError::missing(owner, "location", &id.to_string())),
    }
}
