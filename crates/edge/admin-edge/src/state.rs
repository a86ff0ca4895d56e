//! What the administration surface looks at.

use std::sync::Arc;
use std::time::Duration;

use access::AdminToken;
use event_edge::{DirectorySource, Events};
use graph_edge::Graph;
use http_kit::ApiError;
use provisioning::Provisioning;
use recording_edge::Recordings;
use serde::Serialize;
use store::StoreError;
use tracing::error;

use crate::health::Readiness;
use crate::metrics_page::MetricsPage;
use crate::reload::Reload;
use crate::trace::Traces;

/// Everything a handler needs. Cheap to clone.
#[derive(Clone)]
pub struct AdminState {
    /// Subscriptions, deliveries, dead letters, calls.
    pub events: Events,
    /// Resources, numbers, phones.
    pub directory: DirectorySource,
    /// Where phones are registered.
    pub contacts: PhoneContacts,
    /// How trunks are.
    pub trunks: TrunkStatuses,
    /// Whether new calls are taken.
    pub readiness: Readiness,
    /// What Prometheus reads.
    pub metrics: Option<MetricsPage>,
    /// Opens every route but the static page.
    pub token: Arc<AdminToken>,
    /// Opens `/metrics`, and nothing else.
    pub metrics_token: Arc<AdminToken>,
    /// What happens in calls; absent when no journal is kept.
    pub traces: Option<Traces>,
    /// Recordings; absent where nothing is recorded.
    pub recordings: Option<Recordings>,
    /// Changes tenants' telephone systems; absent where there are none.
    pub provisioning: Option<Provisioning>,
    /// Gives tokens in people's names; absent where Microsoft Graph is not served.
    pub graph: Option<Graph>,
    /// Reads the configuration again.
    pub reload: Reload,
    /// How this server is reached.
    pub facts: Arc<ServerFacts>,
}

/// Where phones are registered now, by the name of the phone.
pub type PhoneContacts = Arc<dyn Fn(&str) -> Vec<PhoneContact> + Send + Sync>;

/// One place at which a phone is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneContact {
    /// The SIP URI.
    pub contact: String,
    /// The phone's own name for itself.
    pub user_agent: Option<String>,
    /// Valid until: microseconds since 1970.
    pub expires_us: i64,
}

/// How the trunks are now, by the name of the trunk.
pub type TrunkStatuses = Arc<dyn Fn() -> Vec<TrunkStatus> + Send + Sync>;

/// How a trunk is.
#[derive(Clone, Debug, PartialEq)]
pub struct TrunkStatus {
    /// Its name in the configuration.
    pub name: String,
    /// `up`, `down`, or `unknown` when it was not asked yet.
    pub state: &'static str,
    /// Since when: microseconds since 1970.
    pub since_us: Option<i64>,
    /// How long its last answer took.
    pub round_trip: Option<Duration>,
    /// Our registration with it: `registered`, `failed`, or `not-wanted`.
    pub registration: &'static str,
}

/// How this server is reached; the facts of `ready.json` that are no secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerFacts {
    /// The REST endpoint over HTTPS.
    pub endpoint: String,
    /// The same over plain HTTP on loopback, when enabled.
    pub http_endpoint: Option<String>,
    /// Where SIP is spoken, for example `udp 127.0.0.1:5060`.
    pub sip: Vec<String>,
    /// The program's version.
    pub version: String,
}

/// The store does not answer; why is for the log.
pub(crate) fn unavailable(error: StoreError) -> ApiError {
    error!(error = %error, "the administration was refused by the store: cannot {error}");
    ApiError::internal()
}
