//! Voice routes: which gateways lead to a number, in which order, and what they are told
//! (contract: Teams Phone §1.10).

use std::collections::HashSet;

use identifier::{PhoneNumber, TrunkName};
use tenant::organization::{
    CallingPolicy, Gateway, Name, NetworkSite, Organization, PolicyHolder, VoiceRoute, VoiceRoutingPolicy,
};

use crate::circumstances::{Circumstances, shuffle};
use crate::party::Party;
use crate::why::{About, Rule, Why};

/// A gateway that leads to a number, with what it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its trunk.
    pub trunk: TrunkName,
    /// The called number, as its rules have it.
    pub called: Box<str>,
    /// The calling number, as its rules have it; absent where none was shown, or none is theirs to change.
    pub calling: Option<Box<str>>,
}

/// Where location-based routing keeps a call.
#[derive(Clone, Copy, Debug)]
enum Bounds<'a> {
    /// Anywhere that is not bound to a site itself.
    Free,
    /// Within a site.
    Site(&'a NetworkSite),
}

/// The gateways that lead to a number for somebody, in the order in which they are tried. None when no route
/// fits; an empty list when routes fit and location-based routing leaves no gateway.
pub(crate) fn candidates(
    party: &Party<'_>,
    number: &str,
    calling: Option<&PhoneNumber>,
    circumstances: &Circumstances<'_>,
    why: &mut Why,
) -> Option<Vec<Candidate>> {
    let bounds = bounds(party, why);
    let of_site = match bounds {
        Bounds::Site(site) => site.voice_routing.as_ref().and_then(|name| {
            let policy: &VoiceRoutingPolicy = party.organization.policy(name)?;
            let rule = Rule::new("voice routing policy", name).by(format_args!("by site {}", site.name));
            Some((policy, rule))
        }),
        Bounds::Free => None,
    };
    let (policy, rule) = of_site.or_else(|| routing_policy(party))?;
    let routes = matching(party.organization, &policy.usages, number, &rule, why);
    if routes.is_empty() {
        why.rule(About::VoiceRoute, rule, format!("no route of its usages leads to {number}"));
        return None;
    }
    Some(ordered(party.organization, &routes, number, calling, Some(bounds), circumstances, why))
}

/// The gateways of one usage: for calls for help, which nothing keeps within a site.
pub(crate) fn of_usage(
    organization: &Organization,
    usage: &Name,
    number: &str,
    calling: Option<&PhoneNumber>,
    circumstances: &Circumstances<'_>,
    why: &mut Why,
) -> Vec<Candidate> {
    let rule = Rule::new("PSTN usage", usage);
    let routes = matching(organization, std::slice::from_ref(usage), number, &rule, why);
    ordered(organization, &routes, number, calling, None, circumstances, why)
}

/// Somebody without a number calls in the name of the account whose number is shared.
fn routing_policy<'a>(party: &Party<'a>) -> Option<(&'a VoiceRoutingPolicy, Rule)> {
    match party.shared() {
        Some((account, _, _, shared)) => {
            let account = Party::account(party.organization, account);
            let (policy, rule) = account.policy::<VoiceRoutingPolicy>()?;
            Some((policy, rule.by(format_args!("by {shared}"))))
        }
        None => party.policy(),
    }
}

/// The routes of the first usage that has any for the number, by priority.
fn matching<'a>(
    organization: &'a Organization,
    usages: &[Name],
    number: &str,
    rule: &Rule,
    why: &mut Why,
) -> Vec<&'a VoiceRoute> {
    for usage in usages {
        let mut routes = Vec::new();
        for route in organization.routes_of(usage) {
            match route.pattern.is_match(number) {
                Ok(true) => routes.push(route),
                Ok(false) => {}
                Err(gave_up) => {
                    why.rule(About::VoiceRoute, Rule::new("voice route", &route.name), gave_up.to_string());
                }
            }
        }
        if !routes.is_empty() {
            let found = format!("usage {usage} has {} for {number}", count(routes.len(), "route"));
            why.rule(About::VoiceRoute, rule.clone(), found);
            return routes;
        }
    }
    Vec::new()
}

fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("one {thing}") } else { format!("{number} {thing}s") }
}

