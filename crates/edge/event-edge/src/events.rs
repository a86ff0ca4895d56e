//! The handle through which everything about events is reached.

use std::sync::Arc;
use std::time::Duration;

use call_engine::InProcessApp;
use identifier::{EventId, ObjectId, ResourceId, SubscriptionId};
use redact::Secret;
use serde_json::Value;
use store::{
    CallRecord, CallRecordFilter, Connection, ConnectionFilter, DeadLetter, Delivery, DeliveryAttempt,
    DeliveryFilter, DeliveryState, OpenCall, Page, PageRequest, PersonalCall, PersonalCallFilter, StoreError,
    SubscriptionState, Write,
};
use switchboard::{Batch, Committed, Ledger};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::core::Core;
use crate::handshake;
use crate::in_process::InProcessEvent;
use crate::postman::{MAILBOX, Mail, Postman};
use crate::recorder::Recorder;
use crate::recovery;
use crate::registry::{Registry, Subscriber};
use crate::report::{DeadLetterReport, DeliveryReport, Redelivery, SubscriptionReport};
use crate::sequence::Sequence;
use crate::settings::{EventSettings, Surroundings};
use crate::signing_key::SigningKey;
use crate::subscription_spec::{SubscriptionSpec, SubscriptionSpecError};

/// Events on their way out. Cheap to clone; implements [`Ledger`].
#[derive(Clone)]
pub struct Events {
    pub(crate) core: Arc<Core>,
    recorder: Arc<Recorder>,
    pub(crate) mail: mpsc::Sender<Mail>,
    /// Subscriptions are changed one at a time, so that two of one name cannot come about.
    changing: Arc<Mutex<()>>,
}

/// The most subscriptions; each event is held against all of them.
const MOST_SUBSCRIPTIONS: usize = 500;
/// How often the past is shortened.
const PRUNE_EVERY: Duration = Duration::from_secs(10);

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

impl Events {
    /// Starts delivering: what a former process left undelivered goes on, and what died with it is closed.
    pub async fn start(surroundings: Surroundings, settings: EventSettings) -> Result<Self, StartError> {
        let store = surroundings.store.clone();
        let key = SigningKey::of(&store, &settings.issuer).await?;
        let registry = Registry::of(&store).await?;
        let sequence = Sequence::after(store.last_sequence().await?);
        let core = Arc::new(Core::new(surroundings, settings, key, registry, sequence));
        recovery::close_what_died(&core).await?;

        let (mail, mailbox) = mpsc::channel(MAILBOX);
        Postman::start(Arc::clone(&core), mailbox);
        let recorder = Arc::new(Recorder::start(&core, mail.clone()));
        for subscriber in core.registry.all() {
            if subscriber.state == SubscriptionState::AwaitingValidation {
                handshake::ask_in_background(&core, subscriber.id);
            }
        }
        tokio::spawn(prune(Arc::downgrade(&core)));
        Ok(Self { core, recorder, mail, changing: Arc::default() })
    }

