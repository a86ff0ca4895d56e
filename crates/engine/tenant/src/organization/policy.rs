//! Policies, and whose they are (contract: Teams Phone §1.5, §1.7, §1.8, §1.11 to §1.13, §1.18, §1.20).
//!
//! Of each kind there is one called Global, which holds for everybody who has no other.

use std::collections::BTreeMap;
use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{ObjectId, PhoneNumber};

use super::builder::OrganizationBuilder;
use super::dialing::{DialPlan, VoiceRoutingPolicy};
use super::name::Name;

/// What a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
#[allow(missing_docs)]
pub enum PolicyKind {
    Calling,
    CallerId,
    DialOut,
    DialPlan,
    EmergencyCalling,
    EmergencyCallRouting,
    ExternalAccess,
    SharedCalling,
    VoiceRouting,
}

impl PolicyKind {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = Self::VoiceRouting as usize + 1;
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Calling => "calling policy",
            Self::CallerId => "caller id policy",
            Self::DialOut => "dial-out policy",
            Self::DialPlan => "dial plan",
            Self::EmergencyCalling => "emergency calling policy",
            Self::EmergencyCallRouting => "emergency call routing policy",
            Self::ExternalAccess => "external access policy",
            Self::SharedCalling => "shared calling policy",
            Self::VoiceRouting => "voice routing policy",
        })
    }
}

/// The policies that were assigned to somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Assignments(pub BTreeMap<PolicyKind, Name>);

/// A policy that all members of a group have who have none of that kind themselves.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GroupPolicy {
    /// The group.
    pub group: Name,
    /// What it is about.
    pub kind: PolicyKind,
    /// Which policy.
    pub policy: Name,
    /// For somebody in several groups the lowest rank counts.
    pub rank: u32,
}

/// A kind of policy.
pub trait Policy: Sized + Clone + 'static {
    /// Which kind.
    const KIND: PolicyKind;

    /// Its name.
    fn name(&self) -> &Name;

    /// What holds where nobody said anything; `None` where that is nothing.
    fn global() -> Option<Self>;

    /// The policies of this kind.
    fn all(parts: &OrganizationBuilder) -> &Vec<Self>;

    /// The policies of this kind, to be completed.
    fn all_mut(parts: &mut OrganizationBuilder) -> &mut Vec<Self>;
}

macro_rules! policy {
    ($name:ident, $kind:ident, $field:ident, $global:expr) => {
        impl Policy for $name {
            const KIND: PolicyKind = PolicyKind::$kind;

            fn name(&self) -> &Name {
                &self.name
            }

            fn global() -> Option<Self> {
                $global
            }

            fn all(parts: &OrganizationBuilder) -> &Vec<Self> {
                &parts.$field
            }

            fn all_mut(parts: &mut OrganizationBuilder) -> &mut Vec<Self> {
                &mut parts.$field
            }
        }
    };
}

policy!(CallingPolicy, Calling, calling_policies, Some(Self::new(Name::global())));
policy!(CallerIdPolicy, CallerId, caller_id_policies, Some(Self::new(Name::global())));
policy!(
    DialOutPolicy,
    DialOut,
    dial_out_policies,
    Some(Self { name: Name::global(), public_network: DialOut::International })
);
policy!(DialPlan, DialPlan, dial_plans, Some(Self { name: Name::global(), rules: Vec::new() }));
policy!(
    EmergencyCallingPolicy,
    EmergencyCalling,
    emergency_calling_policies,
    Some(Self {
        name: Name::global(),
        notification: None,
        extended: Vec::new(),
        may_confirm_location: false
    })
);
policy!(
    EmergencyCallRoutingPolicy,
    EmergencyCallRouting,
    emergency_call_routing_policies,
    Some(Self { name: Name::global(), enhanced: false, numbers: Vec::new() })
);
policy!(ExternalAccessPolicy, ExternalAccess, external_access_policies, Some(Self::new(Name::global())));
// Nobody shares a number by default.
policy!(SharedCallingPolicy, SharedCalling, shared_calling_policies, None);
policy!(
    VoiceRoutingPolicy,
    VoiceRouting,
    voice_routing_policies,
    Some(Self { name: Name::global(), usages: Vec::new() })
);