/// Gateways in the order in which they are tried: route by route, those of one route shuffled, the silent ones
/// last, and before all the one that the call came in by.
fn ordered(
    organization: &Organization,
    routes: &[&VoiceRoute],
    number: &str,
    calling: Option<&PhoneNumber>,
    bounds: Option<Bounds<'_>>,
    circumstances: &Circumstances<'_>,
    why: &mut Why,
) -> Vec<Candidate> {
    let mut seen = HashSet::new();
    let (mut well, mut silent) = (Vec::new(), Vec::new());
    for (index, route) in routes.iter().enumerate() {
        let mut gateways: Vec<&Gateway> =
            route.gateways.iter().filter_map(|name| organization.gateway(name)).collect();
        shuffle(&mut gateways, circumstances.chance.wrapping_add(index as u64));
        let rule = || Rule::new("voice route", &route.name).by(format_args!("priority {}", route.priority));
        let mut names = Vec::new();
        for gateway in gateways {
            if !gateway.enabled {
                why.rule(About::Gateway, rule(), format!("{} is not enabled", gateway.name));
                continue;
            }
            if bounds.is_some_and(|bounds| !is_within(gateway, bounds)) {
                let found = format!("{} is not where this call has to stay", gateway.name);
                why.rule(About::LocationBasedRouting, rule(), found);
                continue;
            }
            if !seen.insert(&gateway.name) {
                continue;
            }
            if (circumstances.is_demoted)(&gateway.name) {
                why.rule(About::Gateway, rule(), format!("{} is silent and comes last", gateway.name));
                silent.push(gateway);
            } else {
                names.push(gateway.name.as_str());
                well.push(gateway);
            }
        }
        if !names.is_empty() {
            why.rule(About::VoiceRoute, rule(), format!("leads through {}", names.join(", ")));
        }
    }
    well.append(&mut silent);
    if let Some(ingress) = circumstances.ingress
        && let Some(at) = well.iter().position(|gateway| gateway.name == *ingress)
    {
        why.note(About::Gateway, format!("{ingress}, which the call came in by, comes first"));
        well[..=at].rotate_right(1);
    }
    well.into_iter().map(|gateway| translated(organization, gateway, number, calling, why)).collect()
}

/// A gateway with numbers as its rules have them.
fn translated(
    organization: &Organization,
    gateway: &Gateway,
    number: &str,
    calling: Option<&PhoneNumber>,
    why: &mut Why,
) -> Candidate {
    let called = translate(organization, &gateway.outbound_called, number, why);
    let calling = calling.map(|calling| {
        translate(organization, &gateway.outbound_calling, calling.as_str(), why).into_boxed_str()
    });
    Candidate { trunk: gateway.name.clone(), called: called.into(), calling }
}

/// What the first rule that fits makes of a number.
pub(crate) fn translate(organization: &Organization, rules: &[Name], number: &str, why: &mut Why) -> String {
    for entry in rules.iter().filter_map(|name| organization.translation(name)) {
        let rule = Rule::new("translation rule", &entry.name);
        match entry.rewrite.apply(number) {
            Ok(Some(text)) => {
                why.rule(About::Translation, rule, format!("{number} becomes {text}"));
                return text;
            }
            Ok(None) => {}
            Err(gave_up) => why.rule(About::Translation, rule, gave_up.to_string()),
        }
    }
    number.to_owned()
}

/// Where calls of somebody have to stay (location-based routing).
fn bounds<'a>(party: &Party<'a>, why: &mut Why) -> Bounds<'a> {
    let applies = !party.by_application || party.organization.beyond_azure().honors_location_based_routing;
    let Some((CallingPolicy { prevents_toll_bypass: true, .. }, rule)) = party.calling() else {
        return Bounds::Free;
    };
    if !applies {
        why.rule(About::LocationBasedRouting, rule, "does not apply to calls of applications");
        return Bounds::Free;
    }
    match party.site.filter(|site| site.location_based_routing) {
        Some(site) => {
            why.rule(About::LocationBasedRouting, rule, format!("the call stays within {}", site.name));
            Bounds::Site(site)
        }
        None => {
            why.rule(About::LocationBasedRouting, rule, "the caller is at no site that calls stay within");
            Bounds::Free
        }
    }
}

fn is_within(gateway: &Gateway, bounds: Bounds<'_>) -> bool {
    match bounds {
        Bounds::Free => !gateway.location_based_routing,
        Bounds::Site(site) => gateway.location_based_routing && gateway.site.as_ref() == Some(&site.name),
    }
}

/// Whether a call that came by a gateway may reach a person there (location-based routing).
pub(crate) fn may_enter(gateway: &Gateway, party: &Party<'_>, why: &mut Why) -> bool {
    if !gateway.location_based_routing {
        return true;
    }
    let PolicyHolder::Person(_) = party.who else { return true };
    match party.calling() {
        Some((CallingPolicy { prevents_toll_bypass: true, .. }, rule)) => {
            let is_there = party.site.is_some_and(|site| Some(&site.name) == gateway.site.as_ref());
            if !is_there {
                let found = format!("calls of {} reach only those who are at its site", gateway.name);
                why.rule(About::LocationBasedRouting, rule, found);
            }
            is_there
        }
        Some(_) | None => true,
    }
}
