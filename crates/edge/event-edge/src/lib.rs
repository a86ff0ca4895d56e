//! Events on their way out: callbacks of Call Automation, Event Grid, and the applications that live
//! in this process.
//!
//! [`Events`] is the switchboard's ledger: what a batch says is made durable first (the outbox), then
//! delivered, at least once, in order for each connection.

mod events;
mod settings;

mod recorder;
mod recovery;

mod in_process;
mod pace;
mod personal_calls;
mod postman;
mod publishing;

mod attempt;
mod handshake;
mod registry;
mod signing_key;
mod webhook;

mod core;

mod call_record;
mod callback_body;
mod event_type;
mod grid_body;
mod report;
mod reservation;
mod result_code;
mod sequence;
mod subscription_spec;

pub use events::{Events, StartError, SubscribeError};
pub use in_process::InProcessEvent;
pub use publishing::GridFact;
pub use report::{DeadLetterReport, DeliveryReport, Redelivery, SubscriptionReport};
pub use reservation::reservations;
pub use settings::{Clock, DirectorySource, EventSettings, Surroundings};
pub use subscription_spec::{
    AdvancedFilterSpec, FilterSpec, RetrySpec, SubscriptionSpec, SubscriptionSpecError,
};
pub use webhook::{Posted, Webhook, WebhookOwner};
