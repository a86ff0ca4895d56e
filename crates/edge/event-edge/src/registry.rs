//! Who wants to be told: the subscriptions in memory, as the store has them.

use std::sync::{Arc, PoisonError, RwLock};

use event_delivery::{Candidate, Filter};
use identifier::{ResourceId, SubscriptionId};
use redact::Secret;
use store::{PageRequest, Store, StoreError, Subscription, SubscriptionState};

use crate::report::SubscriptionReport;
use crate::subscription_spec::SubscriptionSpec;

/// One subscription. Changed by replacing it.
#[derive(Clone, Debug)]
pub(crate) struct Subscriber {
    pub(crate) id: SubscriptionId,
    pub(crate) spec: SubscriptionSpec,
    pub(crate) resource: ResourceId,
    pub(crate) filter: Filter,
    pub(crate) state: SubscriptionState,
    pub(crate) code: Secret<String>,
    pub(crate) asked_us: Option<i64>,
    pub(crate) last_answer: Option<String>,
    pub(crate) created_us: i64,
}

#[derive(Debug, Default)]
pub(crate) struct Registry {
    /// Oldest first.
    subscribers: RwLock<Vec<Arc<Subscriber>>>,
}

impl Registry {
    /// What the store has.
    pub(crate) async fn of(store: &Store) -> Result<Self, StoreError> {
        let mut subscribers = Vec::new();
        let mut after = None;
        loop {
            let page = store.subscriptions(&PageRequest::new(PageRequest::LARGEST, after)).await?;
            for row in page.items {
                subscribers.push(Arc::new(Subscriber::from_row(row)?));
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        subscribers.reverse();
        Ok(Self { subscribers: RwLock::new(subscribers) })
    }

    pub(crate) fn all(&self) -> Vec<Arc<Subscriber>> {
        self.subscribers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn get(&self, id: SubscriptionId) -> Option<Arc<Subscriber>> {
        let subscribers = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
        subscribers.iter().find(|subscriber| subscriber.id == id).cloned()
    }

    pub(crate) fn named(&self, name: &str) -> Option<Arc<Subscriber>> {
        let subscribers = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
        subscribers.iter().find(|subscriber| subscriber.spec.name == name).cloned()
    }

    /// Those who may want events of this type about this resource and have agreed to be told.
    pub(crate) fn interested(&self, resource: ResourceId, event_type: &str) -> Vec<Arc<Subscriber>> {
        let subscribers = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
        subscribers
            .iter()
            .filter(|subscriber| {
                subscriber.state == SubscriptionState::Active
                    && subscriber.resource == resource
                    && subscriber.filter.wants_type(event_type)
            })
            .cloned()
            .collect()
    }

    /// Adds it, or replaces the one of its id.
    pub(crate) fn put(&self, subscriber: Subscriber) {
        let mut subscribers = self.subscribers.write().unwrap_or_else(PoisonError::into_inner);
        let subscriber = Arc::new(subscriber);
        match subscribers.iter_mut().find(|known| known.id == subscriber.id) {
            Some(known) => *known = subscriber,
            None => subscribers.push(subscriber),
        }
    }

    pub(crate) fn remove(&self, id: SubscriptionId) {
        let mut subscribers = self.subscribers.write().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|subscriber| subscriber.id != id);
    }
}

impl Subscriber {
    pub(crate) fn wants(&self, candidate: Candidate<'_>) -> bool {
        self.filter.wants(candidate)
    }

    pub(crate) fn report(&self) -> SubscriptionReport {
        SubscriptionReport {
            id: self.id,
            spec: SubscriptionSpec { resource: Some(self.resource.to_string()), ..self.spec.clone() },
            state: self.state,
            last_answer: self.last_answer.clone(),
            created_us: self.created_us,
        }
    }

    pub(crate) fn to_row(&self) -> Subscription {
        Subscription {
            id: self.id.to_string(),
            name: self.spec.name.clone(),
            resource: self.resource.to_string(),
            definition: serde_json::to_string(&self.spec).expect("a subscription is JSON"),
            state: self.state,
            validation_code: self.code.clone(),
            validation_sent_us: self.asked_us,
            created_us: self.created_us,
        }
    }

    fn from_row(row: Subscription) -> Result<Self, StoreError> {
        let unreadable = |what, value: &str| StoreError::Unreadable { what, value: value.to_owned() };
        let spec: SubscriptionSpec =
            serde_json::from_str(&row.definition).map_err(|_| unreadable("subscription", &row.name))?;
        let filter =
            spec.filter.to_filter().map_err(|_| unreadable("filter of a subscription", &row.name))?;
        Ok(Self {
            id: row.id.parse().map_err(|_| unreadable("id of a subscription", &row.id))?,
            resource: row.resource.parse().map_err(|_| unreadable("id of a resource", &row.resource))?,
            spec,
            filter,
            state: row.state,
            code: row.validation_code,
            asked_us: row.validation_sent_us,
            last_answer: None,
            created_us: row.created_us,
        })
    }
}
