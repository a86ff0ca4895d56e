//! From objects to what calls read.

mod places;
mod policies;

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use identifier::{ObjectId, ResourceId, TenantId, TrunkName};
use store::Consent as ConsentRow;
use tenant::Country;
use tenant::organization::{self as org, Name, OrganizationBuilder, Pattern, PolicyKind};
use tenant_document::{self as doc, Objects, PolicyType};

use crate::names::{Names, id_of};

/// What does not compile: the object and why. The gates refuse such things before; this is what they overlook.
pub(crate) type Compiled<T> = Result<T, String>;

/// Patterns that were compiled before, by their text: they take long.
pub(crate) type Patterns = HashMap<Box<str>, Pattern>;

/// The parts of an organization, without consents.
pub(crate) fn compile(
    tenant: TenantId,
    objects: &Objects,
    known: &Patterns,
) -> Compiled<OrganizationBuilder> {
    let names = Names::of(objects);
    let mut groups: HashMap<ObjectId, Vec<Name>> = HashMap::new();
    for group in objects.groups() {
        for id in group.members.iter().filter_map(|name| names.person(name)) {
            groups.entry(id).or_default().push(Name::new(&group.identity));
        }
    }
    let mut compiler = Compiler { objects, names, known, holders: HashSet::new(), groups };
    let by_name = by_name(objects);
    let mut parts = OrganizationBuilder::new(tenant);
    compiler.company(&mut parts)?;
    compiler.numbers(&by_name, &mut parts)?;
    compiler.people(&mut parts)?;
    compiler.policies(&mut parts)?;
    compiler.routing(&mut parts)?;
    compiler.treatments(&mut parts)?;
    compiler.places(&mut parts)?;
    Ok(parts)
}

/// All patterns of an organization.
pub(crate) fn patterns(parts: &OrganizationBuilder) -> Patterns {
    let rules = parts.dial_plans.iter().flat_map(|plan| &plan.rules).map(|rule| rule.rewrite.pattern());
    let all = rules
        .chain(parts.translation_rules.iter().map(|rule| rule.rewrite.pattern()))
        .chain(parts.voice_routes.iter().map(|route| &route.pattern))
        .chain(parts.blocks.iter().map(|block| &block.pattern))
        .chain(parts.exempts.iter().map(|exempt| &exempt.pattern))
        .chain(parts.unassigned_treatments.iter().map(|treatment| &treatment.pattern))
        .chain(parts.people.iter().flat_map(|person| &person.blocked_numbers));
    all.map(|pattern| (pattern.as_str().into(), pattern.clone())).collect()
}

/// What consents say to calls.
pub(crate) fn consents(rows: &[ConsentRow]) -> Vec<org::Consent> {
    rows.iter().filter_map(consent).collect()
}

/// Who may hold a number, under the name as it is spelled: of many numbers most say it so.
fn by_name(objects: &Objects) -> HashMap<&str, org::Holder> {
    let id = |text: &Option<String>| text.as_deref().and_then(|id| id.parse().ok());
    let mut holders = HashMap::with_capacity(objects.count(doc::Kind::User));
    for account in objects.resource_accounts() {
        let holder = id(&account.object_id).map(org::Holder::ResourceAccount);
        holders.extend(holder.map(|holder| (account.user_principal_name.as_str(), holder)));
    }
    for user in objects.users() {
        let holder = id(&user.object_id).map(org::Holder::Person);
        holders.extend(holder.map(|holder| (user.user_principal_name.as_str(), holder)));
    }
    holders
}

struct Compiler<'a> {
    objects: &'a Objects,
    names: Names<'a>,
    known: &'a Patterns,
    /// People with a number.
    holders: HashSet<ObjectId>,
    /// The groups of people.
    groups: HashMap<ObjectId, Vec<Name>>,
}