    /// The switchboard's port.
    pub fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::clone(&self.recorder) as Arc<dyn Ledger>
    }

    /// An application of this process wants its events. The size of the mailbox is its own choice.
    pub fn register_in_process(&self, app: InProcessApp, events: mpsc::Sender<InProcessEvent>) {
        self.core.apps.register(app, events);
    }

    /// The keys with which callbacks are signed, as a JSON Web Key Set.
    pub fn signing_keys(&self) -> Value {
        self.core.key.key_set()
    }

    /// A token with which a WebSocket to the applications of a resource is opened, signed as callbacks are; for a day.
    pub fn socket_token(&self, resource: ResourceId) -> Secret<String> {
        self.core.key.socket_token(&resource.to_string(), self.core.now())
    }

    /// A token that says just this, signed with the platform's key. Whoever reads it must check for whom it was made:
    /// tokens of callbacks are signed with the same key.
    pub fn sign(&self, claims: &Value) -> Secret<String> {
        self.core.key.sign_claims(claims)
    }

    /// The OpenID configuration document, for a server that is reached at `origin`.
    pub fn openid_configuration(&self, origin: &str) -> Value {
        self.core.key.openid_configuration(origin)
    }

    /// Somebody wants to be told; the endpoint is asked in the background whether it agrees.
    pub async fn subscribe(&self, spec: SubscriptionSpec) -> Result<SubscriptionReport, SubscribeError> {
        let _turn = self.changing.lock().await;
        let subscriber = self.subscriber(spec)?;
        if self.core.registry.named(&subscriber.spec.name).is_some() {
            return Err(SubscribeError::NameTaken(subscriber.spec.name));
        }
        if self.core.registry.all().len() >= MOST_SUBSCRIPTIONS {
            return Err(SubscribeError::TooMany(MOST_SUBSCRIPTIONS));
        }
        self.put(subscriber).await
    }

    /// The same for the configuration file: a subscription of this name is made or brought up to date.
    pub async fn ensure_subscription(
        &self,
        spec: SubscriptionSpec,
    ) -> Result<SubscriptionReport, SubscribeError> {
        let turn = self.changing.lock().await;
        let Some(known) = self.core.registry.named(&spec.name) else {
            drop(turn);
            return self.subscribe(spec).await;
        };
        let wanted = self.subscriber(spec)?;
        if known.spec == wanted.spec && known.resource == wanted.resource {
            return Ok(known.report());
        }
        let changed = Subscriber { id: known.id, created_us: known.created_us, ..wanted };
        self.put(changed).await
    }

    /// All subscriptions, oldest first.
    pub fn subscriptions(&self) -> Vec<SubscriptionReport> {
        self.core.registry.all().iter().map(|subscriber| subscriber.report()).collect()
    }

    /// One subscription.
    pub fn subscription(&self, id: SubscriptionId) -> Option<SubscriptionReport> {
        self.core.registry.get(id).map(|subscriber| subscriber.report())
    }

    /// Nobody wants to be told any more; `false` if there was no such subscription.
    pub async fn unsubscribe(&self, id: SubscriptionId) -> Result<bool, StoreError> {
        let _turn = self.changing.lock().await;
        if self.core.registry.get(id).is_none() {
            return Ok(false);
        }
        self.core.around.store.write(vec![Write::RemoveSubscription(id.to_string())]).await?;
        self.core.registry.remove(id);
        Ok(true)
    }

    /// Asks the endpoint now and waits for its answer; `None` if there is no such subscription.
    pub async fn validate(&self, id: SubscriptionId) -> Result<Option<SubscriptionReport>, StoreError> {
        let Some(subscriber) = self.core.registry.get(id) else { return Ok(None) };
        handshake::ask(&self.core, &subscriber).await?;
        Ok(self.subscription(id))
    }

    /// Somebody fetched a validation URL; `false` if the code is wrong or late.
    pub async fn confirm(&self, id: SubscriptionId, code: &str) -> Result<bool, StoreError> {
        handshake::confirm(&self.core, id, code).await
    }

    /// Deliveries with their attempts, newest first.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<DeliveryReport>, StoreError> {
        let page = self.core.around.store.deliveries(filter, page).await?;
        let ids = page.items.iter().map(|delivery| delivery.id.as_str()).collect::<Vec<_>>();
        let attempts = self.core.around.store.attempts(&ids).await?;
        let of = |delivery: &Delivery| attempts_of(&attempts, &delivery.id);
        let items =
            page.items.into_iter().map(|delivery| DeliveryReport { attempts: of(&delivery), delivery });
        Ok(Page { items: items.collect(), next: page.next })
    }

    /// Dead letters with their attempts, newest first.
    pub async fn dead_letters(
        &self,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<DeadLetterReport>, StoreError> {
        let page = self.core.around.store.dead_letters(filter, page).await?;
        let ids = page.items.iter().map(|letter| letter.delivery.id.as_str()).collect::<Vec<_>>();
        let attempts = self.core.around.store.attempts(&ids).await?;
        let of = |letter: &DeadLetter| attempts_of(&attempts, &letter.delivery.id);
        let items = page.items.into_iter().map(|letter| DeadLetterReport { attempts: of(&letter), letter });
        Ok(Page { items: items.collect(), next: page.next })
    }

    /// Sends dead letters again, as the same events; says how many.
    pub async fn redeliver(&self, which: Redelivery) -> Result<usize, StoreError> {
        let store = &self.core.around.store;
        let filter = match which {
            Redelivery::One(id) => {
                let letters: Vec<DeadLetter> = store.dead_letter(&id).await?.into_iter().collect();
                return self.revive(letters).await;
            }
            Redelivery::All(filter) => filter,
        };
        let (mut count, mut after) = (0, None);
        loop {
            // What dies again at once comes back in front of the cursor and is not met twice.
            let page = store.dead_letters(&filter, &PageRequest::new(PageRequest::LARGEST, after)).await?;
            count += self.revive(page.items).await?;
            after = page.next;
            if after.is_none() {
                return Ok(count);
            }
        }
    }

    /// The open connections, newest first.
    pub async fn connections(
        &self,
        filter: &ConnectionFilter,
        page: &PageRequest,
    ) -> Result<Page<Connection>, StoreError> {
        self.core.around.store.connections(filter, page).await
    }

    /// Calls that an application holds or in which somebody talks, newest first.
    pub async fn open_calls(
        &self,
        filter: &ConnectionFilter,
        page: &PageRequest,
    ) -> Result<Page<OpenCall>, StoreError> {
        self.core.around.store.open_calls(filter, page).await
    }

    /// Calls that are over, newest first.
    pub async fn call_records(
        &self,
        filter: &CallRecordFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        self.core.around.store.call_records(filter, page).await
    }

    /// The calls of a person, newest first.
    pub async fn personal_calls(
        &self,
        filter: &PersonalCallFilter,
        page: &PageRequest,
    ) -> Result<Page<PersonalCall>, StoreError> {
        self.core.around.store.personal_calls(filter, page).await
    }

    /// Forgets the calls of a person.
    pub async fn forget_personal_calls(&self, person: ObjectId) -> Result<(), StoreError> {
        self.core.around.store.write(vec![Write::ForgetPersonalCalls(person.to_string())]).await
    }

    /// Tells the operator's statistics what waits in the outbox now.
    pub async fn measure(&self) -> Result<(), StoreError> {
        let size = self.core.around.store.outbox_size().await?;
        let now_us = self.core.now().unix_us();
        let age_us = size.oldest_us.map_or(0, |oldest_us| now_us.saturating_sub(oldest_us).max(0));
        meter::EVENTS_PENDING.set([], size.pending as f64);
        meter::EVENTS_OLDEST.set([], age_us as f64 / 1e6);
        meter::DEAD_LETTERS.set([], size.dead as f64);
        Ok(())
    }

    /// Waits until everything that can be delivered at once is, at most this long. What is left stays in the outbox.
    pub async fn drain(&self, patience: Duration) {
        let drained = async {
            // Everything that was committed before lies in the postman's mailbox after this.
            let _ = self.recorder.commit(Batch::default()).await;
            let (done, drained) = oneshot::channel();
            if self.mail.send(Mail::Drain(done)).await.is_ok() {
                let _ = drained.await;
            }
            let _ = self.core.around.store.write(Vec::new()).await;
        };
        let _ = tokio::time::timeout(patience, drained).await;
    }

    fn subscriber(&self, spec: SubscriptionSpec) -> Result<Subscriber, SubscribeError> {
        spec.check()?;
        let resource = self.resource_of(&spec)?;
        self.core
            .around
            .http
            .check(&spec.endpoint)
            .map_err(|error| SubscribeError::NotAllowed(error.to_string()))?;
        Ok(Subscriber {
            id: self.core.draw(SubscriptionId::random),
            filter: spec.filter.to_filter()?,
            resource,
            state: SubscriptionState::AwaitingValidation,
            code: Secret::new(self.core.draw(EventId::random).to_string()),
            asked_us: None,
            last_answer: None,
            created_us: self.core.now().unix_us(),
            // Kept as it was asked for, so that the configuration file can be compared with it.
            spec,
        })
    }

    fn resource_of(&self, spec: &SubscriptionSpec) -> Result<ResourceId, SubscriptionSpecError> {
        let directory = (self.core.around.directory)();
        let resource = match spec.resource_id()? {
            Some(id) => directory.resource(id),
            None => directory.resources().first(),
        };
        resource.map(|resource| resource.id).ok_or(SubscriptionSpecError::Resource)
    }

    async fn put(&self, subscriber: Subscriber) -> Result<SubscriptionReport, SubscribeError> {
        self.core.around.store.write(vec![Write::PutSubscription(subscriber.to_row())]).await?;
        let report = subscriber.report();
        self.core.registry.put(subscriber);
        handshake::ask_in_background(&self.core, report.id);
        Ok(report)
    }

    async fn revive(&self, letters: Vec<DeadLetter>) -> Result<usize, StoreError> {
        let mut writes = Vec::with_capacity(letters.len());
        let mut deliveries = Vec::with_capacity(letters.len());
        for DeadLetter { delivery, .. } in letters {
            let sequence = self.core.sequence.next(self.core.now().unix_us());
            writes.push(Write::ReviveDeadLetter { id: delivery.id.clone(), sequence });
            deliveries.push(Delivery {
                sequence,
                state: DeliveryState::Pending,
                settled_us: None,
                ..delivery
            });
        }
        self.core.around.store.write(writes).await?;
        let count = deliveries.len();
        // Without a postman the process is ending; they are in the outbox.
        let _ = self.mail.send(Mail::Again(deliveries)).await;
        Ok(count)
    }
}

impl Ledger for Events {
    fn commit(&self, batch: Batch) -> Committed {
        self.recorder.commit(batch)
    }
}

fn attempts_of(attempts: &[DeliveryAttempt], delivery: &str) -> Vec<DeliveryAttempt> {
    attempts.iter().filter(|attempt| attempt.delivery == delivery).cloned().collect()
}

async fn prune(core: std::sync::Weak<Core>) {
    loop {
        let Some(alive) = core.upgrade() else { return };
        let (retention, now_us) = (alive.settings.retention, alive.now().unix_us());
        // What fails now is done the next time; the writer has logged why.
        let _ = alive.around.store.prune(retention, now_us).await;
        drop(alive);
        tokio::time::sleep(PRUNE_EVERY).await;
    }
}
