//! Calls for help: recognized from the digits as keyed, before anything else
//! (contract: Teams Phone §1.13, §1.15, §1.16).

use identifier::{ObjectId, PhoneNumber, UserId};
use tenant::organization::{
    AssignedBy, EmergencyCallRoutingPolicy, EmergencyCallingPolicy, EmergencyNumber, Name, Notification,
    PolicyHolder, Whereabouts,
};
use tenant::{Country, Directory};

use crate::circumstances::Circumstances;
use crate::party::{Party, rule_of};
use crate::why::{About, Rule, Why};

/// What people in the United States dial to hear what those who help would be told (contract: Teams Phone §1.16).
const TEST_NUMBER: &str = "933";

/// A number for help, as it was recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelpDialled<'a> {
    /// The number that is called.
    pub number: &'a str,
    /// Whether it reaches nobody: the platform says itself what help would be told.
    pub is_test: bool,
    /// What the policy says of it that names it.
    pub(crate) known: Option<&'a EmergencyNumber>,
}

impl<'a> HelpDialled<'a> {
    /// A number that calls for help everywhere on the platform.
    pub(crate) fn everywhere(number: &'a str) -> Self {
        Self { number, is_test: false, known: None }
    }
}

/// What those who help are told, and who else is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// The number that they see, and call back.
    pub callback: Option<PhoneNumber>,
    /// Whether a call to that number within the hour reaches whoever called for help, whatever else it leads to.
    pub reserves: bool,
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
) -> Option<HelpDialled<'a>> {
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
            return Some(HelpDialled { known: Some(number), ..HelpDialled::everywhere(&number.dial_string) });
        }
    }
    if let Some(number) = directory.emergency_number(dialled) {
        why.note(About::Emergency, format!("{number} calls for help, as everywhere on this platform"));
        return Some(HelpDialled::everywhere(number));
    }
    if digits == TEST_NUMBER && party.country() == Country::US {
        why.note(About::Emergency, format!("{digits} tests calls for help, and reaches nobody"));
        return Some(HelpDialled { is_test: true, ..HelpDialled::everywhere(TEST_NUMBER) });
    }
    None
}

/// What belongs to a call for help of this party.
pub(crate) fn prepare(
    party: &Party<'_>,
    circumstances: &Circumstances<'_>,
    dialled: HelpDialled<'_>,
    caller: Option<UserId>,
    why: &mut Why,
) -> Help {
    let mut help = Help { usage: dialled.known.and_then(|known| known.usage.clone()), ..Help::default() };
    let own = party.own_number();
    let placing = own.or_else(|| party.shared().map(|(_, number, _, _)| number));
    help.callback = placing.map(|held| held.number.clone());
    match &help.callback {
        Some(number) if own.is_some_and(|own| own.extension.is_none()) => {
            help.reserves = matches!(party.who, PolicyHolder::Person(_));
            why.note(About::Emergency, format!("help sees {number} and calls it back; no policy hides it"));
        }
        // Others are called under it as well: to reserve it for one of them would take it from all.
        Some(shared) => {
            let pool = party.pool();
            let numbers = pool.as_ref().map_or(&[][..], |(policy, _)| &policy.emergency_numbers);
            let reserved = reserve(numbers, circumstances.reserved, caller);
            let found = match &reserved {
                Some(number) => format!("{number} is reserved for the caller, so that help can call back"),
                None => format!(
                    "help that calls back reaches whoever answers {shared}, and not the caller: add emergency numbers"
                ),
            };
            match pool {
                Some((_, rule)) => why.rule(About::Emergency, rule, found),
                None => why.note(About::Emergency, found),
            }
            help.reserves = reserved.is_some();
            help.callback = reserved.or(help.callback);
        }
        None => {
            why.note(About::Emergency, "there is no number that help could call back");
        }
    }
    help.location = dynamic_location(party, circumstances, why).or_else(|| {
        let location = placing.and_then(|held| held.location)?;
        why.note(About::Emergency, "the place is that of the number");
        Some(location)
    });
    if help.location.is_none() {
        why.note(About::Emergency, "no place is known; the call is made all the same");
    }
    help.notification = notification(party, dialled.number, why);
    help
}

