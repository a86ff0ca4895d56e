//! Notifications for webhooks that others know about (change notifications of Microsoft Graph): they go
//! through the outbox like all events, in order for each subscription, until the subscription ends.

use std::sync::Arc;

use identifier::{DeliveryId, EventId};
use store::{Delivery, DeliveryKind, DeliveryState, StoreError, Write};
use tokio::sync::{mpsc, oneshot};

use crate::events::Events;
use crate::postman::Mail;

/// A notification for somebody's webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Whose it is: of one subscription all are sent in their order.
    pub subscription: String,
    /// The tenant's id.
    pub tenant: String,
    /// What it tells, for operators.
    pub event_type: String,
    /// Where it is sent.
    pub url: String,
    /// JSON.
    pub body: String,
    /// Nobody can make use of it after this time.
    pub expires_us: i64,
}

/// Who knows about the subscriptions of webhooks.
pub trait WebhookOwner: Send + Sync {
    /// Whether a notification is still wanted.
    fn is_wanted(&self, delivery: &Delivery) -> bool;

    /// A notification could not be delivered.
    fn is_given_up(&self, delivery: &Delivery);
}

/// Notifications on their way into the outbox.
#[must_use = "they leave when they have been settled"]
#[derive(Debug)]
pub struct Posted {
    stored: oneshot::Receiver<Result<(), StoreError>>,
    deliveries: Vec<Delivery>,
    mail: mpsc::Sender<Mail>,
}

impl Events {
    /// Somebody knows about the subscriptions of webhooks; the first one who says so.
    pub fn own_webhooks(&self, owner: Arc<dyn WebhookOwner>) {
        let _ = self.core.owner.set(owner);
    }

    /// Hands notifications to the outbox, durable together with `writes` and after everything that was handed
    /// over before. Never waits; they leave once the result is [settled](Posted::settle).
    pub fn post_webhooks(&self, webhooks: Vec<Webhook>, mut writes: Vec<Write>) -> Posted {
        let core = &self.core;
        let deliver = |webhook: Webhook| {
            let unix_us = core.now().unix_us();
            Delivery {
                id: core.draw(|entropy| DeliveryId::made_at(unix_us, entropy)).to_string(),
                sequence: core.sequence.next(unix_us),
                stream: format!("graph {}", webhook.subscription),
                event: core.draw(EventId::random).to_string(),
                event_type: webhook.event_type,
                kind: DeliveryKind::GraphNotification,
                destination: webhook.url,
                subscription: Some(webhook.subscription),
                resource: webhook.tenant,
                call: String::new(),
                connection: None,
                body: webhook.body,
                state: DeliveryState::Pending,
                attempts: 0,
                created_us: unix_us,
                expires_us: Some(webhook.expires_us),
                next_attempt_us: None,
                settled_us: None,
            }
        };
        let deliveries: Vec<Delivery> = webhooks.into_iter().map(deliver).collect();
        writes.extend(deliveries.iter().cloned().map(Write::PutDelivery));
        let stored = core.around.store.enqueue(writes);
        Posted { stored, deliveries, mail: self.mail.clone() }
    }
}

impl Posted {
    /// Waits until all of it is durable, and lets the notifications go.
    pub async fn settle(self) -> Result<(), StoreError> {
        self.stored.await.map_err(|_| StoreError::Closed)??;
        if !self.deliveries.is_empty() {
            // They lie in the outbox; if the postman is gone, the next one finds them there.
            let _ = self.mail.send(Mail::Again(self.deliveries)).await;
        }
        Ok(())
    }
}