impl Compiler<'_> {
    fn company(&self, parts: &mut OrganizationBuilder) -> Compiled<()> {
        let Some(tenant) = self.objects.tenant() else { return Ok(()) };
        parts.domains = texts(&tenant.domains);
        let federation = &tenant.federation;
        let acs = &tenant.acs_federation;
        let resources: Compiled<Vec<ResourceId>> =
            acs.allowed_acs_resources.iter().map(|id| parse("allowedAcsResources", id)).collect();
        parts.federation = org::Federation {
            federated_users: federation.allow_federated_users,
            allowed_domains: (!federation.allowed_domains.is_empty())
                .then(|| texts(&federation.allowed_domains)),
            blocked_domains: texts(&federation.blocked_domains),
            resources: if acs.enable_acs_users { Some(resources?) } else { None },
        };
        let beyond = !tenant.follow_azure_limits;
        parts.beyond_azure = org::BeyondAzure {
            honors_forwarding: beyond,
            honors_simultaneous_ring: beyond,
            honors_location_based_routing: beyond,
            honors_shared_lines: beyond,
            honors_external_access: beyond,
        };
        let far = org::DialOutPolicy::prebuilt()
            .find(|policy| doc::same_name(policy.name.as_str(), &tenant.dial_out_policy));
        let public_network = far.map_or(org::DialOut::International, |policy| policy.public_network);
        parts.dial_out_policies = vec![org::DialOutPolicy { name: Name::global(), public_network }];
        Ok(())
    }

    fn country(&self, own: Option<&String>) -> Country {
        let tenants = self.objects.tenant().and_then(|tenant| tenant.usage_location.as_ref());
        own.or(tenants).and_then(|country| country.parse().ok()).unwrap_or(Country::US)
    }

    fn people(&self, parts: &mut OrganizationBuilder) -> Compiled<()> {
        for user in self.objects.users() {
            parts.people.push(self.person(user)?);
        }
        for account in self.objects.resource_accounts() {
            parts.accounts.push(self.account(account)?);
        }
        for group in self.objects.groups() {
            for policy in &group.policies {
                let Some(kind) = kind_of(policy.policy_type) else { continue };
                parts.group_policies.push(org::GroupPolicy {
                    group: Name::new(&group.identity),
                    kind,
                    policy: name(&policy.policy_name),
                    rank: policy.rank,
                });
            }
        }
        Ok(())
    }

    fn person(&self, user: &doc::User) -> Compiled<org::Person> {
        let upn = &user.user_principal_name;
        let blocked: Compiled<Vec<Pattern>> =
            user.blocked_numbers.iter().map(|number| self.pattern(&format!(r"^\{number}$"))).collect();
        let has = |license: doc::License| user.licenses.contains(&license);
        let id = user.object_id.as_deref().and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| format!("user {upn} has no id"))?;
        Ok(org::Person {
            id,
            user_principal_name: upn.as_str().into(),
            display_name: doc::shown_name(&user.display_name, upn).into(),
            usage_country: self.country(user.usage_location.as_ref()),
            licences: org::Licences {
                teams: has(doc::License::Teams) && !user.account_disabled,
                phone_system: has(doc::License::TeamsPhone) && !user.account_disabled,
                calling_plan: has(doc::License::CallingPlan) && !user.account_disabled,
            },
            enterprise_voice: user.enterprise_voice_enabled || self.holders.contains(&id),
            teams_only: user.teams_upgrade_mode == doc::TeamsUpgradeMode::TeamsOnly,
            blocked_numbers: blocked.map_err(|error| format!("user {upn}: {error}"))?,
            hides_number: user.calling_settings.hide_own_number,
            policies: assignments(&user.policies),
            groups: self.groups.get(&id).cloned().unwrap_or_default(),
            settings: self.settings(&user.calling_settings)?,
        })
    }

    fn settings(&self, said: &doc::CallingSettings) -> Compiled<org::CallingSettings> {
        let forwarding = match (said.is_forwarding_enabled, said.forwarding_target_type) {
            (true, Some(kind)) => {
                let target = self.target(kind, said.forwarding_target.as_ref())?;
                Some(match said.forwarding_type {
                    doc::ForwardingType::Immediate => org::Forwarding::Immediate(target),
                    doc::ForwardingType::Simultaneous => org::Forwarding::Simultaneous(target),
                })
            }
            (true, None) | (false, _) => None,
        };
        let unanswered = match said.is_unanswered_enabled {
            true => Some(org::Unanswered {
                seconds: u8::try_from(said.unanswered_delay).unwrap_or(20),
                target: self.target(said.unanswered_target_type, said.unanswered_target.as_ref())?,
            }),
            false => None,
        };
        let members =
            said.call_group.targets.iter().map(|name| self.person_id(name)).collect::<Compiled<_>>()?;
        let delegates = said.delegates.iter().map(|delegate| {
            Ok(org::Delegate {
                person: self.person_id(&delegate.id)?,
                make_calls: delegate.make_calls,
                receive_calls: delegate.receive_calls,
                manage_settings: delegate.manage_settings,
                pick_up_held_calls: delegate.pick_up_held_calls,
                join_active_calls: delegate.join_active_calls,
            })
        });
        Ok(org::CallingSettings {
            forwarding,
            unanswered,
            group: org::CallGroup {
                members,
                order: match said.call_group.order {
                    doc::CallGroupOrder::Simultaneous => org::GroupOrder::Simultaneous,
                    doc::CallGroupOrder::InOrder => org::GroupOrder::InOrder,
                },
            },
            delegates: delegates.collect::<Compiled<_>>()?,
            when_busy: match said.busy_on_busy_option {
                doc::BusyOnBusyOption::PlayBusySignal => org::WhenBusy::BusySignal,
                doc::BusyOnBusyOption::RedirectAsUnansweredCall => org::WhenBusy::Unanswered,
                doc::BusyOnBusyOption::RingUser => org::WhenBusy::Ring,
            },
            rings: match said.ringing_clients {
                doc::RingingClients::Teams => org::RingingClients::Teams,
                doc::RingingClients::ContactCenter => org::RingingClients::ContactCenter,
                doc::RingingClients::Both => org::RingingClients::Both,
            },
        })
    }

    fn target(&self, kind: doc::TargetKind, target: Option<&String>) -> Compiled<org::ForwardTarget> {
        Ok(match kind {
            doc::TargetKind::Voicemail => org::ForwardTarget::Voicemail,
            doc::TargetKind::MyDelegates => org::ForwardTarget::Delegates,
            doc::TargetKind::Group => org::ForwardTarget::Group,
            doc::TargetKind::SingleTarget => {
                let target = target.map_or("", String::as_str);
                if target.starts_with('+') {
                    org::ForwardTarget::Number(parse("target", target)?)
                } else if let Some(id) = self.names.person(target) {
                    org::ForwardTarget::Person(id)
                } else {
                    org::ForwardTarget::ResourceAccount(self.account_id(target)?)
                }
            }
        })
    }

    fn person_id(&self, name: &str) -> Compiled<ObjectId> {
        self.names.person(name).ok_or_else(|| format!("there is no user {name}"))
    }

    fn account_id(&self, name: &str) -> Compiled<ObjectId> {
        self.names.account(name).ok_or_else(|| format!("there is no resource account {name}"))
    }

    fn account(&self, said: &doc::ResourceAccount) -> Compiled<org::ResourceAccount> {
        let application: ObjectId = parse("applicationId", &said.application_id)?;
        let resource = said.acs_resource_id.as_ref().map(|id| parse("acsResourceId", id));
        Ok(org::ResourceAccount {
            id: self.account_id(&said.user_principal_name)?,
            user_principal_name: said.user_principal_name.as_str().into(),
            display_name: doc::shown_name(&said.display_name, &said.user_principal_name).into(),
            usage_country: self.country(said.usage_location.as_ref()),
            licensed: said.is_licensed(),
            // Money stands in for the plan: without it, nobody pays.
            calling_plan: said.funded
                && said.licenses.iter().any(|license| {
                    matches!(license, doc::License::PayAsYouGoCallingPlan | doc::License::CallingPlan)
                }),
            application: org::ApplicationKind::of(application),
            resource: resource.transpose()?,
            synced: said.synchronized,
            concurrent_calls: said.concurrent_outbound_calls,
            policies: assignments(&said.policies),
        })
    }

    fn pattern(&self, text: &str) -> Compiled<Pattern> {
        self.known.get(text).map_or_else(|| pattern(text), |known| Ok(known.clone()))
    }

    fn rewrite(&self, text: &str, translation: &str) -> Compiled<org::Rewrite> {
        org::Rewrite::new(self.pattern(text)?, translation).map_err(|error| error.to_string())
    }

    fn numbers(
        &mut self,
        by_name: &HashMap<&str, org::Holder>,
        parts: &mut OrganizationBuilder,
    ) -> Compiled<()> {
        parts.numbers.reserve(self.objects.count(doc::Kind::PhoneNumber));
        for said in self.objects.phone_numbers() {
            let target = said.assigned_pstn_target_id.as_deref();
            let holder = target.and_then(|name| by_name.get(name)).cloned().or_else(|| self.holder(said));
            if let Some(org::Holder::Person(id)) = &holder {
                self.holders.insert(*id);
            }
            let (number, extension) = match said.telephone_number.split_once(";ext=") {
                Some((number, extension)) => (number, Some(extension.into())),
                None => (said.telephone_number.as_str(), None),
            };
            let place = said.location_id.as_ref().or(said.civic_address_id.as_ref());
            let skips = said.reverse_number_lookup.iter().any(|one| one == "SkipInternalVoip");
            parts.numbers.push(org::HeldNumber {
                number: parse("telephoneNumber", number)?,
                extension,
                connectivity: match said.number_type {
                    doc::NumberType::CallingPlan => org::Connectivity::CallingPlan,
                    doc::NumberType::OperatorConnect => org::Connectivity::OperatorConnect,
                    doc::NumberType::DirectRouting => org::Connectivity::DirectRouting,
                },
                capabilities: org::Capabilities {
                    person: said.has_capability(doc::Capability::UserAssignment),
                    voice_application: said.has_capability(doc::Capability::VoiceApplicationAssignment),
                    conference: said.has_capability(doc::Capability::ConferenceAssignment),
                },
                holder,
                category: match said.assignment_category {
                    doc::AssignmentCategory::Primary => org::AssignmentCategory::Primary,
                    doc::AssignmentCategory::Private => org::AssignmentCategory::Private,
                    doc::AssignmentCategory::Alternate => org::AssignmentCategory::Alternate,
                },
                location: place.and_then(|name| self.names.place(name)),
                skips_internal: skips,
            });
        }
        Ok(())
    }

    fn holder(&self, said: &doc::PhoneNumber) -> Option<org::Holder> {
        if let Some(name) = &said.assigned_pstn_target_id {
            let principal = self.names.principal(name)?;
            let id = id_of(principal)?;
            return Some(match principal.kind() {
                doc::Kind::User => org::Holder::Person(id),
                _ => org::Holder::ResourceAccount(id),
            });
        }
        let policy = self.names.pooled(&said.telephone_number)?;
        Some(org::Holder::SharedCalling(name(&policy.identity)))
    }

    fn routing(&self, parts: &mut OrganizationBuilder) -> Compiled<()> {
        parts.usages = self.objects.pstn_usages().map(|usage| Name::new(&usage.identity)).collect();
        for said in self.objects.voice_routes() {
            let bridge = said.bridge_source_phone_number.as_ref();
            parts.voice_routes.push(org::VoiceRoute {
                name: Name::new(&said.identity),
                pattern: self.pattern(&said.number_pattern)?,
                priority: said.priority,
                usages: names(&said.online_pstn_usages),
                gateways: said.online_pstn_gateway_list.iter().map(|name| self.trunk_name(name)).collect(),
                bridge_source: bridge.map(|number| parse("bridgeSourcePhoneNumber", number)).transpose()?,
            });
        }
        for said in self.objects.translation_rules() {
            let rewrite = self.rewrite(&said.pattern, &said.translation)?;
            parts.translation_rules.push(org::TranslationRule { name: Name::new(&said.identity), rewrite });
        }
        for said in self.objects.pstn_gateways() {
            parts.gateways.push(org::Gateway {
                name: self.trunk_name(&said.fqdn),
                enabled: said.enabled,
                failover_seconds: u8::try_from(said.failover_time_seconds).unwrap_or(10),
                failover_codes: said.failover_response_codes.clone(),
                forward_call_history: said.forward_call_history,
                forward_pai: said.forward_pai,
                takes_location: said.pidflo_supported,
                site: said.gateway_site_id.as_deref().map(name),
                location_based_routing: said.gateway_site_lbr_enabled,
                inbound_calling: names(&said.inbound_pstn_number_translation_rules),
                inbound_called: names(&said.inbound_teams_number_translation_rules),
                outbound_called: names(&said.outbound_pstn_number_translation_rules),
                outbound_calling: names(&said.outbound_teams_number_translation_rules),
            });
        }
        Ok(())
    }

    /// As the gateway itself spells it.
    fn trunk_name(&self, name: &str) -> TrunkName {
        TrunkName::new(&name.to_ascii_lowercase())
    }

    fn treatments(&self, parts: &mut OrganizationBuilder) -> Compiled<()> {
        for said in self.objects.inbound_blocked_number_patterns() {
            let redirect = said.resource_account.as_ref().map(|name| self.account_id(name));
            parts.blocks.push(org::InboundBlock {
                name: Name::new(&said.identity),
                enabled: said.enabled,
                pattern: self.pattern(&said.pattern)?,
                redirect: redirect.transpose()?,
            });
        }
        for said in self.objects.inbound_exempt_number_patterns() {
            let pattern = self.pattern(&said.pattern)?;
            let name = Name::new(&said.identity);
            parts.exempts.push(org::InboundExempt { name, enabled: said.enabled, pattern });
        }
        for said in self.objects.unassigned_number_treatments() {
            parts.unassigned_treatments.push(org::UnassignedTreatment {
                name: Name::new(&said.identity),
                priority: said.treatment_priority,
                pattern: self.pattern(&said.pattern)?,
                target: match said.target_type {
                    doc::TargetType::User => org::UnassignedTarget::Person(self.person_id(&said.target)?),
                    doc::TargetType::ResourceAccount => {
                        org::UnassignedTarget::ResourceAccount(self.account_id(&said.target)?)
                    }
                    doc::TargetType::Announcement => {
                        org::UnassignedTarget::Announcement(said.target.as_str().into())
                    }
                },
            });
        }
        Ok(())
    }
}

