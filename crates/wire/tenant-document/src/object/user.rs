//! People.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::{Reference, TenantObject};
use crate::policy_type::PolicyType;

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["userPrincipalName"]))]
pub struct User {
    /// Their name in the directory: alice@contoso.example.
    #[schemars(extend("format" = "user-principal-name"))]
    pub user_principal_name: String,
    /// Their id; generated once and kept when absent.
    #[schemars(extend("format" = "guid"))]
    pub object_id: Option<String>,
    /// Their SIP address; sip: and the name in the directory when absent.
    #[schemars(length(max = 320))]
    pub sip_proxy_address: Option<String>,
    /// As others see them; the name in the directory when empty.
    #[schemars(length(max = 256))]
    pub display_name: String,
    /// First name.
    #[schemars(length(max = 64))]
    pub given_name: Option<String>,
    /// Last name.
    #[schemars(length(max = 64))]
    pub surname: Option<String>,
    /// Their address for e-mail.
    #[schemars(length(min = 3, max = 320))]
    pub mail: Option<String>,
    /// What they do.
    #[schemars(length(max = 128))]
    pub job_title: Option<String>,
    /// Tells people of one name apart in the directory of an auto attendant.
    #[schemars(length(max = 64))]
    pub department: Option<String>,
    /// Tells people of one name apart in the directory of an auto attendant.
    #[schemars(length(max = 128))]
    pub office: Option<String>,
    /// The country (ISO 3166-1); the tenant's when absent. It picks the dial plan and the numbers for help.
    #[schemars(extend("format" = "country"))]
    pub usage_location: Option<String>,
    /// What they may use.
    #[schemars(length(max = 16))]
    pub licenses: Vec<License>,
    /// Whether they call and are called by phone; so they are with a number.
    pub enterprise_voice_enabled: bool,
    /// Whether the account is closed.
    pub account_disabled: bool,
    /// How they came to Teams.
    pub teams_upgrade_mode: TeamsUpgradeMode,
    /// Dial by extension reads these.
    #[schemars(length(max = 8), inner(length(min = 1, max = 64)))]
    pub business_phones: Vec<String>,
    /// Dial by extension reads this.
    #[schemars(length(min = 1, max = 64))]
    pub mobile_phone: Option<String>,
    /// Callers who do not reach them.
    #[schemars(length(max = 1000), extend("items" = { "type": "string", "format": "e164" }))]
    pub blocked_numbers: Vec<String>,
    /// Their SIP phones.
    #[schemars(length(max = 10))]
    pub phones: Vec<UserPhone>,
    /// What becomes of their calls.
    pub calling_settings: CallingSettings,
    /// How their voicemail speaks.
    pub voicemail: VoicemailSettings,
    /// Policies that are assigned to them, by name; a group's or the Global one otherwise.
    pub policies: PolicyAssignments,
}

/// What may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum License {
    Teams,
    /// Calls by phone (feature type PhoneSystem).
    TeamsPhone,
    /// Numbers of the operator of this server.
    CallingPlan,
    AudioConferencing,
    CommunicationCredits,
    TeamsPhoneMobile,
    /// Pays for outbound calls of a service number of a calling plan.
    PayAsYouGoCallingPlan,
    /// For resource accounts.
    TeamsPhoneResourceAccount,
}

/// How somebody came to Teams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum TeamsUpgradeMode {
    #[default]
    TeamsOnly,
    Islands,
    SfBOnly,
}

/// A SIP phone of a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["name"]))]
pub struct UserPhone {
    /// Its user name in SIP, one of a kind on this server.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// Which of the person's clients it stands for.
    pub persona: Persona,
    /// The resource account on whose behalf it calls numbers when it says nothing else, for a desk of a contact
    /// center; the phone can name one in P-Preferred-Identity.
    #[schemars(length(min = 1, max = 320))]
    pub on_behalf_of: Option<String>,
}

/// Which client of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
#[serde(rename_all = "camelCase")]
pub enum Persona {
    /// The desk phone of the company.
    #[default]
    Teams,
    /// The desk of a contact center.
    ContactCenter,
}

