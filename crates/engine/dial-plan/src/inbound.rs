//! Calls from the public network: numbers as gateways write them, and callers who are turned away
//! (contract: Teams Phone §1.10, §1.11).

use tenant::Directory;
use tenant::organization::{Gateway, Organization, Pattern, PolicyHolder, ResourceAccount};

use crate::circumstances::Circumstances;
use crate::gateways::{may_enter, translate};
use crate::party::Party;
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::why::{About, Rule, Why};

/// The called number as the rules of the gateway have it that a call came in by.
pub(crate) fn called(
    directory: &Directory,
    principal: Principal<'_>,
    text: &str,
    why: &mut Why,
) -> Option<String> {
    let (organization, gateway) = gateway(directory, principal)?;
    Some(translate(organization, &gateway.inbound_called, text, why))
}

fn gateway<'a>(
    directory: &'a Directory,
    principal: Principal<'_>,
) -> Option<(&'a Organization, &'a Gateway)> {
    let Principal::Trunk(name) = principal else { return None };
    let organization = directory.organization(directory.trunk(name)?.tenant)?;
    Some((organization, organization.gateway(name)?))
}

/// Whether a caller gets through to somebody; to a resource account instead where a block says so.
pub(crate) fn check<'a>(
    directory: &Directory,
    principal: Principal<'_>,
    callee: &Party<'a>,
    circumstances: &Circumstances<'_>,
    why: &mut Why,
) -> Result<Option<&'a ResourceAccount>, Refusal> {
    let by = gateway(directory, principal);
    if let Some((_, gateway)) = by
        && !may_enter(gateway, callee, why)
    {
        return Err(Refusal::TollBypass);
    }
    let Some(calling) = circumstances.calling else { return Ok(None) };
    let calling = match by {
        Some((organization, gateway)) => {
            translate(organization, &gateway.inbound_calling, calling.as_str(), why)
        }
        None => calling.to_string(),
    };
    if let PolicyHolder::Person(person) = callee.who
        && person.blocked_numbers.iter().any(|pattern| fits(pattern, &calling, "blocked number", why))
    {
        why.note(About::Block, format!("{} does not want calls from {calling}", callee.name()));
        return Err(Refusal::Blocked);
    }
    let parts = callee.organization.parts();
    let blocks = parts.blocks.iter().filter(|block| block.enabled);
    let Some(block) = blocks.into_iter().find(|block| fits(&block.pattern, &calling, "inbound block", why))
    else {
        return Ok(None);
    };
    let exempts = parts.exempts.iter().filter(|exempt| exempt.enabled);
    if let Some(exempt) =
        exempts.into_iter().find(|exempt| fits(&exempt.pattern, &calling, "inbound exempt", why))
    {
        let rule = Rule::new("inbound exempt", &exempt.name);
        why.rule(About::Block, rule, format!("{calling} gets through, whatever {} says", block.name));
        return Ok(None);
    }
    let rule = Rule::new("inbound block", &block.name);
    match block.redirect.and_then(|id| callee.organization.account(id)) {
        Some(account) => {
            let found = format!("{calling} is sent to {}", account.user_principal_name);
            why.rule(About::Block, rule, found);
            Ok(Some(account))
        }
        None => {
            why.rule(About::Block, rule, format!("{calling} is blocked"));
            Err(Refusal::Blocked)
        }
    }
}

fn fits(pattern: &Pattern, calling: &str, kind: &str, why: &mut Why) -> bool {
    pattern.is_match(calling).unwrap_or_else(|gave_up| {
        why.rule(About::Block, Rule::new(kind, pattern), gave_up.to_string());
        false
    })
}
