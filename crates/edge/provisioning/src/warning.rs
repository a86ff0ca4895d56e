//! What may be meant so, and often is not.

use tenant_document::{CallingIdSubstitute, Kind, NumberType, Object, Objects};

use crate::names::Names;

/// What the administrator should know of; what is asked for tells whether this server has a communication resource of
/// an id, and the tenant a phone and an operator of a name.
pub(crate) fn warnings(
    objects: &Objects,
    has_resource: impl Fn(&str) -> bool,
    has_phone: impl Fn(&str) -> bool,
    has_operator: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut told = Vec::new();
    let names = Names::of(objects);
    let has_number = |account: &str| {
        let account = names.find(Kind::ResourceAccount, account);
        account.is_some_and(|account| !names.numbers_of(account).is_empty())
    };
    for account in objects.resource_accounts() {
        let name = &account.user_principal_name;
        match &account.acs_resource_id {
            Some(id) if !has_resource(id) => told.push(format!(
                "resource account {name}: no communication resource of this server has the id {id}; callers hear busy"
            )),
            Some(_) if !account.synchronized => told.push(format!(
                "resource account {name} is not synchronized; callers hear busy until `ringdown teams \
                 sync-resource-account {name}`"
            )),
            None if !account.is_first_party() && has_number(name) => told.push(format!(
                "resource account {name} has a number and no acsResourceId; callers hear busy"
            )),
            Some(_) | None => {}
        }
    }
    for policy in objects.calling_line_identities() {
        let account = policy.resource_account.as_deref().unwrap_or_default();
        if policy.calling_id_substitute == CallingIdSubstitute::Resource && !has_number(account) {
            told.push(format!("calling line identity {}: {account} has no number to show", policy.identity));
        }
    }
    for policy in objects.shared_calling_routing_policies() {
        let Some(account) = &policy.resource_account else { continue };
        if !has_number(account) {
            let name = &policy.identity;
            told.push(format!(
                "shared calling routing policy {name}: {account} has no number; calls out fail"
            ));
        }
        if policy.emergency_numbers.is_empty() {
            told.push(format!(
                "shared calling routing policy {}: without emergencyNumbers, those who answer a call for help call \
                 back {account}, and not the person",
                policy.identity
            ));
        }
    }
    let operators = objects.tenant().map(|tenant| tenant.operators.as_slice()).unwrap_or_default();
    for operator in operators.iter().filter(|operator| !has_operator(operator)) {
        told.push(format!(
            "operators: ringdown.toml names no trunk of {operator} for this tenant; it brings no calls"
        ));
    }
    let global = objects.get(Kind::VoiceRoutingPolicy, "Global");
    let routes_all =
        matches!(global, Some(Object::VoiceRoutingPolicy(policy)) if !policy.online_pstn_usages.is_empty());
    let others = objects.phone_numbers().any(|number| number.number_type != NumberType::DirectRouting);
    if routes_all && others {
        told.push(
            "voice routing policy Global has usages: calls of people with numbers of CallingPlan and OperatorConnect \
             leave by your session border controllers too, and shared calling does not work"
                .to_owned(),
        );
    }
    for user in objects.users() {
        for phone in user.phones.iter().filter(|phone| !has_phone(&phone.name)) {
            told.push(format!(
                "user {}: ringdown.toml names no phone {} for this tenant; nothing rings there",
                user.user_principal_name, phone.name
            ));
        }
    }
    told
}
