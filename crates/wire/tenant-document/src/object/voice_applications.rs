//! What those may change who run an auto attendant or a call queue.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::object::TenantObject;

/// What those may change who run an auto attendant or a call queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct VoiceApplicationsPolicy {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The auto attendant business hours greeting.
    pub allow_auto_attendant_business_hours_greeting_change: bool,
    /// The auto attendant after hours greeting.
    pub allow_auto_attendant_after_hours_greeting_change: bool,
    /// The auto attendant holiday greeting.
    pub allow_auto_attendant_holiday_greeting_change: bool,
    /// The auto attendant business hours.
    pub allow_auto_attendant_business_hours_change: bool,
    /// The auto attendant time zone.
    pub allow_auto_attendant_time_zone_change: bool,
    /// The auto attendant language.
    pub allow_auto_attendant_language_change: bool,
    /// The auto attendant holidays.
    pub allow_auto_attendant_holidays_change: bool,
    /// The auto attendant business hours routing.
    pub allow_auto_attendant_business_hours_routing_change: bool,
    /// The auto attendant after hours routing.
    pub allow_auto_attendant_after_hours_routing_change: bool,
    /// The auto attendant holiday routing.
    pub allow_auto_attendant_holiday_routing_change: bool,
    /// The call queue welcome greeting.
    pub allow_call_queue_welcome_greeting_change: bool,
    /// The call queue music on hold.
    pub allow_call_queue_music_on_hold_change: bool,
    /// The call queue overflow shared voicemail greeting.
    pub allow_call_queue_overflow_shared_voicemail_greeting_change: bool,
    /// The call queue timeout shared voicemail greeting.
    pub allow_call_queue_timeout_shared_voicemail_greeting_change: bool,
    /// The call queue no agent shared voicemail greeting.
    pub allow_call_queue_no_agent_shared_voicemail_greeting_change: bool,
    /// The call queue language.
    pub allow_call_queue_language_change: bool,
    /// The call queue membership.
    pub allow_call_queue_membership_change: bool,
    /// The call queue conference mode.
    pub allow_call_queue_conference_mode_change: bool,
    /// The call queue routing method.
    pub allow_call_queue_routing_method_change: bool,
    /// The call queue presence based routing.
    pub allow_call_queue_presence_based_routing_change: bool,
    /// The call queue opt out.
    pub allow_call_queue_opt_out_change: bool,
    /// The call queue overflow routing.
    pub allow_call_queue_overflow_routing_change: bool,
    /// The call queue timeout routing.
    pub allow_call_queue_timeout_routing_change: bool,
    /// The call queue no agents routing.
    pub allow_call_queue_no_agents_routing_change: bool,
    /// Who sees historical agent metrics.
    pub historical_agent_metrics_permission: MetricsPermission,
    /// Who sees historical auto attendant metrics.
    pub historical_auto_attendant_metrics_permission: MetricsPermission,
    /// Who sees historical call queue metrics.
    pub historical_call_queue_metrics_permission: MetricsPermission,
    /// Who sees real time agent metrics.
    pub real_time_agent_metrics_permission: MetricsPermission,
    /// Who sees real time auto attendant metrics.
    pub real_time_auto_attendant_metrics_permission: MetricsPermission,
    /// Who sees real time call queue metrics.
    pub real_time_call_queue_metrics_permission: MetricsPermission,
    /// Whether agents are told.
    pub call_queue_agent_monitor_notification_mode: AgentMonitorNotification,
    /// What may be done in calls of agents.
    pub call_queue_agent_monitor_mode: AgentMonitorMode,
}

/// Who sees figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum MetricsPermission {
    #[default]
    Disabled,
    AuthorizedOnly,
    All,
}

/// What may be done in calls of agents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum AgentMonitorMode {
    #[default]
    Disabled,
    Monitor,
    Whisper,
    Barge,
    Takeover,
}

/// Whether agents are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum AgentMonitorNotification {
    #[default]
    Disabled,
    Agent,
}

impl Default for VoiceApplicationsPolicy {
    fn default() -> Self {
        Self {
            identity: "Global".to_owned(),
            description: None,
            allow_auto_attendant_business_hours_greeting_change: false,
            allow_auto_attendant_after_hours_greeting_change: false,
            allow_auto_attendant_holiday_greeting_change: false,
            allow_auto_attendant_business_hours_change: false,
            allow_auto_attendant_time_zone_change: false,
            allow_auto_attendant_language_change: false,
            allow_auto_attendant_holidays_change: false,
            allow_auto_attendant_business_hours_routing_change: false,
            allow_auto_attendant_after_hours_routing_change: false,
            allow_auto_attendant_holiday_routing_change: false,
            allow_call_queue_welcome_greeting_change: false,
            allow_call_queue_music_on_hold_change: false,
            allow_call_queue_overflow_shared_voicemail_greeting_change: false,
            allow_call_queue_timeout_shared_voicemail_greeting_change: false,
            allow_call_queue_no_agent_shared_voicemail_greeting_change: false,
            allow_call_queue_language_change: false,
            allow_call_queue_membership_change: false,
            allow_call_queue_conference_mode_change: false,
            allow_call_queue_routing_method_change: false,
            allow_call_queue_presence_based_routing_change: false,
            allow_call_queue_opt_out_change: false,
            allow_call_queue_overflow_routing_change: false,
            allow_call_queue_timeout_routing_change: false,
            allow_call_queue_no_agents_routing_change: false,
            historical_agent_metrics_permission: MetricsPermission::Disabled,
            historical_auto_attendant_metrics_permission: MetricsPermission::Disabled,
            historical_call_queue_metrics_permission: MetricsPermission::Disabled,
            real_time_agent_metrics_permission: MetricsPermission::Disabled,
            real_time_auto_attendant_metrics_permission: MetricsPermission::Disabled,
            real_time_call_queue_metrics_permission: MetricsPermission::Disabled,
            call_queue_agent_monitor_notification_mode: AgentMonitorNotification::Disabled,
            call_queue_agent_monitor_mode: AgentMonitorMode::Disabled,
        }
    }
}

impl TenantObject for VoiceApplicationsPolicy {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        let real_time = [
            ("realTimeAgentMetricsPermission", self.real_time_agent_metrics_permission),
            ("realTimeAutoAttendantMetricsPermission", self.real_time_auto_attendant_metrics_permission),
            ("realTimeCallQueueMetricsPermission", self.real_time_call_queue_metrics_permission),
        ];
        for (field, permission) in real_time {
            if permission == MetricsPermission::All {
                checker.refuse(field, "All", "not for what happens now; use AuthorizedOnly");
            }
        }
    }
}
