//! What dialled digits mean: the dial plan of the caller, then that of the caller's country
//! (contract: Teams Phone §1.9).

use identifier::PhoneNumber;
use tenant::organization::{DialPlan, LONGEST_SUBJECT};

use crate::country::dialled_in;
use crate::party::Party;
use crate::why::{About, Rule, Why};

/// What digits mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Normalized {
    /// A number, with digits behind it that only Direct Routing knows.
    Number(PhoneNumber, Option<Box<str>>),
    /// Digits within the organization, or nothing.
    Other(String),
}

/// What a rule of a dial plan makes of digits: the first that fits decides.
pub(crate) fn by_plan(plan: &DialPlan, rule: &Rule, dialled: &str, why: &mut Why) -> Option<String> {
    for entry in &plan.rules {
        let named = || Rule::new("normalization rule", &entry.name).by(format_args!("of {rule}"));
        match entry.rewrite.apply(dialled) {
            Ok(Some(text)) => {
                why.rule(About::Normalization, named(), format!("{dialled} becomes {text}"));
                return Some(text);
            }
            Ok(None) => {}
            Err(gave_up) => why.rule(About::Normalization, named(), gave_up.to_string()),
        }
    }
    None
}

/// What somebody means by what they dialled.
pub(crate) fn normalize(party: &Party<'_>, dialled: &str, why: &mut Why) -> Normalized {
    let plain: String = dialled.chars().filter(|letter| !" -.()/".contains(*letter)).collect();
    if plain.len() > LONGEST_SUBJECT {
        why.note(About::Normalization, "it is too long to be a number");
        return Normalized::Other(plain);
    }
    if plain.starts_with('+') {
        why.note(About::Normalization, format!("{plain} is written with its country"));
        return read(&plain);
    }
    let plan = party.policy::<DialPlan>();
    if let Some((plan, rule)) = &plan
        && let Some(text) = by_plan(plan, rule, &plain, why)
    {
        return match read(&text) {
            // A rule may leave the plus sign away.
            Normalized::Other(text) => dialled_in_country(party, &text, why),
            number @ Normalized::Number(..) => number,
        };
    }
    match plan {
        Some((_, rule)) => why.rule(About::Normalization, rule, format!("no rule fits {plain}")),
        None => why.note(About::Normalization, "there is no dial plan"),
    }
    dialled_in_country(party, &plain, why)
}

fn dialled_in_country(party: &Party<'_>, text: &str, why: &mut Why) -> Normalized {
    let country = party.country();
    match dialled_in(country, text) {
        Some(number) => {
            let rule = Rule::new("service-country dial plan", country);
            why.rule(About::Normalization, rule, format!("{text} becomes {number}"));
            Normalized::Number(number, None)
        }
        None => {
            why.note(About::Normalization, format!("{text} goes on as it is"));
            Normalized::Other(text.to_owned())
        }
    }
}

fn read(text: &str) -> Normalized {
    let (digits, extension) = match text.split_once(";ext=") {
        Some((digits, extension)) => (digits, Some(extension)),
        None => (text, None),
    };
    let is_sound = |extension: &&str| {
        (1..=16).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_digit())
    };
    match digits.parse() {
        Ok(number) => Normalized::Number(number, extension.filter(is_sound).map(Into::into)),
        Err(_) => Normalized::Other(text.to_owned()),
    }
}