/// What becomes of a person's calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct CallingSettings {
    /// Whether calls are forwarded.
    pub is_forwarding_enabled: bool,
    /// At once, or while it rings.
    pub forwarding_type: ForwardingType,
    /// Whereto.
    pub forwarding_target_type: Option<TargetKind>,
    /// The number or the person, for SingleTarget.
    #[schemars(length(min = 1, max = 320))]
    pub forwarding_target: Option<String>,
    /// Whether something happens when nobody answers.
    pub is_unanswered_enabled: bool,
    /// Whereto then.
    pub unanswered_target_type: TargetKind,
    /// The number or the person, for SingleTarget.
    #[schemars(length(min = 1, max = 320))]
    pub unanswered_target: Option<String>,
    /// Seconds until then.
    #[schemars(extend("enum" = [5, 10, 15, 20, 30, 40, 50, 60]))]
    pub unanswered_delay: u32,
    /// Who may answer instead.
    pub call_group: CallGroup,
    /// Who acts for them.
    #[schemars(length(max = 25))]
    pub delegates: Vec<Delegate>,
    /// What a second caller hears, where the calling policy leaves it to the person.
    pub busy_on_busy_option: BusyOnBusyOption,
    /// Whether their number is hidden, where the caller id policy leaves it to the person.
    pub hide_own_number: bool,
    /// Which of their phones ring when somebody calls their number or name without saying which client is meant.
    pub ringing_clients: RingingClients,
}

/// Which phones of a person ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RingingClients {
    /// Those of the persona teams.
    #[default]
    Teams,
    /// Those of the persona contactCenter.
    ContactCenter,
    /// All of them at once.
    Both,
}

/// When a call is forwarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum ForwardingType {
    #[default]
    Immediate,
    Simultaneous,
}

/// Where a call goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum TargetKind {
    #[default]
    Voicemail,
    SingleTarget,
    MyDelegates,
    Group,
}

/// People who may answer somebody's calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct CallGroup {
    /// All at once, or one after another.
    pub order: CallGroupOrder,
    /// Who.
    #[schemars(length(max = 25), inner(length(min = 1, max = 320)))]
    pub targets: Vec<String>,
}

/// How a call group rings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum CallGroupOrder {
    #[default]
    Simultaneous,
    InOrder,
}

/// Somebody who acts for another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["id"]))]
pub struct Delegate {
    /// Who.
    #[schemars(length(min = 1, max = 320))]
    pub id: String,
    /// Calls in their name.
    pub make_calls: bool,
    /// Answers their calls.
    pub receive_calls: bool,
    /// Changes these settings.
    pub manage_settings: bool,
    /// Takes calls that they hold.
    pub pick_up_held_calls: bool,
    /// Joins their calls.
    pub join_active_calls: bool,
}

/// What a second caller hears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum BusyOnBusyOption {
    PlayBusySignal,
    RedirectAsUnansweredCall,
    #[default]
    RingUser,
}

/// How a person's voicemail speaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct VoicemailSettings {
    /// Whether there is one.
    pub voicemail_enabled: bool,
    /// What a caller may do.
    pub call_answer_rule: crate::CallAnswerRule,
    /// Where a caller may be transferred.
    #[schemars(length(min = 1, max = 320))]
    pub transfer_target: Option<String>,
    /// The language of what is said.
    #[schemars(length(min = 2, max = 16))]
    pub prompt_language: Option<String>,
    /// Said instead of the usual greeting.
    #[schemars(length(max = 1000))]
    pub default_greeting_prompt_overwrite: Option<String>,
    /// Said when out of office.
    #[schemars(length(max = 1000))]
    pub default_oof_greeting_prompt_overwrite: Option<String>,
    /// The out of office greeting is played always.
    pub oof_greeting_enabled: bool,
    /// The out of office greeting is played while automatic replies are on.
    pub oof_greeting_follow_automatic_replies_enabled: bool,
    /// The out of office greeting is played while the calendar says so.
    pub oof_greeting_follow_calendar_enabled: bool,
}

/// Policies by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PolicyAssignments {
    /// Whether and how there are calls.
    #[schemars(length(min = 1, max = 64))]
    pub calling_policy: Option<String>,
    /// Who a callee sees.
    #[schemars(length(min = 1, max = 64))]
    pub calling_line_identity: Option<String>,
    /// What dialed digits mean.
    #[schemars(length(min = 1, max = 64))]
    pub tenant_dial_plan: Option<String>,
    /// By which session border controllers calls leave.
    #[schemars(length(min = 1, max = 64))]
    pub voice_routing_policy: Option<String>,
    /// Whom they may dial out to.
    #[schemars(length(min = 1, max = 64))]
    pub dial_out_policy: Option<String>,
    /// What happens around a call for help.
    #[schemars(length(min = 1, max = 64))]
    pub emergency_calling_policy: Option<String>,
    /// What calls for help, and where it leaves.
    #[schemars(length(min = 1, max = 64))]
    pub emergency_call_routing_policy: Option<String>,
    /// Calls under the number of a resource account.
    #[schemars(length(min = 1, max = 64))]
    pub shared_calling_routing_policy: Option<String>,
    /// Music on hold.
    #[schemars(length(min = 1, max = 64))]
    pub call_hold_policy: Option<String>,
    /// Call park.
    #[schemars(length(min = 1, max = 64))]
    pub call_park_policy: Option<String>,
    /// Voicemail.
    #[schemars(length(min = 1, max = 64))]
    pub voicemail_policy: Option<String>,
    /// Talks with others than the company's.
    #[schemars(length(min = 1, max = 64))]
    pub external_access_policy: Option<String>,
    /// Delegated administration of voice applications.
    #[schemars(length(min = 1, max = 64))]
    pub voice_applications_policy: Option<String>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            user_principal_name: String::new(),
            object_id: None,
            sip_proxy_address: None,
            display_name: String::new(),
            given_name: None,
            surname: None,
            mail: None,
            job_title: None,
            department: None,
            office: None,
            usage_location: None,
            licenses: Vec::new(),
            enterprise_voice_enabled: false,
            account_disabled: false,
            teams_upgrade_mode: TeamsUpgradeMode::TeamsOnly,
            business_phones: Vec::new(),
            mobile_phone: None,
            blocked_numbers: Vec::new(),
            phones: Vec::new(),
            calling_settings: CallingSettings::default(),
            voicemail: VoicemailSettings::default(),
            policies: PolicyAssignments::default(),
        }
    }
}

