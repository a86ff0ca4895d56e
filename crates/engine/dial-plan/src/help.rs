//! Calls for help: recognized from the digits as keyed, before anything else
//! (contract: Teams Phone §1.13, §1.15, §1.16).

use identifier::{ObjectId, PhoneNumber};
use tenant::Directory;
use tenant::organization::{
    AssignedBy, EmergencyCallRoutingPolicy, EmergencyCallingPolicy, EmergencyNumber, Name, Notification,
    PolicyHolder, Whereabouts,
};

use crate::circumstances::Circumstances;
use crate::party::{Party, rule_of};
use crate::why::{About, Rule, Why};

/// What those who help are told, and who else is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// The number that they call back.
    pub callback: Option<PhoneNumber>,
    /// Numbers that may be called back instead, of which the first that is free is reserved (shared calling).
    pub pool: Vec<PhoneNumber>,
    /// The place.
    pub location: Option<ObjectId>,
    /// The security desk.
    pub notification: Option<Notification>,
    /// The usage whose routes lead there.
    pub usage: Option<Name>,
}

/// The number for help that was dialled, if it was one: a dial string or mask of the policy that holds, else a
/// number that the platform knows. Nobody's policy can make the platform's numbers mean something else.
pub(crate) fn recognize<'a>(
    directory: &'a Directory,
    party: &Party<'a>,
    dialled: &str,
    why: &mut Why,
) -> Option<(&'a str, Option<&'a EmergencyNumber>)> {
    let digits: String = dialled.chars().filter(|letter| !" -.()/".contains(*letter)).collect();
    let digits = digits.strip_prefix('+').unwrap_or(&digits);
    if let Some((policy, rule)) = routing_policy(party) {
        let is_it = |number: &&EmergencyNumber| {
            *number.dial_string == *digits || number.masks.iter().any(|mask| **mask == *digits)
        };
        if let Some(number) = policy.numbers.iter().find(is_it) {
            let found = if *number.dial_string == *digits {
                format!("{digits} calls for help")
            } else {
                format!("{digits} calls for help and is sent as {}", number.dial_string)
            };
            why.rule(About::Emergency, rule, found);
            return Some((&number.dial_string, Some(number)));
        }
    }
    let number = directory.emergency_number(dialled)?;
    why.note(About::Emergency, format!("{number} calls for help, as everywhere on this platform"));
    Some((number, None))
}

/// What belongs to a call for help of this party.
pub(crate) fn prepare(
    party: &Party<'_>,
    circumstances: &Circumstances<'_>,
    number: &str,
    known: Option<&EmergencyNumber>,
    why: &mut Why,
) -> Help {
    let shared = party.shared();
    let mut help = Help { usage: known.and_then(|known| known.usage.clone()), ..Help::default() };
    let placing = party.own_number().or(shared.as_ref().map(|(_, number, _, _)| *number));
    help.callback = placing.map(|held| held.number.clone());
    if let Some((_, _, policy, rule)) = shared {
        help.pool = policy.emergency_numbers.clone();
        let found = match help.pool.len() {
            0 => "help calls back the shared number, and not the person: add emergency numbers".to_owned(),
            count => format!("help calls back one of {count} numbers, bound to the caller"),
        };
        why.rule(About::Emergency, rule, found);
    } else {
        let found = match &help.callback {
            Some(number) => format!("help calls back {number}; no policy hides it"),
            None => "there is no number that help could call back".to_owned(),
        };
        why.note(About::Emergency, found);
    }
    help.location = dynamic_location(party, circumstances, why).or_else(|| {
        let location = placing.and_then(|held| held.location)?;
        why.note(About::Emergency, "the place is that of the number");
        Some(location)
    });
    if help.location.is_none() {
        why.note(About::Emergency, "no place is known; the call is made all the same");
    }
    help.notification = notification(party, number, why);
    help
}

/// The routing policy: that of the site, else the caller's.
fn routing_policy<'a>(party: &Party<'a>) -> Option<(&'a EmergencyCallRoutingPolicy, Rule)> {
    let of_site = party.site.and_then(|site| {
        let policy = party.organization.policy(site.emergency_call_routing.as_ref()?)?;
        Some((policy, rule_of(policy, &AssignedBy::Site(site.name.clone()))))
    });
    of_site.or_else(|| party.policy())
}

fn dynamic_location(party: &Party<'_>, circumstances: &Circumstances<'_>, why: &mut Why) -> Option<ObjectId> {
    let seen_from = circumstances.seen_from?;
    if !party.organization.trusts(seen_from) {
        return None;
    }
    let client = circumstances.client?;
    let entries = party.organization.parts().wiremap.iter();
    let subnets = entries.filter_map(|entry| match &entry.seen {
        Whereabouts::Subnet(network) if network.contains(client) => Some((network.prefix(), entry.location)),
        Whereabouts::Subnet(_)
        | Whereabouts::AccessPoint(_)
        | Whereabouts::Port { .. }
        | Whereabouts::Switch(_) => None,
    });
    let (_, location) = subnets.max_by_key(|(prefix, _)| *prefix)?;
    why.note(About::Emergency, "the place is that of the network");
    Some(location)
}

fn notification(party: &Party<'_>, number: &str, why: &mut Why) -> Option<Notification> {
    let PolicyHolder::Person(_) = party.who else { return None };
    let of_site = party.site.and_then(|site| {
        let policy: &EmergencyCallingPolicy = party.organization.policy(site.emergency_calling.as_ref()?)?;
        Some((policy, rule_of(policy, &AssignedBy::Site(site.name.clone()))))
    });
    let (policy, rule) = of_site.or_else(|| party.policy())?;
    let other = policy.extended.iter().find(|(digits, _)| **digits == *number);
    let notification = match other {
        Some((_, notification)) => notification.clone(),
        None => policy.notification.clone(),
    };
    let found = match &notification {
        Some(notification) => format!("{} on the security desk are told", notification.group.len()),
        None => "nobody on the security desk is told".to_owned(),
    };
    why.rule(About::Emergency, rule, found);
    notification
}
