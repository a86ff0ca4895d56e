//! What must hold of all objects of a tenant together: names that lead somewhere, licences, who may hold a number.
//!
//! What held before a change still holds of whatever the change does not touch, and is not looked at again.

use std::collections::{HashMap, HashSet};

use tenant_document::{
    Capability, Kind, License, NumberType, Object, Objects, PhoneNumber, ResourceAccount, TargetKind, User,
    folded, same_name,
};

use crate::compile::{pattern, rewrite};
use crate::names::{Names, called, ids_of};

/// What is wrong with an object among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectFault {
    pub kind: Kind,
    pub identity: String,
    pub field: String,
    pub value: Option<String>,
    pub reason: String,
}

/// Tells to whom a number belongs that is of others than this tenant's telephone system.
pub(crate) type ForeignNumbers<'a> = dyn Fn(&str) -> Option<String> + 'a;

struct Gate<'a> {
    objects: &'a Objects,
    names: Names<'a>,
    /// What may be other than before.
    changed: HashMap<Kind, Vec<&'a Object>>,
    /// Kinds of which something is new or gone, or has another id.
    renamed: HashSet<Kind>,
    faults: Vec<ObjectFault>,
}

/// So many names are sooner compared than looked up.
const FEW: usize = 4;
/// How many resource accounts are licensed without any seat of Teams Phone.
const FREE_ACCOUNTS: usize = 25;
/// How many seats of Teams Phone license one more.
const SEATS_OF_AN_ACCOUNT: usize = 10;

/// Everything that does not hold, where all held before.
pub(crate) fn check(objects: &Objects, before: &Objects, foreign: &ForeignNumbers<'_>) -> Vec<ObjectFault> {
    let (mut changed, mut renamed) = (HashMap::new(), HashSet::new());
    for kind in Kind::ALL {
        let differing = objects.differing(before, *kind);
        let is_renamed = |(was, is): &(Option<&Object>, Option<&Object>)| match (was, is) {
            (Some(was), Some(is)) => ids_of(was) != ids_of(is),
            _ => true,
        };
        if differing.iter().any(is_renamed) {
            renamed.insert(*kind);
        }
        if !differing.is_empty() {
            changed.insert(*kind, differing.into_iter().filter_map(|(_, is)| is).collect());
        }
    }
    let mut gate = Gate { objects, names: Names::of(objects), changed, renamed, faults: Vec::new() };
    gate.references();
    gate.domains();
    gate.licenses();
    gate.ids();
    gate.numbers(foreign);
    gate.circles();
    gate.treatments();
    gate.shared_calling();
    gate.patterns();
    gate.phones();
    gate.networks();
    gate.faults
}

/// The objects that name this one: `user alice@contoso.example (policies.callingPolicy)`.
pub(crate) fn users_of(objects: &Objects, object: &Object) -> Vec<String> {
    let mut known = vec![folded(&object.identity())];
    known.extend(ids_of(object).into_iter().flatten().map(|id| id.to_ascii_lowercase()));
    let mut users = Vec::new();
    for user in objects.iter() {
        for reference in user.references() {
            if reference.kinds.contains(&object.kind()) && known.contains(&folded(&reference.name)) {
                users.push(format!(
                    "{} {} uses it ({})",
                    user.kind().noun(),
                    user.identity(),
                    reference.field
                ));
            }
        }
    }
    users
}

impl<'a> Gate<'a> {
    fn refuse(
        &mut self,
        kind: Kind,
        identity: &str,
        field: &str,
        value: Option<&str>,
        reason: impl Into<String>,
    ) {
        self.faults.push(ObjectFault {
            kind,
            identity: identity.to_owned(),
            field: field.to_owned(),
            value: value.map(|value| format!("{value:?}")),
            reason: reason.into(),
        });
    }

    /// Whether something of these kinds may be other than before.
    fn is_changed(&self, kinds: &[Kind]) -> bool {
        kinds.iter().any(|kind| self.changed.contains_key(kind))
    }

    /// What may be other than before.
    fn changed(&self, kind: Kind) -> impl Iterator<Item = &'a Object> + use<'a> {
        self.changed.get(&kind).cloned().unwrap_or_default().into_iter()
    }