/// The number of a pool that is reserved for somebody: one that is reserved for them already, the next one that is
/// free, or else the one that was reserved longest ago (contract: Teams Phone §1.18).
fn reserve(
    pool: &[PhoneNumber],
    reserved: &[(PhoneNumber, UserId)],
    caller: Option<UserId>,
) -> Option<PhoneNumber> {
    let mut of_pool = reserved.iter().filter(|(number, _)| pool.contains(number));
    if let Some((number, _)) = of_pool.clone().find(|(_, user)| Some(*user) == caller) {
        return Some(number.clone());
    }
    let is_free = |number: &&PhoneNumber| !reserved.iter().any(|(other, _)| other == *number);
    let free = pool.iter().find(is_free);
    free.or_else(|| of_pool.next().map(|(number, _)| number)).or(pool.first()).cloned()
}

/// The routing policy: that of the site, else the caller's.
fn routing_policy<'a>(party: &Party<'a>) -> Option<(&'a EmergencyCallRoutingPolicy, Rule)> {
    let of_site = party.site.and_then(|site| {
        let policy = party.organization.policy(site.emergency_call_routing.as_ref()?)?;
        Some((policy, rule_of(policy, &AssignedBy::Site(site.name.clone()))))
    });
    of_site.or_else(|| party.policy())
}

/// Where the caller's client is, as far as the location information service knows: by access point, else by port,
/// else by switch, else by the smallest subnet (contract: Teams Phone §1.14).
fn dynamic_location(party: &Party<'_>, circumstances: &Circumstances<'_>, why: &mut Why) -> Option<ObjectId> {
    let seen_from = circumstances.seen_from?;
    if !party.organization.trusts(seen_from) {
        return None;
    }
    let entries = party.organization.parts().wiremap.iter();
    let known = entries.filter_map(|entry| Some((rank(&entry.seen, circumstances)?, entry)));
    let (_, entry) = known.max_by_key(|(rank, _)| *rank)?;
    let found = match &entry.seen {
        Whereabouts::AccessPoint(_) => "the place is that of the access point",
        Whereabouts::Port { .. } => "the place is that of the port of the switch",
        Whereabouts::Switch(_) => "the place is that of the switch",
        Whereabouts::Subnet(_) => "the place is that of the network",
    };
    why.note(About::Emergency, found);
    Some(entry.location)
}

/// How much an entry says of where a client is; nothing when it is about others.
fn rank(seen: &Whereabouts, circumstances: &Circumstances<'_>) -> Option<(u8, usize)> {
    let is = |here: Option<&str>, there: &str| here.is_some_and(|here| here.eq_ignore_ascii_case(there));
    match seen {
        Whereabouts::AccessPoint(pattern) => {
            let exact = pattern.trim_end_matches('*');
            let here = circumstances.access_point?;
            let begins = here.get(..exact.len()).is_some_and(|start| start.eq_ignore_ascii_case(exact));
            let fits = begins && here.len() == pattern.len();
            fits.then_some((3, exact.len()))
        }
        Whereabouts::Port { chassis, port } => {
            (is(circumstances.chassis, chassis) && is(circumstances.port, port)).then_some((2, 0))
        }
        Whereabouts::Switch(chassis) => is(circumstances.chassis, chassis).then_some((1, 0)),
        Whereabouts::Subnet(network) => {
            let client = circumstances.client?;
            network.contains(client).then_some((0, usize::from(network.prefix())))
        }
    }
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
        Some(notification) => format!("the security desk is told: {}", notification.group.join(", ")),
        None => "no security desk is told".to_owned(),
    };
    why.rule(About::Emergency, rule, found);
    notification
}
