//! `[[events.subscriptions]]` of the configuration file.

use serde::{Deserialize, Serialize};

/// An Event Grid subscription that is there from the start.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SubscriptionEntry {
    /// Its name; the same name is the same subscription after a restart.
    pub name: String,
    /// The webhook.
    pub url: String,
    /// The resource whose events it receives; the default one when absent.
    pub resource: Option<String>,
    /// Event types such as `Microsoft.Communication.IncomingCall`; all when empty.
    #[serde(default)]
    pub types: Vec<String>,
    /// `eventgrid` or `cloudevents`.
    #[serde(default = "event_grid")]
    pub schema: String,
    /// Filters, as `ringdown events subscribe --filter` takes them.
    #[serde(default)]
    pub filters: Vec<String>,
}

fn event_grid() -> String {
    "eventgrid".to_owned()
}