/// What somebody may do with calls (`TeamsCallingPolicy`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CallingPolicy {
    /// `Global`, or the name that it is assigned by.
    pub name: Name,
    /// Whether there are calls at all.
    pub private_calling: bool,
    /// Whether voicemail takes calls.
    pub voicemail: VoicemailUse,
    /// Whether calls may ring a call group.
    pub call_groups: bool,
    /// Whether calls may ring delegates.
    pub delegation: bool,
    /// Whether calls may be sent on to people.
    pub forwarding_to_people: bool,
    /// Whether calls may be sent on to the public network.
    pub forwarding_to_numbers: bool,
    /// Whether calls with the public network stay within sites (location-based routing).
    pub prevents_toll_bypass: bool,
    /// What a caller meets while the person is in a call.
    pub busy_on_busy: BusyOnBusy,
    /// What happens to calls from the public network.
    pub inbound_public: InboundTreatment,
    /// What happens to calls from other organizations.
    pub inbound_federated: InboundTreatment,
}

impl CallingPolicy {
    /// What holds where nobody said anything.
    pub fn new(name: Name) -> Self {
        Self {
            name,
            private_calling: true,
            voicemail: VoicemailUse::Person,
            call_groups: true,
            delegation: true,
            forwarding_to_people: true,
            forwarding_to_numbers: true,
            prevents_toll_bypass: false,
            busy_on_busy: BusyOnBusy::Ring,
            inbound_public: InboundTreatment::Regular,
            inbound_federated: InboundTreatment::Regular,
        }
    }
}

/// Whether voicemail takes calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum VoicemailUse {
    /// After 30 seconds, whatever the person chose.
    Always,
    /// Never.
    Never,
    /// As the person chose.
    #[default]
    Person,
}

/// What a caller meets while the person is in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum BusyOnBusy {
    /// It rings.
    #[default]
    Ring,
    /// The busy signal.
    BusySignal,
    /// What happens to unanswered calls, at once.
    Unanswered,
    /// As the person chose.
    Person,
}

/// What happens to calls that arrive, before anything that the person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum InboundTreatment {
    /// What the person chose.
    #[default]
    Regular,
    /// What happens to unanswered calls, at once.
    Unanswered,
    /// Voicemail, at once.
    Voicemail,
}

/// What callees see (`CallingLineIdentity`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CallerIdPolicy {
    /// `Global`, or the name that it is assigned by.
    pub name: Name,
    /// Which number.
    pub substitute: CallerIdSubstitute,
    /// The name that goes with it.
    pub company: Option<Box<str>>,
    /// Whether people may hide their number themselves.
    pub person_may_hide: bool,
    /// Whether numbers of callers from the public network are hidden from the person.
    pub hides_callers: bool,
}

impl CallerIdPolicy {
    /// What holds where nobody said anything.
    pub fn new(name: Name) -> Self {
        Self {
            name,
            substitute: CallerIdSubstitute::Own,
            company: None,
            person_may_hide: false,
            hides_callers: false,
        }
    }
}

/// Which number callees see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum CallerIdSubstitute {
    /// The caller's own (`LineUri`).
    #[default]
    Own,
    /// None.
    Anonymous,
    /// That of a resource account.
    ResourceAccount(ObjectId),
}

/// Where in the world somebody may call (`OnlineDialOutPolicy`, its part about calls of people).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DialOutPolicy {
    /// `Global`, or one of the names that exist.
    pub name: Name,
    /// How far.
    pub public_network: DialOut,
}

impl DialOutPolicy {
    /// The policies that every tenant has besides Global; there are no others.
    pub fn prebuilt() -> impl Iterator<Item = Self> {
        let policies = [
            ("DialoutCPCandPSTNInternational", DialOut::International),
            ("DialoutCPCDomesticPSTNInternational", DialOut::International),
            ("DialoutCPCDisabledPSTNInternational", DialOut::International),
            ("DialoutCPCInternationalPSTNDomestic", DialOut::Domestic),
            ("DialoutCPCInternationalPSTNDisabled", DialOut::Disabled),
            ("DialoutCPCandPSTNDomestic", DialOut::Domestic),
            ("DialoutCPCDomesticPSTNDisabled", DialOut::Disabled),
            ("DialoutCPCDisabledPSTNDomestic", DialOut::Domestic),
            ("DialoutCPCandPSTNDisabled", DialOut::Disabled),
            ("DialoutCPCZoneAPSTNInternational", DialOut::International),
            ("DialoutCPCZoneAPSTNDomestic", DialOut::Domestic),
            ("DialoutCPCZoneAPSTNDisabled", DialOut::Disabled),
        ];
        policies.into_iter().map(|(name, public_network)| Self { name: Name::new(name), public_network })
    }
}