fn consent(row: &ConsentRow) -> Option<org::Consent> {
    let grant = match row.principal.as_str() {
        "teamsResourceAccount" => org::Grant::ResourceAccount,
        _ => org::Grant::Person { clients: row.clients.iter().filter_map(|id| id.parse().ok()).collect() },
    };
    Some(org::Consent { resource: row.resource.parse().ok()?, principal: row.object.parse().ok()?, grant })
}

fn assignments(said: &doc::PolicyAssignments) -> org::Assignments {
    let assigned = said.iter().filter(|(_, policy)| !doc::same_name(policy, "Global"));
    org::Assignments(assigned.filter_map(|(kind, policy)| Some((kind_of(kind)?, name(policy)))).collect())
}

/// What decides no call has no kind.
fn kind_of(kind: PolicyType) -> Option<PolicyKind> {
    Some(match kind {
        PolicyType::CallingPolicy => PolicyKind::Calling,
        PolicyType::CallingLineIdentity => PolicyKind::CallerId,
        PolicyType::TenantDialPlan => PolicyKind::DialPlan,
        PolicyType::VoiceRoutingPolicy => PolicyKind::VoiceRouting,
        PolicyType::DialOutPolicy => PolicyKind::DialOut,
        PolicyType::EmergencyCallingPolicy => PolicyKind::EmergencyCalling,
        PolicyType::EmergencyCallRoutingPolicy => PolicyKind::EmergencyCallRouting,
        PolicyType::SharedCallingRoutingPolicy => PolicyKind::SharedCalling,
        PolicyType::ExternalAccessPolicy => PolicyKind::ExternalAccess,
        PolicyType::CallHoldPolicy
        | PolicyType::CallParkPolicy
        | PolicyType::VoicemailPolicy
        | PolicyType::VoiceApplicationsPolicy => return None,
    })
}

fn name(text: &str) -> Name {
    let plain = text.get(..4).filter(|tag| tag.eq_ignore_ascii_case("tag:")).map_or(text, |_| &text[4..]);
    Name::new(plain)
}

fn names(texts: &[String]) -> Vec<Name> {
    texts.iter().map(|text| name(text)).collect()
}

fn texts(texts: &[String]) -> Vec<Box<str>> {
    texts.iter().map(|text| text.as_str().into()).collect()
}

pub(crate) fn pattern(text: &str) -> Compiled<Pattern> {
    Pattern::new(text).map_err(|error| error.to_string())
}

pub(crate) fn rewrite(text: &str, translation: &str) -> Compiled<org::Rewrite> {
    org::Rewrite::new(pattern(text)?, translation).map_err(|error| error.to_string())
}

fn parse<T: FromStr>(field: &str, text: &str) -> Compiled<T> {
    text.parse().map_err(|_| format!("{field}: {text:?} cannot be understood"))
}
