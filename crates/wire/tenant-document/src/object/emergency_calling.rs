//! Emergency calling policies: what happens around a call for help.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::object::TenantObject;

/// What happens around a call for help.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct EmergencyCallingPolicy {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// How the security desk takes part; not at all when absent.
    pub notification_mode: Option<NotificationMode>,
    /// Who the security desk is: at most 10 addresses, separated by semicolons.
    #[schemars(length(max = 4096))]
    pub notification_group: Option<String>,
    /// A number that is called into the conference; it never speaks.
    #[schemars(extend("format" = "e164"))]
    pub notification_dial_out_number: Option<String>,
    /// Whether a person may say where they are when away from the company's network.
    pub external_location_lookup_mode: ExternalLocationLookupMode,
    /// Told to a person once for each start of the client.
    #[schemars(length(max = 350))]
    pub enhanced_emergency_service_disclaimer: Option<String>,
    /// Other desks for some numbers; one replaces all that is said above, with nothing too.
    #[schemars(length(max = 100))]
    pub extended_notifications: Vec<ExtendedNotification>,
}

/// How the security desk takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum NotificationMode {
    /// By a message.
    NotificationOnly,
    /// In the conference, hearing only.
    ConferenceMuted,
    /// In the conference, hearing first.
    ConferenceUnMuted,
}

/// Whether a person may say where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum ExternalLocationLookupMode {
    #[default]
    Disabled,
    Enabled,
}

/// The desk for one number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["emergencyDialString"]))]
pub struct ExtendedNotification {
    /// The number, such as 933.
    #[schemars(extend("format" = "dial-string"))]
    pub emergency_dial_string: String,
    /// How the desk takes part.
    pub notification_mode: Option<NotificationMode>,
    /// Who the desk is.
    #[schemars(length(max = 4096))]
    pub notification_group: Option<String>,
    /// A number that is called into the conference.
    #[schemars(extend("format" = "e164"))]
    pub notification_dial_out_number: Option<String>,
}

impl Default for EmergencyCallingPolicy {
    fn default() -> Self {
        Self {
            identity: "Global".to_owned(),
            description: None,
            notification_mode: None,
            notification_group: None,
            notification_dial_out_number: None,
            external_location_lookup_mode: ExternalLocationLookupMode::Disabled,
            enhanced_emergency_service_disclaimer: None,
            extended_notifications: Vec::new(),
        }
    }
}

impl TenantObject for EmergencyCallingPolicy {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        check_desk(
            "",
            self.notification_mode,
            &self.notification_group,
            &self.notification_dial_out_number,
            checker,
        );
        for (index, desk) in self.extended_notifications.iter().enumerate() {
            let field = format!("extendedNotifications[{index}].");
            let (group, number) = (&desk.notification_group, &desk.notification_dial_out_number);
            check_desk(&field, desk.notification_mode, group, number, checker);
            let same =
                |other: &ExtendedNotification| other.emergency_dial_string == desk.emergency_dial_string;
            if self.extended_notifications[..index].iter().any(same) {
                let reason = "the number is there twice; keep one of them";
                checker.refuse(format!("{field}emergencyDialString"), &desk.emergency_dial_string, reason);
            }
        }
    }
}

fn check_desk(
    field: &str,
    mode: Option<NotificationMode>,
    group: &Option<String>,
    number: &Option<String>,
    checker: &mut Checker,
) {
    if let Some(group) = group {
        let members: Vec<&str> =
            group.split(';').map(str::trim).filter(|member| !member.is_empty()).collect();
        let name = format!("{field}notificationGroup");
        if members.len() > 10 {
            checker.refuse_field(
                &*name,
                format!("there are {} addresses, and at most 10 may be", members.len()),
            );
        }
        for member in members {
            if let Some(problem) = crate::format::problem("user-principal-name", member) {
                checker.refuse(&*name, member, problem);
            }
        }
        if mode.is_none() {
            checker.refuse_field(
                format!("{field}notificationMode"),
                "there is a security desk, and it is not said how it takes part",
            );
        }
    }
    if number.is_some()
        && !matches!(mode, Some(NotificationMode::ConferenceMuted | NotificationMode::ConferenceUnMuted))
    {
        let reason = "a number is called into a conference, and there is none; use ConferenceMuted or ConferenceUnMuted";
        checker.refuse_field(format!("{field}notificationDialOutNumber"), reason);
    }
}
