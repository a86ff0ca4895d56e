//! Policies, as calls read them.

use tenant::organization::{self as org, Name, OrganizationBuilder};
use tenant_document as doc;

use super::{Compiled, Compiler, name, names, parse, texts};

impl Compiler<'_> {
    pub(super) fn policies(&self, parts: &mut OrganizationBuilder) -> Compiled<()> {
        parts.calling_policies = self.objects.calling_policies().map(calling_policy).collect();
        for said in self.objects.calling_line_identities() {
            let substitute = match (said.calling_id_substitute, &said.resource_account) {
                (doc::CallingIdSubstitute::LineUri, _) => org::CallerIdSubstitute::Own,
                (doc::CallingIdSubstitute::Anonymous, _) => org::CallerIdSubstitute::Anonymous,
                (doc::CallingIdSubstitute::Resource, account) => {
                    let account = account.as_deref().unwrap_or_default();
                    org::CallerIdSubstitute::ResourceAccount(self.account_id(account)?)
                }
            };
            parts.caller_id_policies.push(org::CallerIdPolicy {
                name: name(&said.identity),
                substitute,
                company: said.company_name.as_deref().map(Into::into),
                person_may_hide: said.enable_user_override,
                hides_callers: said.block_incoming_pstn_caller_id,
            });
        }
        for said in self.objects.tenant_dial_plans() {
            let rules = said.normalization_rules.iter().map(|rule| {
                Ok(org::NormalizationRule {
                    name: Name::new(&rule.name),
                    rewrite: self.rewrite(&rule.pattern, &rule.translation)?,
                    is_internal_extension: rule.is_internal_extension,
                })
            });
            let rules = rules.collect::<Compiled<_>>()?;
            parts.dial_plans.push(org::DialPlan { name: name(&said.identity), rules });
        }
        parts.emergency_calling_policies = self.objects.emergency_calling_policies().map(desk).collect();
        for said in self.objects.emergency_call_routing_policies() {
            let numbers = said.emergency_numbers.iter().map(|number| org::EmergencyNumber {
                dial_string: number.emergency_dial_string.as_str().into(),
                masks: number.masks().map(Into::into).collect(),
                usage: number.online_pstn_usage.as_deref().map(name),
            });
            parts.emergency_call_routing_policies.push(org::EmergencyCallRoutingPolicy {
                name: name(&said.identity),
                enhanced: said.allow_enhanced_emergency_services,
                numbers: numbers.collect(),
            });
        }
        parts.external_access_policies = self.objects.external_access_policies().map(external).collect();
        for said in self.objects.shared_calling_routing_policies() {
            let Some(account) = &said.resource_account else { continue };
            let numbers = said.emergency_numbers.iter().map(|number| parse("emergencyNumbers", number));
            parts.shared_calling_policies.push(org::SharedCallingPolicy {
                name: name(&said.identity),
                account: self.account_id(account)?,
                emergency_numbers: numbers.collect::<Compiled<_>>()?,
            });
        }
        for said in self.objects.voice_routing_policies() {
            let usages = names(&said.online_pstn_usages);
            parts.voice_routing_policies.push(org::VoiceRoutingPolicy { name: name(&said.identity), usages });
        }
        Ok(())
    }
}

fn calling_policy(said: &doc::CallingPolicy) -> org::CallingPolicy {
    let treatment = |said: doc::InboundRoutingTreatment| match said {
        doc::InboundRoutingTreatment::RegularIncoming | doc::InboundRoutingTreatment::UserOverride => {
            org::InboundTreatment::Regular
        }
        doc::InboundRoutingTreatment::Unanswered => org::InboundTreatment::Unanswered,
        doc::InboundRoutingTreatment::Voicemail => org::InboundTreatment::Voicemail,
    };
    org::CallingPolicy {
        name: name(&said.identity),
        private_calling: said.allow_private_calling,
        voicemail: match said.allow_voicemail {
            doc::AllowVoicemail::AlwaysEnabled => org::VoicemailUse::Always,
            doc::AllowVoicemail::AlwaysDisabled => org::VoicemailUse::Never,
            doc::AllowVoicemail::UserOverride => org::VoicemailUse::Person,
        },
        call_groups: said.allow_call_groups,
        delegation: said.allow_delegation,
        forwarding_to_people: said.allow_call_forwarding_to_user,
        forwarding_to_numbers: said.allow_call_forwarding_to_phone,
        prevents_toll_bypass: said.prevent_toll_bypass,
        busy_on_busy: match said.busy_on_busy_enabled_type {
            doc::BusyOnBusy::Enabled => org::BusyOnBusy::BusySignal,
            doc::BusyOnBusy::Unanswered => org::BusyOnBusy::Unanswered,
            doc::BusyOnBusy::Disabled => org::BusyOnBusy::Ring,
            doc::BusyOnBusy::UserOverride => org::BusyOnBusy::Person,
        },
        inbound_public: treatment(said.inbound_pstn_call_routing_treatment),
        inbound_federated: treatment(said.inbound_federated_call_routing_treatment),
    }
}

fn desk(said: &doc::EmergencyCallingPolicy) -> org::EmergencyCallingPolicy {
    let notification =
        |mode: Option<doc::NotificationMode>, group: &Option<String>, number: &Option<String>| {
            let members = group.iter().flat_map(|group| group.split(';')).map(str::trim);
            Some(org::Notification {
                mode: match mode? {
                    doc::NotificationMode::NotificationOnly => org::NotificationMode::NotificationOnly,
                    doc::NotificationMode::ConferenceMuted => org::NotificationMode::ConferenceMuted,
                    doc::NotificationMode::ConferenceUnMuted => org::NotificationMode::ConferenceUnMuted,
                },
                group: members.filter(|member| !member.is_empty()).map(Into::into).collect(),
                number: number.as_ref().and_then(|number| number.parse().ok()),
            })
        };
    let extended = said.extended_notifications.iter().map(|desk| {
        let told = notification(
            desk.notification_mode,
            &desk.notification_group,
            &desk.notification_dial_out_number,
        );
        (desk.emergency_dial_string.as_str().into(), told)
    });
    org::EmergencyCallingPolicy {
        name: name(&said.identity),
        notification: notification(
            said.notification_mode,
            &said.notification_group,
            &said.notification_dial_out_number,
        ),
        extended: extended.collect(),
        may_confirm_location: said.external_location_lookup_mode == doc::ExternalLocationLookupMode::Enabled,
    }
}

fn external(said: &doc::ExternalAccessPolicy) -> org::ExternalAccessPolicy {
    use doc::CommunicationWithExternalOrgs as Orgs;
    org::ExternalAccessPolicy {
        name: name(&said.identity),
        federation: said.enable_federation_access,
        communication_resources: said.enable_acs_federation_access,
        organizations: match said.communication_with_external_orgs {
            Orgs::OrganizationDefault => org::ExternalOrganizations::OrganizationDefault,
            Orgs::AllowAllExternalDomains => org::ExternalOrganizations::All,
            Orgs::AllowSpecificExternalDomains => {
                org::ExternalOrganizations::Only(texts(&said.allowed_external_domains))
            }
            Orgs::BlockSpecificExternalDomains => {
                org::ExternalOrganizations::AllBut(texts(&said.blocked_external_domains))
            }
            Orgs::BlockAllExternalDomains => org::ExternalOrganizations::None,
        },
    }
}
