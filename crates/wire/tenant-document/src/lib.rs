//! The tenant document: what a company's administrator says of its phone system, as YAML or JSON.
//!
//! Values with the vendor's field names in camelCase, their defaults and ranges, the JSON Schema that
//! editors read, and [`TenantDocument::read`], which finds everything that is wrong at once. What the values
//! mean together (licences, who holds a number) is decided where they are kept.

mod document;
mod kind;
mod object;
mod policy_type;

mod fault;
mod format;
mod node;
mod objects;
mod schema;
mod shape;
mod yaml;
mod yaml_text;

pub use document::{LARGEST_DOCUMENT, MOST_OBJECTS, Origin, TenantDocument};
pub use fault::{Fault, Faults};
pub use kind::{Kind, Object, UnknownKind};
pub use object::application::{Application, GraphPermission};
pub use object::call_hold::CallHoldPolicy;
pub use object::call_park::CallParkPolicy;
pub use object::calling_line_identity::{CallingIdSubstitute, CallingLineIdentity};
pub use object::calling_policy::{
    AllowVoicemail, BusyOnBusy, CallingPolicy, InboundRoutingTreatment, Switch, SwitchOrUser,
};
pub use object::civic_address::{CivicAddress, Location};
pub use object::emergency_call_routing::{EmergencyCallRoutingPolicy, EmergencyNumber};
pub use object::emergency_calling::{
    EmergencyCallingPolicy, ExtendedNotification, ExternalLocationLookupMode, NotificationMode,
};
pub use object::external_access::{CommunicationWithExternalOrgs, ExternalAccessPolicy};
pub use object::group::{Group, GroupPolicy};
pub use object::lis::{LisPort, LisSubnet, LisSwitch, LisWirelessAccessPoint};
pub use object::network::{NetworkRegion, NetworkSite, NetworkSubnet, TrustedIpAddress};
pub use object::number_pattern::{
    InboundBlockedNumberPattern, InboundExemptNumberPattern, TargetType, UnassignedNumberTreatment,
};
pub use object::phone_number::{AssignmentCategory, Capability, NumberSource, NumberType, PhoneNumber};
pub use object::pstn_gateway::{BypassMode, IpAddressVersion, PstnGateway, TranslationRule};
pub use object::resource_account::{ConfigurationAssociation, ConfigurationType, ResourceAccount};
pub use object::shared_calling::SharedCallingRoutingPolicy;
pub use object::tenant::{AcsFederation, Federation, Tenant, VoiceLimits};
pub use object::tenant_dial_plan::{NormalizationRule, TenantDialPlan};
pub use object::user::{
    BusyOnBusyOption, CallGroup, CallGroupOrder, CallingSettings, Delegate, ForwardingType, License, Persona,
    PolicyAssignments, RingingClients, TargetKind, TeamsUpgradeMode, User, UserPhone, VoicemailSettings,
};
pub use object::voice_applications::{AgentMonitorMode, MetricsPermission, VoiceApplicationsPolicy};
pub use object::voice_route::{PstnUsage, VoiceRoute, VoiceRoutingPolicy};
pub use object::voicemail::{CallAnswerRule, VoicemailPolicy};
pub use object::{Reference, TenantObject};
pub use objects::{Differing, Objects, SameIdentity, folded, same_name, shown_name};
pub use policy_type::{DIAL_OUT_POLICIES, PolicyType};
pub use schema::{Field, document_schema, fields, object_schema};
pub use yaml_text::{FIRST_LINE, to_yaml};