impl Default for CallingSettings {
    fn default() -> Self {
        Self {
            is_forwarding_enabled: false,
            forwarding_type: ForwardingType::Immediate,
            forwarding_target_type: None,
            forwarding_target: None,
            is_unanswered_enabled: true,
            unanswered_target_type: TargetKind::Voicemail,
            unanswered_target: None,
            unanswered_delay: 20,
            call_group: CallGroup::default(),
            delegates: Vec::new(),
            busy_on_busy_option: BusyOnBusyOption::RingUser,
            hide_own_number: false,
            ringing_clients: RingingClients::Teams,
        }
    }
}

impl Default for Delegate {
    fn default() -> Self {
        Self {
            id: String::new(),
            make_calls: true,
            receive_calls: true,
            manage_settings: false,
            pick_up_held_calls: false,
            join_active_calls: false,
        }
    }
}

impl Default for VoicemailSettings {
    fn default() -> Self {
        Self {
            voicemail_enabled: true,
            call_answer_rule: crate::CallAnswerRule::RegularVoicemail,
            transfer_target: None,
            prompt_language: None,
            default_greeting_prompt_overwrite: None,
            default_oof_greeting_prompt_overwrite: None,
            oof_greeting_enabled: false,
            oof_greeting_follow_automatic_replies_enabled: false,
            oof_greeting_follow_calendar_enabled: false,
        }
    }
}

impl PolicyAssignments {
    /// What is assigned, by type.
    pub fn iter(&self) -> impl Iterator<Item = (PolicyType, &String)> {
        PolicyType::ALL.iter().filter_map(|kind| Some((*kind, self.get(*kind)?)))
    }

    /// What is assigned of a type.
    pub fn get(&self, kind: PolicyType) -> Option<&String> {
        let name = match kind {
            PolicyType::CallingPolicy => &self.calling_policy,
            PolicyType::CallingLineIdentity => &self.calling_line_identity,
            PolicyType::TenantDialPlan => &self.tenant_dial_plan,
            PolicyType::VoiceRoutingPolicy => &self.voice_routing_policy,
            PolicyType::DialOutPolicy => &self.dial_out_policy,
            PolicyType::EmergencyCallingPolicy => &self.emergency_calling_policy,
            PolicyType::EmergencyCallRoutingPolicy => &self.emergency_call_routing_policy,
            PolicyType::SharedCallingRoutingPolicy => &self.shared_calling_routing_policy,
            PolicyType::CallHoldPolicy => &self.call_hold_policy,
            PolicyType::CallParkPolicy => &self.call_park_policy,
            PolicyType::VoicemailPolicy => &self.voicemail_policy,
            PolicyType::ExternalAccessPolicy => &self.external_access_policy,
            PolicyType::VoiceApplicationsPolicy => &self.voice_applications_policy,
        };
        name.as_ref()
    }

    pub(crate) fn check(&self, checker: &mut Checker) {
        if let Some(name) = &self.dial_out_policy {
            crate::policy_type::check_dial_out("policies.dialOutPolicy", name, checker);
        }
    }

    pub(crate) fn references(&self) -> impl Iterator<Item = Reference> {
        self.iter().filter_map(|(kind, name)| {
            Some(Reference::new(format!("policies.{}", kind.field()), kind.kinds()?, name))
        })
    }
}

const PEOPLE: &[Kind] = &[Kind::User];
const ACCOUNTS: &[Kind] = &[Kind::ResourceAccount];
const ANYBODY: &[Kind] = &[Kind::User, Kind::ResourceAccount];

