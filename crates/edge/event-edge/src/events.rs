//! The handle through which everything about events is reached.

use std::sync::Arc;
use std::time::Duration;

use call_engine::InProcessApp;
use identifier::SubscriptionId;
use serde_json::Value;
use store::{
    CallRecord, CallRecordFilter, Connection, ConnectionFilter, DeliveryFilter, Page, PageRequest, StoreError,
};
use switchboard::Ledger;
use tokio::sync::mpsc;

use crate::in_process::InProcessEvent;
use crate::report::{DeadLetterReport, DeliveryReport, Redelivery, SubscriptionReport};
use crate::settings::{EventSettings, Surroundings};
use crate::subscription_spec::{SubscriptionSpec, SubscriptionSpecError};

/// Events on their way out. Cheap to clone; implements [`Ledger`].
#[derive(Clone)]
pub struct Events {}

/// Why the event edge does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing key.
    #[error("use the signing key: {0}")]
    SigningKey(String),
}

/// Why there is no subscription.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// It makes no sense.
    #[error(transparent)]
    Spec(#[from] SubscriptionSpecError),
    /// The name is taken.
    #[error("subscribe: there is a subscription {0} already; delete it first or choose another name")]
    NameTaken(String),
    /// The outgoing gate does not let requests through to it.
    #[error("subscribe: cannot {0}")]
    NotAllowed(String),
    /// There are as many as there may be.
    #[error("subscribe: there are {0} subscriptions, which is the limit")]
    TooMany(usize),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[allow(unused_variables)]
impl Events {
    /// Starts delivering: what a former process left undelivered goes on, and what died with it is closed.
    pub async fn start(surroundings: Surroundings, settings: EventSettings) -> Result<Self, StartError> {
        todo!()
    }

    /// The switchboard's port.
    pub fn ledger(&self) -> Arc<dyn Ledger> {
        todo!()
    }

    /// An application of this process wants its events. The size of the mailbox is its own choice.
    pub fn register_in_process(&self, app: InProcessApp, events: mpsc::Sender<InProcessEvent>) {
        todo!()
    }

    /// The keys with which callbacks are signed, as a JSON Web Key Set.
    pub fn signing_keys(&self) -> Value {
        todo!()
    }

    /// The OpenID configuration document, for a server that is reached at `origin`.
    pub fn openid_configuration(&self, origin: &str) -> Value {
        todo!()
    }

    /// Somebody wants to be told; the endpoint is asked in the background whether it agrees.
    pub async fn subscribe(&self, spec: SubscriptionSpec) -> Result<SubscriptionReport, SubscribeError> {
        todo!()
    }

    /// The same for the configuration file: a subscription of this name is made or brought up to date.
    pub async fn ensure_subscription(
        &self,
        spec: SubscriptionSpec,
    ) -> Result<SubscriptionReport, SubscribeError> {
        todo!()
    }

    /// All subscriptions, oldest first.
    pub fn subscriptions(&self) -> Vec<SubscriptionReport> {
        todo!()
    }

    /// One subscription.
    pub fn subscription(&self, id: SubscriptionId) -> Option<SubscriptionReport> {
        todo!()
    }

    /// Nobody wants to be told any more; `false` if there was no such subscription.
    pub async fn unsubscribe(&self, id: SubscriptionId) -> Result<bool, StoreError> {
        todo!()
    }

    /// Asks the endpoint now and waits for its answer; `None` if there is no such subscription.
    pub async fn validate(&self, id: SubscriptionId) -> Result<Option<SubscriptionReport>, StoreError> {
        todo!()
    }

    /// Somebody fetched a validation URL; `false` if the code is wrong or late.
    pub async fn confirm(&self, id: SubscriptionId, code: &str) -> Result<bool, StoreError> {
        todo!()
    }

    /// Deliveries with their attempts, newest first.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<DeliveryReport>, StoreError> {
        todo!()
    }

    /// Dead letters with their attempts, newest first.
    pub async fn dead_letters(
        &self,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<DeadLetterReport>, StoreError> {
        todo!()
    }

    /// Sends dead letters again, as the same events; says how many.
    pub async fn redeliver(&self, which: Redelivery) -> Result<usize, StoreError> {
        todo!()
    }

    /// The open connections, newest first.
    pub async fn connections(
        &self,
        filter: &ConnectionFilter,
        page: &PageRequest,
    ) -> Result<Page<Connection>, StoreError> {
        todo!()
    }

    /// Calls that are over, newest first.
    pub async fn call_records(
        &self,
        filter: &CallRecordFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        todo!()
    }

    /// Waits until everything that can be delivered at once is, at most this long. What is left stays in the outbox.
    pub async fn drain(&self, patience: Duration) {
        todo!()
    }
}
