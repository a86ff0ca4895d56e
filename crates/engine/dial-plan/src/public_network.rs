//! Whether somebody of an organization may call a number in the public network
//! (contract: Teams Phone §1.2, §1.11).

use identifier::PhoneNumber;
use tenant::organization::{DialOut, PolicyHolder};

use crate::country::country_of;
use crate::party::Party;
use crate::refusal::Refusal;
use crate::why::{About, Why};

/// Licences, policies, a number to call with, and how far calls may go.
pub(crate) fn check(party: &Party<'_>, number: &PhoneNumber, why: &mut Why) -> Result<(), Refusal> {
    match party.who {
        PolicyHolder::Person(person) => {
            if let Some((policy, rule)) = party.calling()
                && !policy.private_calling
            {
                why.rule(About::Restriction, rule, format!("{} has no calls", party.name()));
                return Err(Refusal::NotEnabled);
            }
            if !(person.licences.teams && person.licences.phone_system && person.enterprise_voice) {
                let found = format!("{} needs Teams, Teams Phone and enterprise voice", party.name());
                why.note(About::Restriction, found);
                return Err(Refusal::NotEnabled);
            }
        }
        PolicyHolder::Account(account) => {
            if !account.licensed {
                why.note(About::Restriction, format!("{} has no licence", party.name()));
                return Err(Refusal::NotEnabled);
            }
        }
    }
    if party.connectivity().is_none() {
        why.note(About::Restriction, format!("{} has no number and shares none", party.name()));
        return Err(Refusal::NoNumber);
    }
    restriction(party, number, why)
}

fn restriction(party: &Party<'_>, number: &PhoneNumber, why: &mut Why) -> Result<(), Refusal> {
    let (dial_out, rule) = party.dial_out();
    let (may, found) = match dial_out {
        DialOut::International => (true, "calls may go everywhere".to_owned()),
        DialOut::Disabled => (false, "calls may go nowhere".to_owned()),
        DialOut::Domestic => match country_of(number) {
            Some(country) if country == party.country() => {
                (true, format!("{number} is in {country} as well"))
            }
            Some(country) => {
                (false, format!("{number} is in {country}, and calls may go within {}", party.country()))
            }
            None => {
                (false, format!("{number} is in no country, and calls may go within {}", party.country()))
            }
        },
    };
    match rule {
        Some(rule) => why.rule(About::Restriction, rule, found),
        None => why.note(About::Restriction, found),
    }
    if may { Ok(()) } else { Err(Refusal::Restricted) }
}