/// How far calls may go. Calls for help always may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum DialOut {
    /// Everywhere.
    #[default]
    International,
    /// Within the country of the caller.
    Domestic,
    /// Nowhere.
    Disabled,
}

/// What happens around a call for help (`TeamsEmergencyCallingPolicy`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EmergencyCallingPolicy {
    /// `Global`, or the name that it is assigned by.
    pub name: Name,
    /// Who is told; nobody when absent.
    pub notification: Option<Notification>,
    /// Other people for single numbers; an entry without any means: nobody.
    pub extended: Vec<(Box<str>, Option<Notification>)>,
    /// Whether people outside the company's network may say where they are.
    pub may_confirm_location: bool,
}

/// Who is told of a call for help, and how.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Notification {
    /// How.
    pub mode: NotificationMode,
    /// People and groups, by name.
    pub group: Vec<Box<str>>,
    /// A number that listens; it can never speak.
    pub number: Option<PhoneNumber>,
}

/// How the security desk takes part in a call for help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum NotificationMode {
    /// It reads of it.
    NotificationOnly,
    /// It hears it.
    ConferenceMuted,
    /// It hears it, and may speak.
    ConferenceUnMuted,
}

/// Which digits call for help, and through which usage (`TeamsEmergencyCallRoutingPolicy`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EmergencyCallRoutingPolicy {
    /// `Global`, or the name that it is assigned by.
    pub name: Name,
    /// Whether locations of clients are used.
    pub enhanced: bool,
    /// The numbers.
    pub numbers: Vec<EmergencyNumber>,
}

/// A number for help.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EmergencyNumber {
    /// The number as it is dialled toward those who help.
    pub dial_string: Box<str>,
    /// Other digits that mean the same: each one to ten.
    pub masks: Vec<Box<str>>,
    /// The usage whose routes lead there.
    pub usage: Option<Name>,
}

/// A number that several people without one share (`TeamsSharedCallingRoutingPolicy`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SharedCallingPolicy {
    /// The name that it is assigned by.
    pub name: Name,
    /// Whose number is shown, and in whose name calls are routed.
    pub account: ObjectId,
    /// Numbers that help calls back, each bound to one caller for an hour.
    pub emergency_numbers: Vec<PhoneNumber>,
}

/// With whom from elsewhere somebody may talk (`ExternalAccessPolicy`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExternalAccessPolicy {
    /// `Global`, or the name that it is assigned by.
    pub name: Name,
    /// With people of other organizations.
    pub federation: bool,
    /// With users of communication resources.
    pub communication_resources: bool,
    /// Which organizations.
    pub organizations: ExternalOrganizations,
}

impl ExternalAccessPolicy {
    /// What holds where nobody said anything.
    pub fn new(name: Name) -> Self {
        Self {
            name,
            federation: true,
            communication_resources: true,
            organizations: ExternalOrganizations::OrganizationDefault,
        }
    }
}

/// Which other organizations.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ExternalOrganizations {
    /// Those of the tenant.
    #[default]
    OrganizationDefault,
    /// All.
    All,
    /// These domains alone.
    Only(Vec<Box<str>>),
    /// All but these domains.
    AllBut(Vec<Box<str>>),
    /// None.
    None,
}

/// With whom from elsewhere the tenant as a whole may talk (`TenantFederationConfiguration`, `TeamsAcsFederationConfiguration`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Federation {
    /// With people of other organizations.
    pub federated_users: bool,
    /// These domains alone; all when absent.
    pub allowed_domains: Option<Vec<Box<str>>>,
    /// Never these domains.
    pub blocked_domains: Vec<Box<str>>,
    /// The communication resources whose users may call people; none when absent.
    pub resources: Option<Vec<identifier::ResourceId>>,
}

impl Default for Federation {
    fn default() -> Self {
        Self { federated_users: true, allowed_domains: None, blocked_domains: Vec::new(), resources: None }
    }
}
