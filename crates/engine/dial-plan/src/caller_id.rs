//! What callees in the public network see of a caller (contract: Teams Phone §1.8).

use identifier::PhoneNumber;
use tenant::organization::{CallerIdPolicy, CallerIdSubstitute, PolicyHolder};

use crate::party::Party;
use crate::why::{About, Why};

/// What a callee sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The number; anonymous when absent.
    pub number: Option<PhoneNumber>,
    /// The name.
    pub name: Option<Box<str>>,
}

/// What the public network sees of a call of this party: by its policy, its own wish, the number it shares,
/// its own number, in this order.
pub(crate) fn shown(party: &Party<'_>, why: &mut Why) -> Shown {
    let policy = party.policy::<CallerIdPolicy>();
    let name = match policy.as_ref().and_then(|(policy, _)| policy.company.clone()) {
        Some(company) => Some(company),
        None => Some(match party.who {
            PolicyHolder::Person(person) => person.display_name.clone(),
            PolicyHolder::Account(account) => account.display_name.clone(),
        }),
    };
    if let Some((policy, rule)) = policy {
        if policy.substitute == CallerIdSubstitute::Anonymous {
            why.rule(About::CallerId, rule, "the caller is anonymous");
            return Shown::default();
        }
        if policy.person_may_hide
            && let PolicyHolder::Person(person) = party.who
            && person.hides_number
        {
            why.rule(About::CallerId, rule, "the caller chose to be anonymous");
            return Shown::default();
        }
        if let CallerIdSubstitute::ResourceAccount(id) = policy.substitute {
            match party.organization.number_of_account(id) {
                Some(held) => {
                    why.rule(
                        About::CallerId,
                        rule,
                        format!("{} of a resource account is shown", held.number),
                    );
                    return Shown { number: Some(held.number.clone()), name };
                }
                None => why.rule(About::CallerId, rule, "its resource account has no number"),
            }
        }
    }
    if let Some((_, held, _, rule)) = party.shared() {
        why.rule(About::CallerId, rule, format!("{} is shown, which is shared", held.number));
        return Shown { number: Some(held.number.clone()), name };
    }
    match party.own_number() {
        Some(held) => {
            why.note(About::CallerId, format!("{} is shown, the caller's own", held.number));
            Shown { number: Some(held.number.clone()), name }
        }
        None => {
            why.note(About::CallerId, "there is no number to show");
            Shown { number: None, name }
        }
    }
}
