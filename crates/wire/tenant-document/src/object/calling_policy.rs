//! Calling policies: whether and how there are calls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::object::TenantObject;

/// Whether and how a person calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct CallingPolicy {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// Whether there are calls at all.
    pub allow_private_calling: bool,
    /// Voicemail: always after 30 seconds, never, or as the person wishes.
    pub allow_voicemail: AllowVoicemail,
    /// Whether others may answer a person's calls.
    pub allow_call_groups: bool,
    /// Whether others may act for a person.
    pub allow_delegation: bool,
    /// Whether calls may be forwarded to people.
    pub allow_call_forwarding_to_user: bool,
    /// Whether calls may be forwarded to phone numbers.
    pub allow_call_forwarding_to_phone: bool,
    /// Whether a browser may call phone numbers.
    #[serde(rename = "allowWebPSTNCalling")]
    pub allow_web_pstn_calling: bool,
    /// Whether calls keep to the trunks of where the person is (Direct Routing only).
    pub prevent_toll_bypass: bool,
    /// What a second caller hears.
    pub busy_on_busy_enabled_type: BusyOnBusy,
    /// Whether held callers hear music.
    pub music_on_hold_enabled_type: SwitchOrUser,
    /// Where calls of the phone network go.
    pub inbound_pstn_call_routing_treatment: InboundRoutingTreatment,
    /// Where calls of other companies go.
    pub inbound_federated_call_routing_treatment: InboundRoutingTreatment,
    /// Whether calls may be recorded.
    pub allow_cloud_recording_for_calls: bool,
    /// Whether calls may be transcribed.
    pub allow_transcription_for_calling: bool,
    /// Whether everybody must agree to a recording; not for calls of the phone network or of queues.
    pub explicit_recording_consent: Switch,
    /// For how many days a recording is kept; -1 for ever.
    #[schemars(range(min = -1, max = 99_999))]
    pub call_recording_expiration_days: i32,
    /// Whether calls that look like spam are said to.
    pub spam_filtering_enabled_type: Switch,
    /// Whether calls of the phone network open a page.
    pub popout_for_incoming_pstn_calls: Switch,
    /// Which, with {phone} for the caller.
    #[schemars(length(max = 1023))]
    pub popout_app_path_for_incoming_pstn_calls: String,
    /// Whether meetings are answered by themselves.
    pub auto_answer_enabled_type: Switch,
    /// Whether there is an end to what a person may spend.
    pub enable_spend_limits: bool,
    /// Which, in a month.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub calling_spend_user_limit: Option<u32>,
    /// Whether what is said may be shown as text.
    pub live_captions_enabled_type_for_calling: SwitchOrUser,
    /// Whether text may be typed into calls.
    pub real_time_text: Switch,
    /// Whether an assistant may listen.
    pub copilot: Switch,
}

/// Voicemail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum AllowVoicemail {
    AlwaysEnabled,
    AlwaysDisabled,
    #[default]
    UserOverride,
}

/// What a second caller hears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum BusyOnBusy {
    Enabled,
    Unanswered,
    #[default]
    Disabled,
    UserOverride,
}

/// Where inbound calls go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum InboundRoutingTreatment {
    #[default]
    RegularIncoming,
    Unanswered,
    Voicemail,
    UserOverride,
}

/// On or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum Switch {
    Enabled,
    #[default]
    Disabled,
}

/// On, off, or as the person wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum SwitchOrUser {
    #[default]
    Enabled,
    Disabled,
    UserOverride,
}

impl Default for CallingPolicy {
    fn default() -> Self {
        Self {
            identity: "Global".to_owned(),
            description: None,
            allow_private_calling: true,
            allow_voicemail: AllowVoicemail::UserOverride,
            allow_call_groups: true,
            allow_delegation: true,
            allow_call_forwarding_to_user: true,
            allow_call_forwarding_to_phone: true,
            allow_web_pstn_calling: true,
            prevent_toll_bypass: false,
            busy_on_busy_enabled_type: BusyOnBusy::Disabled,
            music_on_hold_enabled_type: SwitchOrUser::Enabled,
            inbound_pstn_call_routing_treatment: InboundRoutingTreatment::RegularIncoming,
            inbound_federated_call_routing_treatment: InboundRoutingTreatment::RegularIncoming,
            allow_cloud_recording_for_calls: false,
            allow_transcription_for_calling: false,
            explicit_recording_consent: Switch::Disabled,
            call_recording_expiration_days: 60,
            spam_filtering_enabled_type: Switch::Enabled,
            popout_for_incoming_pstn_calls: Switch::Disabled,
            popout_app_path_for_incoming_pstn_calls: String::new(),
            auto_answer_enabled_type: Switch::Disabled,
            enable_spend_limits: false,
            calling_spend_user_limit: None,
            live_captions_enabled_type_for_calling: SwitchOrUser::Enabled,
            real_time_text: Switch::Enabled,
            copilot: Switch::Enabled,
        }
    }
}

impl TenantObject for CallingPolicy {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        let path = &self.popout_app_path_for_incoming_pstn_calls;
        if (self.popout_for_incoming_pstn_calls == Switch::Enabled || !path.is_empty())
            && let Some(problem) = crate::format::problem("https", path)
        {
            checker.refuse("popoutAppPathForIncomingPstnCalls", path, problem);
        }
        if self.enable_spend_limits && self.calling_spend_user_limit.is_none() {
            checker.refuse_field("callingSpendUserLimit", "there is a limit, and it is not said which");
        }
        if self.call_recording_expiration_days == 0 {
            let reason = "a recording is kept for at least 1 day; -1 keeps it for ever";
            checker.refuse("callRecordingExpirationDays", 0, reason);
        }
    }
}
