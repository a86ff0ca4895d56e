//! What must hold of all objects of a tenant together: names that lead somewhere, licences, who may hold a number.

use std::collections::{HashMap, HashSet};

use tenant_document::{
    Capability, Kind, License, NumberType, Object, Objects, PhoneNumber, ResourceAccount, TargetKind, User,
    same_name,
};

use crate::compile::{pattern, rewrite};
use crate::names::Names;

/// What is wrong with an object among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectFault {
    pub kind: Kind,
    pub identity: String,
    pub field: String,
    pub value: Option<String>,
    pub reason: String,
}

/// Numbers that belong to others than this tenant's telephone system, and to whom.
pub(crate) type ForeignNumbers = HashMap<String, String>;

struct Gate<'a> {
    objects: &'a Objects,
    names: Names<'a>,
    faults: Vec<ObjectFault>,
}

/// How many resource accounts are licensed without any seat of Teams Phone.
const FREE_ACCOUNTS: usize = 25;
/// How many seats of Teams Phone license one more.
const SEATS_OF_AN_ACCOUNT: usize = 10;

/// Everything that does not hold.
pub(crate) fn check(objects: &Objects, foreign: &ForeignNumbers) -> Vec<ObjectFault> {
    let mut gate = Gate { objects, names: Names::of(objects), faults: Vec::new() };
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
pub(crate) fn users_of(objects: &Objects, kind: Kind, identity: &str) -> Vec<String> {
    let names = Names::of(objects);
    let mut users = Vec::new();
    for object in objects.iter() {
        for reference in object.references() {
            let found = names.find_any(reference.kinds, &reference.name);
            if found.is_some_and(|found| found.kind() == kind && same_name(&found.identity(), identity)) {
                users.push(format!(
                    "{} {} uses it ({})",
                    object.kind().noun(),
                    object.identity(),
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

    fn references(&mut self) {
        for object in self.objects.iter() {
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
        let users = self.objects.users().map(|user| (Kind::User, &user.user_principal_name));
        let accounts = self.objects.resource_accounts();
        let accounts = accounts.map(|account| (Kind::ResourceAccount, &account.user_principal_name));
        let mut strangers = Vec::new();
        for (kind, name) in users.chain(accounts) {
            let domain = name.split_once('@').map_or("", |(_, domain)| domain);
            if !tenant.domains.iter().any(|own| own.eq_ignore_ascii_case(domain)) {
                let reason = format!("{domain} is no domain of the tenant; its domains are {domains}");
                strangers.push((kind, name.clone(), "userPrincipalName", reason));
            }
        }
        for gateway in self.objects.pstn_gateways().filter(|gateway| !is_within(&gateway.fqdn)) {
            let reason = format!("it must be in a domain of the tenant; its domains are {domains}");
            strangers.push((Kind::PstnGateway, gateway.fqdn.clone(), "fqdn", reason));
        }
        for (kind, name, field, reason) in strangers {
            self.refuse(kind, &name, field, Some(&name), reason);
        }
    }

    fn licenses(&mut self) {
        let objects = self.objects;
        for user in objects.users().filter(|user| !user.licenses.contains(&License::TeamsPhone)) {
            let name = &user.user_principal_name;
            let wants = "it wants the license TeamsPhone; add that to licenses";
            if user.enterprise_voice_enabled {
                self.refuse(Kind::User, name, "enterpriseVoiceEnabled", Some("true"), wants);
            }
            if user.calling_settings != Default::default() {
                self.refuse(Kind::User, name, "callingSettings", None, wants);
            }
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

    /// An id is that of one object.
    fn ids(&mut self) {
        let mut seen: HashMap<String, String> = HashMap::new();
        let users = self.objects.users().map(|one| (Kind::User, &one.user_principal_name, &one.object_id));
        let accounts = self.objects.resource_accounts();
        let accounts = accounts.map(|one| (Kind::ResourceAccount, &one.user_principal_name, &one.object_id));
        for (kind, name, id) in users.chain(accounts).collect::<Vec<_>>() {
            let Some(id) = id else { continue };
            if let Some(other) = seen.insert(id.to_ascii_lowercase(), name.clone()) {
                let reason = format!("{other} has this id");
                self.refuse(kind, name, "objectId", Some(id), reason);
            }
        }
        let mut names: HashMap<String, Kind> = HashMap::new();
        for object in self.objects.of(Kind::User).chain(self.objects.of(Kind::ResourceAccount)) {
            let name = object.identity();
            if names.insert(name.to_lowercase(), object.kind()).is_some_and(|kind| kind != object.kind()) {
                let reason = "a person has this name; an account wants one of its own";
                self.refuse(object.kind(), &name, "userPrincipalName", Some(&name), reason);
            }
        }
    }

    fn numbers(&mut self, foreign: &ForeignNumbers) {
        let mut primaries: HashSet<(Kind, String)> = HashSet::new();
        for number in self.objects.phone_numbers() {
            let name = &number.telephone_number;
            if let Some(owner) = foreign.get(name.split(';').next().unwrap_or(name)) {
                let reason = format!("it belongs to {owner}; a number has one holder");
                self.refuse(Kind::PhoneNumber, name, "telephoneNumber", Some(name), reason);
            }
            let Some(target) = &number.assigned_pstn_target_id else { continue };
            let refused = match self.names.find_any(&[Kind::User, Kind::ResourceAccount], target) {
                Some(Object::User(user)) => user_may_hold(user, number),
                Some(Object::ResourceAccount(account)) => account_may_hold(account, number),
                Some(_) | None => continue,
            };
            if let Some(reason) = refused {
                self.refuse(Kind::PhoneNumber, name, "assignedPstnTargetId", Some(target), reason);
            }
            let Some(holder) = self.names.find_any(&[Kind::User, Kind::ResourceAccount], target) else {
                continue;
            };
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
        for (round, start) in self.objects.users().enumerate() {
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
            let is_plan = |number: &PhoneNumber| {
                let holder = number.assigned_pstn_target_id.as_deref();
                number.number_type == NumberType::CallingPlan
                    && holder.and_then(|name| self.names.account(name)) == self.names.account(account)
                    && holder.is_some()
            };
            if self.objects.phone_numbers().any(is_plan) {
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
        let id = self.names.account(account)?;
        self.objects.phone_numbers().find(|number| {
            number.assigned_pstn_target_id.as_ref().and_then(|name| self.names.account(name)) == Some(id)
        })
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
        let objects = self.objects;
        for plan in objects.tenant_dial_plans() {
            for (index, rule) in plan.normalization_rules.iter().enumerate() {
                let field = format!("normalizationRules[{index}].pattern");
                let read = rewrite(&rule.pattern, &rule.translation).map(drop);
                self.pattern(Kind::TenantDialPlan, &plan.identity, &field, &rule.pattern, read);
            }
        }
        for rule in objects.translation_rules() {
            let read = rewrite(&rule.pattern, &rule.translation).map(drop);
            self.pattern(Kind::TranslationRule, &rule.identity, "pattern", &rule.pattern, read);
        }
        for route in objects.voice_routes() {
            let text = &route.number_pattern;
            self.pattern(Kind::VoiceRoute, &route.identity, "numberPattern", text, pattern(text).map(drop));
        }
        for one in objects.inbound_blocked_number_patterns() {
            let (kind, text) = (Kind::InboundBlockedNumberPattern, &one.pattern);
            self.pattern(kind, &one.identity, "pattern", text, pattern(text).map(drop));
        }
        for one in objects.inbound_exempt_number_patterns() {
            let (kind, text) = (Kind::InboundExemptNumberPattern, &one.pattern);
            self.pattern(kind, &one.identity, "pattern", text, pattern(text).map(drop));
        }
        for one in objects.unassigned_number_treatments() {
            let (kind, text) = (Kind::UnassignedNumberTreatment, &one.pattern);
            self.pattern(kind, &one.identity, "pattern", text, pattern(text).map(drop));
        }
    }

    fn pattern(&mut self, kind: Kind, identity: &str, field: &str, text: &str, read: Result<(), String>) {
        if let Err(reason) = read {
            self.refuse(kind, identity, field, Some(text), reason);
        }
    }

    /// A SIP phone belongs to one person.
    fn phones(&mut self) {
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
