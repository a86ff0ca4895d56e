//! What the event edge is handed, and what an operator can set.

use std::sync::Arc;
use std::time::Duration;

use access::ContextKey;
use clock::Now;
use event_delivery::{AskSchedule, Limits, RetryPolicy};
use outbound_http::OutboundHttp;
use store::{Retention, Store};
use switchboard::Lateness;
use tenant::Directory;

/// Reads the platform's clock.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// Gives the directory snapshot in force.
pub type DirectorySource = Arc<dyn Fn() -> Arc<Directory> + Send + Sync>;

/// The parts of the platform that the event edge stands on.
#[derive(Clone)]
pub struct Surroundings {
    /// Where everything is kept.
    pub store: Store,
    /// The gate through which everything leaves.
    pub http: OutboundHttp,
    /// The platform's time.
    pub clock: Clock,
    /// Resources, for topics.
    pub directory: DirectorySource,
    /// Seals `incomingCallContext`.
    pub contexts: Arc<ContextKey>,
    /// Takes note of how late events are.
    pub lateness: Arc<Lateness>,
}

/// What an operator can set.
#[derive(Clone, Debug)]
pub struct EventSettings {
    /// `iss` of the tokens on callbacks.
    pub issuer: String,
    /// Where this server can be reached, without a slash at the end: `https://localhost:8443`.
    /// Validation URLs begin with it.
    pub origin: String,
    /// Callbacks: when they are tried again.
    pub callback_policy: RetryPolicy,
    /// Callbacks: how long an answer is waited for.
    pub callback_timeout: Duration,
    /// Event Grid, unless the subscription says otherwise.
    pub grid_policy: RetryPolicy,
    /// Event Grid: how long an answer is waited for.
    pub grid_timeout: Duration,
    /// IncomingCall, unless the subscription says otherwise.
    pub ringing_policy: RetryPolicy,
    /// IncomingCall: how long an answer is waited for.
    pub ringing_timeout: Duration,
    /// Change notifications of Graph.
    pub graph_policy: RetryPolicy,
    /// Change notifications of Graph: how long an answer is waited for.
    pub graph_timeout: Duration,
    /// When an endpoint that did not answer the validation question is asked again.
    pub ask_schedule: AskSchedule,
    /// How much is sent at once.
    pub limits: Limits,
    /// How much of the past is kept.
    pub retention: Retention,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            issuer: "https://acscallautomation.communication.azure.com".into(),
            origin: "https://localhost".into(),
            callback_policy: RetryPolicy::callback(),
            callback_timeout: Duration::from_secs(10),
            grid_policy: RetryPolicy::event_grid(),
            grid_timeout: Duration::from_secs(30),
            ringing_policy: RetryPolicy::ringing(),
            ringing_timeout: Duration::from_secs(10),
            graph_policy: RetryPolicy::graph(),
            graph_timeout: Duration::from_secs(3),
            ask_schedule: AskSchedule::default(),
            limits: Limits::default(),
            retention: Retention::default(),
        }
    }
}