    fn references(&mut self) {
        // Names that led somewhere may lead nowhere any more.
        let objects: Vec<&Object> = match self.renamed.is_empty() {
            true => Kind::ALL.iter().flat_map(|kind| self.changed(*kind)).collect(),
            false => self.objects.iter().collect(),
        };
        for object in objects {
            for reference in object.references() {
                let is_global = same_name(&reference.name, "Global");
                let known = self.names.find_any(reference.kinds, &reference.name).is_some()
                    || (is_global && reference.kinds.iter().any(|kind| kind.has_global()));
                if !known {
                    let kinds: Vec<String> =
                        reference.kinds.iter().map(|kind| kind.noun().replace('-', " ")).collect();
                    let reason = format!("there is no {} of this name", kinds.join(" or "));
                    let (kind, identity) = (object.kind(), object.identity());
                    self.refuse(kind, &identity, &reference.field, Some(&reference.name), reason);
                }
            }
        }
    }

    fn domains(&mut self) {
        let Some(tenant) = self.objects.tenant() else { return };
        let is_within = |host: &str| {
            let host = host.to_ascii_lowercase();
            tenant.domains.iter().any(|domain| {
                let domain = domain.to_ascii_lowercase();
                host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
            })
        };
        let domains = tenant.domains.join(", ");
        let everybody = self.is_changed(&[Kind::Tenant]);
        let all = |kind: Kind| -> Vec<&Object> {
            if everybody { self.objects.of(kind).collect() } else { self.changed(kind).collect() }
        };
        let mut strangers = Vec::new();
        for object in all(Kind::User).into_iter().chain(all(Kind::ResourceAccount)) {
            let name = object.identity();
            let domain = name.split_once('@').map_or("", |(_, domain)| domain);
            if !tenant.domains.iter().any(|own| own.eq_ignore_ascii_case(domain)) {
                let reason = format!("{domain} is no domain of the tenant; its domains are {domains}");
                strangers.push((object.kind(), name, "userPrincipalName", reason));
            }
        }
        for gateway in
            all(Kind::PstnGateway).into_iter().map(Object::identity).filter(|fqdn| !is_within(fqdn))
        {
            let reason = format!("it must be in a domain of the tenant; its domains are {domains}");
            strangers.push((Kind::PstnGateway, gateway, "fqdn", reason));
        }
        for (kind, name, field, reason) in strangers {
            self.refuse(kind, &name, field, Some(&name), reason);
        }
    }

    fn licenses(&mut self) {
        let objects = self.objects;
        let users = self.changed(Kind::User).filter_map(|object| match object {
            Object::User(user) => Some(&**user),
            _ => None,
        });
        for user in users.filter(|user| !user.licenses.contains(&License::TeamsPhone)) {
            let name = &user.user_principal_name;
            let wants = "it wants the license TeamsPhone; add that to licenses";
            if user.enterprise_voice_enabled {
                self.refuse(Kind::User, name, "enterpriseVoiceEnabled", Some("true"), wants);
            }
            if user.calling_settings != Default::default() {
                self.refuse(Kind::User, name, "callingSettings", None, wants);
            }
        }
        if !self.is_changed(&[Kind::User, Kind::ResourceAccount]) {
            return;
        }
        let seats = objects.users().filter(|user| user.licenses.contains(&License::TeamsPhone)).count();
        let most = FREE_ACCOUNTS + seats / SEATS_OF_AN_ACCOUNT;
        let licensed: Vec<&ResourceAccount> =
            objects.resource_accounts().filter(|account| account.is_licensed()).collect();
        for account in licensed.iter().skip(most) {
            let reason = format!(
                "{} accounts have the license TeamsPhoneResourceAccount, and there are {most}: {FREE_ACCOUNTS}, and one \
                 more for each {SEATS_OF_AN_ACCOUNT} people with TeamsPhone",
                licensed.len()
            );
            self.refuse(Kind::ResourceAccount, &account.user_principal_name, "licenses", None, reason);
        }
    }

    /// An id is that of one object, and a name that of a person or of an account.
    fn ids(&mut self) {
        let kinds = [Kind::User, Kind::ResourceAccount];
        if !kinds.iter().any(|kind| self.renamed.contains(kind)) {
            return;
        }
        let mut seen: HashMap<String, &Object> = HashMap::new();
        for object in kinds.iter().flat_map(|kind| self.objects.of(*kind)).collect::<Vec<_>>() {
            let name = object.identity();
            if let [Some(id), _] = ids_of(object)
                && let Some(other) = seen.insert(id.to_ascii_lowercase(), object)
            {
                let reason = format!("{} has this id", other.identity());
                self.refuse(object.kind(), &name, "objectId", Some(id), reason);
            }
        }
        for account in self.objects.of(Kind::ResourceAccount).map(Object::identity).collect::<Vec<_>>() {
            if self.objects.get(Kind::User, &account).is_some() {
                let reason = "a person has this name; an account wants one of its own";
                self.refuse(Kind::ResourceAccount, &account, "userPrincipalName", Some(&account), reason);
            }
        }
    }