impl TenantObject for User {
    fn identity(&self) -> String {
        self.user_principal_name.clone()
    }

    fn check(&self, checker: &mut Checker) {
        self.calling_settings.check(checker);
        self.policies.check(checker);
        for (index, license) in self.licenses.iter().enumerate() {
            let field = format!("licenses[{index}]");
            if self.licenses[..index].contains(license) {
                checker.refuse_field(field, "it is there twice; keep one of them");
            } else if *license == License::TeamsPhoneResourceAccount {
                checker.refuse_field(field, "it is for resource accounts; a person wants TeamsPhone");
            }
        }
        for (index, phone) in self.phones.iter().enumerate() {
            if self.phones[..index].iter().any(|other| other.name == phone.name) {
                checker.refuse(format!("phones[{index}].name"), &phone.name, "the phone is there twice");
            }
            if let Some(account) = &phone.on_behalf_of
                && phone.persona == Persona::Teams
            {
                let reason = "only a desk of a contact center calls on behalf of an account; add persona: \
                              contactCenter, or take onBehalfOf away";
                checker.refuse(format!("phones[{index}].onBehalfOf"), account, reason);
            }
        }
    }

    fn references(&self) -> Vec<Reference> {
        let settings = &self.calling_settings;
        let mut references = Vec::new();
        let targets = [
            ("callingSettings.forwardingTarget", &settings.forwarding_target),
            ("callingSettings.unansweredTarget", &settings.unanswered_target),
            ("voicemail.transferTarget", &self.voicemail.transfer_target),
        ];
        for (field, target) in targets {
            let person = target.as_ref().filter(|target| !target.starts_with('+'));
            references.extend(Reference::maybe(field, ANYBODY, person));
        }
        for (index, phone) in self.phones.iter().enumerate() {
            let field = format!("phones[{index}].onBehalfOf");
            references.extend(Reference::maybe(&field, ACCOUNTS, phone.on_behalf_of.as_ref()));
        }
        for (index, target) in settings.call_group.targets.iter().enumerate() {
            references.push(Reference::new(
                format!("callingSettings.callGroup.targets[{index}]"),
                PEOPLE,
                target,
            ));
        }
        for (index, delegate) in settings.delegates.iter().enumerate() {
            references.push(Reference::new(
                format!("callingSettings.delegates[{index}].id"),
                PEOPLE,
                &delegate.id,
            ));
        }
        references.extend(self.policies.references());
        references
    }
}

impl CallingSettings {
    fn check(&self, checker: &mut Checker) {
        let forwarding = self.forwarding_target_type.as_ref();
        if self.is_forwarding_enabled && forwarding.is_none() {
            let reason = "calls are forwarded, and it is not said whereto; write a type";
            checker.refuse_field("callingSettings.forwardingTargetType", reason);
        }
        if self.forwarding_type == ForwardingType::Simultaneous && forwarding == Some(&TargetKind::Voicemail)
        {
            let reason = "voicemail cannot ring at the same time; use Immediate, or another target";
            checker.refuse_field("callingSettings.forwardingTargetType", reason);
        }
        self.check_target("forwarding", forwarding, self.forwarding_target.as_ref(), checker);
        let unanswered = Some(&self.unanswered_target_type);
        self.check_target("unanswered", unanswered, self.unanswered_target.as_ref(), checker);
        let group = &self.call_group;
        if group.order == CallGroupOrder::InOrder && group.targets.len() > 5 {
            let reason =
                "a group that rings in order has at most 5 members; ring them at once, or take some out";
            checker.refuse_field("callingSettings.callGroup.targets", reason);
        }
    }

    fn check_target(
        &self,
        which: &str,
        kind: Option<&TargetKind>,
        target: Option<&String>,
        checker: &mut Checker,
    ) {
        let field = format!("callingSettings.{which}Target");
        match (kind, target) {
            (Some(TargetKind::SingleTarget), None) => {
                checker.refuse_field(field, "the target is missing; write a number in E.164 or a person");
            }
            (Some(TargetKind::SingleTarget), Some(target)) => {
                if let Some(problem) = target.starts_with('+').then(|| crate::format::problem("e164", target))
                {
                    problem.into_iter().for_each(|problem| checker.refuse(field.clone(), target, problem));
                }
            }
            (Some(TargetKind::MyDelegates), _) if self.delegates.is_empty() => {
                checker.refuse_field(
                    "callingSettings.delegates",
                    "calls go to the delegates, and there are none",
                );
            }
            (Some(TargetKind::Group), _) if self.call_group.targets.is_empty() => {
                checker.refuse_field(
                    "callingSettings.callGroup.targets",
                    "calls go to the call group, and nobody is in it",
                );
            }
            (Some(_) | None, _) => {}
        }
    }
}