    fn consents_to(&self, operator: &str) -> bool {
        let tenant = self.objects.tenant();
        tenant.is_some_and(|tenant| tenant.operators.iter().any(|one| one.eq_ignore_ascii_case(operator)))
    }

    /// Numbers that may be held otherwise than before: changed ones, and all of whoever holds one of them or has
    /// changed.
    fn touched_numbers(&self) -> Vec<&'a PhoneNumber> {
        let changed: HashSet<&str> = self
            .changed(Kind::PhoneNumber)
            .filter_map(|object| match object {
                Object::PhoneNumber(number) => Some(number.telephone_number.as_str()),
                _ => None,
            })
            .collect();
        let mut holders: HashSet<String> = HashSet::new();
        for object in self.changed(Kind::User).chain(self.changed(Kind::ResourceAccount)) {
            holders.extend(called(object));
        }
        for object in self.changed(Kind::PhoneNumber) {
            let Object::PhoneNumber(number) = object else { continue };
            let holder = number.assigned_pstn_target_id.as_deref();
            if let Some(holder) = holder.and_then(|name| self.names.principal(name)) {
                holders.extend(called(holder));
            }
        }
        // An operator may be among those consented to no more.
        if self.is_changed(&[Kind::Tenant]) {
            return self.objects.phone_numbers().collect();
        }
        if changed.is_empty() && holders.is_empty() {
            return Vec::new();
        }
        let is_among = |name: &String| match holders.len() {
            0..=FEW => holders.iter().any(|holder| holder.eq_ignore_ascii_case(name)),
            _ => holders.contains(&folded(name)),
        };
        let is_touched = |number: &&PhoneNumber| {
            number.assigned_pstn_target_id.as_ref().is_some_and(is_among)
                || (!changed.is_empty() && changed.contains(number.telephone_number.as_str()))
        };
        self.objects.phone_numbers().filter(is_touched).collect()
    }

    fn numbers(&mut self, foreign: &ForeignNumbers<'_>) {
        let mut primaries: HashSet<(Kind, String)> = HashSet::new();
        for number in self.touched_numbers() {
            let name = &number.telephone_number;
            if let Some(operator) = number.pstn_partner_name.as_ref()
                && number.number_type == NumberType::OperatorConnect
                && !self.consents_to(operator)
            {
                let reason =
                    "the company has not consented to this operator; add it to operators of the tenant";
                self.refuse(Kind::PhoneNumber, name, "pstnPartnerName", Some(operator), reason);
            }
            if let Some(owner) = foreign(name.split(';').next().unwrap_or(name)) {
                let reason = format!("it belongs to {owner}; a number has one holder");
                self.refuse(Kind::PhoneNumber, name, "telephoneNumber", Some(name), reason);
            }
            let Some(target) = &number.assigned_pstn_target_id else { continue };
            let Some(holder) = self.names.principal(target) else { continue };
            let refused = match holder {
                Object::User(user) => user_may_hold(user, number),
                Object::ResourceAccount(account) => account_may_hold(account, number),
                _ => None,
            };
            if let Some(reason) = refused {
                self.refuse(Kind::PhoneNumber, name, "assignedPstnTargetId", Some(target), reason);
            }
            let is_account = holder.kind() == Kind::ResourceAccount;
            let is_primary = number.assignment_category == tenant_document::AssignmentCategory::Primary;
            let key = (holder.kind(), holder.identity().to_lowercase());
            if (is_primary || is_account) && !primaries.insert(key) {
                let reason = match is_account {
                    true => "the account has a number; it has only one",
                    false => "this person has a primary number; make one of them Private or Alternate",
                };
                self.refuse(Kind::PhoneNumber, name, "assignedPstnTargetId", Some(target), reason);
            }
        }
    }

    /// Who forwards all calls to each other in a circle never rings.
    fn circles(&mut self) {
        if !self.is_changed(&[Kind::User]) {
            return;
        }
        let next = |user: &User| {
            let settings = &user.calling_settings;
            let at_once = settings.is_forwarding_enabled
                && settings.forwarding_type == tenant_document::ForwardingType::Immediate
                && settings.forwarding_target_type == Some(TargetKind::SingleTarget);
            let target = settings.forwarding_target.as_ref().filter(|_| at_once)?;
            match self.names.find(Kind::User, target)? {
                Object::User(user) => Some(&**user),
                _ => None,
            }
        };
        let mut settled: HashMap<&str, usize> = HashMap::new();
        let mut found = Vec::new();
        for (round, start) in self.objects.users().filter(|user| next(user).is_some()).enumerate() {
            let (mut user, mut way) = (start, vec![start.user_principal_name.as_str()]);
            while settled.insert(&user.user_principal_name, round).is_none() {
                let Some(after) = next(user) else { break };
                user = after;
                way.push(&user.user_principal_name);
                if settled.get(user.user_principal_name.as_str()) == Some(&round) {
                    let begin = way.iter().position(|name| *name == user.user_principal_name).unwrap_or(0);
                    found.push((user.user_principal_name.clone(), way[begin..].join(" to ")));
                    break;
                }
            }
        }
        for (name, way) in found {
            let reason = format!("calls go round in a circle, {way}, and nobody rings; end it somewhere");
            self.refuse(Kind::User, &name, "callingSettings.forwardingTarget", None, reason);
        }
    }

    fn treatments(&mut self) {
        let mut priorities: HashMap<u32, &str> = HashMap::new();
        for treatment in self.objects.unassigned_number_treatments() {
            if let Some(other) = priorities.insert(treatment.treatment_priority, &treatment.identity) {
                let reason = format!("{other} has this priority; each treatment wants its own");
                let value = treatment.treatment_priority.to_string();
                let name = &treatment.identity;
                self.refuse(Kind::UnassignedNumberTreatment, name, "treatmentPriority", Some(&value), reason);
            }
        }
        for block in self.objects.inbound_blocked_number_patterns() {
            let Some(account) = &block.resource_account else { continue };
            let is_plan = |number: &&PhoneNumber| number.number_type == NumberType::CallingPlan;
            let held =
                self.names.find(Kind::ResourceAccount, account).map(|held| self.names.numbers_of(held));
            if held.unwrap_or_default().iter().any(is_plan) {
                let reason = "calls to numbers of CallingPlan cannot be sent elsewhere; refuse them, or use an \
                              account with a number of DirectRouting or OperatorConnect";
                let name = &block.identity;
                self.refuse(
                    Kind::InboundBlockedNumberPattern,
                    name,
                    "resourceAccount",
                    Some(account),
                    reason,
                );
            }
        }
    }

    fn number_of(&self, account: &str) -> Option<&'a PhoneNumber> {
        self.names.numbers_of(self.names.find(Kind::ResourceAccount, account)?).first().copied()
    }

    fn shared_calling(&mut self) {
        let mut pooled: HashMap<&str, &str> = HashMap::new();
        let objects = self.objects;
        for policy in objects.shared_calling_routing_policies() {
            let name = &policy.identity;
            let shown = policy.resource_account.as_ref().and_then(|account| self.number_of(account));
            if let Some(shown) = shown
                && shown.location_id.is_none()
                && shown.civic_address_id.is_none()
            {
                let reason =
                    format!("its number {} has no place; write locationId there", shown.telephone_number);
                self.refuse(
                    Kind::SharedCallingRoutingPolicy,
                    name,
                    "resourceAccount",
                    policy.resource_account.as_deref(),
                    reason,
                );
            }
            for (index, text) in policy.emergency_numbers.iter().enumerate() {
                let field = format!("emergencyNumbers[{index}]");
                if let Some(other) = pooled.insert(text, name) {
                    let reason = format!("it is among those of {other}; a number is in one policy");
                    self.refuse(Kind::SharedCallingRoutingPolicy, name, &field, Some(text), reason);
                }
                let Some(Object::PhoneNumber(number)) = objects.get(Kind::PhoneNumber, text) else {
                    continue;
                };
                if let Some(reason) = may_not_be_pooled(number, shown) {
                    self.refuse(Kind::SharedCallingRoutingPolicy, name, &field, Some(text), reason);
                }
            }
        }
    }

    fn patterns(&mut self) {
        let kinds = [
            Kind::TenantDialPlan,
            Kind::TranslationRule,
            Kind::VoiceRoute,
            Kind::InboundBlockedNumberPattern,
            Kind::InboundExemptNumberPattern,
            Kind::UnassignedNumberTreatment,
        ];
        for object in kinds.into_iter().flat_map(|kind| self.changed(kind)).collect::<Vec<_>>() {
            let (field, text, read) = match object {
                Object::TenantDialPlan(plan) => {
                    for (index, rule) in plan.normalization_rules.iter().enumerate() {
                        let field = format!("normalizationRules[{index}].pattern");
                        let read = rewrite(&rule.pattern, &rule.translation).map(drop);
                        self.pattern(Kind::TenantDialPlan, &plan.identity, &field, &rule.pattern, read);
                    }
                    continue;
                }
                Object::TranslationRule(rule) => {
                    ("pattern", &rule.pattern, rewrite(&rule.pattern, &rule.translation).map(drop))
                }
                Object::VoiceRoute(route) => {
                    ("numberPattern", &route.number_pattern, pattern(&route.number_pattern).map(drop))
                }
                Object::InboundBlockedNumberPattern(one) => {
                    ("pattern", &one.pattern, pattern(&one.pattern).map(drop))
                }
                Object::InboundExemptNumberPattern(one) => {
                    ("pattern", &one.pattern, pattern(&one.pattern).map(drop))
                }
                Object::UnassignedNumberTreatment(one) => {
                    ("pattern", &one.pattern, pattern(&one.pattern).map(drop))
                }
                _ => continue,
            };
            self.pattern(object.kind(), &object.identity(), field, text, read);
        }
    }

    fn pattern(&mut self, kind: Kind, identity: &str, field: &str, text: &str, read: Result<(), String>) {
        if let Err(reason) = read {
            self.refuse(kind, identity, field, Some(text), reason);
        }
    }

    /// A SIP phone belongs to one person.
    fn phones(&mut self) {
        if !self.is_changed(&[Kind::User]) {
            return;
        }
        let mut owners: HashMap<&str, &str> = HashMap::new();
        for user in self.objects.users() {
            for (index, phone) in user.phones.iter().enumerate() {
                if let Some(other) = owners.insert(&phone.name, &user.user_principal_name)
                    && other != user.user_principal_name
                {
                    let (name, field) = (&user.user_principal_name, format!("phones[{index}].name"));
                    self.refuse(
                        Kind::User,
                        name,
                        &field,
                        Some(&phone.name),
                        format!("it is the phone of {other}"),
                    );
                }
            }
        }
    }

    fn networks(&mut self) {
        let places = self.objects.tenant_dial_plans().map(|plan| {
            (plan.simple_name.clone().unwrap_or_else(|| plan.identity.clone()).to_lowercase(), &plan.identity)
        });
        let mut names: HashMap<String, &String> = HashMap::new();
        for (simple, identity) in places.collect::<Vec<_>>() {
            if let Some(other) = names.insert(simple.clone(), identity) {
                let reason = format!("the dial plan {other} has this short name");
                self.refuse(Kind::TenantDialPlan, identity, "simpleName", Some(&simple), reason);
            }
        }
    }
}

fn user_may_hold(user: &User, number: &PhoneNumber) -> Option<String> {
    let holds = |license: License| user.licenses.contains(&license);
    if !holds(License::TeamsPhone) {
        return Some("a person with a number wants the license TeamsPhone; add that to licenses".to_owned());
    }
    if number.number_type == NumberType::CallingPlan && !holds(License::CallingPlan) {
        return Some(
            "a number of CallingPlan wants the license CallingPlan; add that to licenses".to_owned(),
        );
    }
    if number.has_capability(Capability::UserAssignment) {
        return None;
    }
    if number.has_capability(Capability::TeamsPhoneMobile) && holds(License::TeamsPhoneMobile) {
        return None;
    }
    Some("this is a service number, and people cannot hold one; use one with UserAssignment".to_owned())
}

fn account_may_hold(account: &ResourceAccount, number: &PhoneNumber) -> Option<String> {
    if !account.is_licensed() {
        let reason =
            "an account without the license TeamsPhoneResourceAccount has no number; add that to licenses";
        return Some(reason.to_owned());
    }
    if !number.has_capability(Capability::VoiceApplicationAssignment) {
        let reason = "this number is for people; a resource account wants a service number, with the capability \
                      VoiceApplicationAssignment";
        return Some(reason.to_owned());
    }
    None
}

/// Why those who answer a call for help cannot call back by this number.
fn may_not_be_pooled(number: &PhoneNumber, shown: Option<&PhoneNumber>) -> Option<String> {
    if let Some(holder) = &number.assigned_pstn_target_id {
        return Some(format!("{holder} holds it; use a number that nobody holds"));
    }
    let shown = shown?;
    if number.number_type != shown.number_type {
        return Some(format!("the number of the account is of {:?}, and so must this be", shown.number_type));
    }
    if let (Some(own), Some(shown)) = (&number.iso_country_code, &shown.iso_country_code)
        && own != shown
    {
        return Some(format!("the number of the account is of {shown}, and so must this be"));
    }
    if shown.number_type == NumberType::CallingPlan && !number.has_capability(Capability::UserAssignment) {
        return Some(
            "numbers of CallingPlan in a pool are those for people; use one with UserAssignment".to_owned(),
        );
    }
    None
}
