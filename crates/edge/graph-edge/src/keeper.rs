//! The one owner of the presence engine: it hands in what happens, keeps what must last, and tells who wants
//! to know.
//!
//! Whoever changes something waits until it is in the store. A task of the keeper's own tells of changes: the
//! notifications and the note that they were made are durable together, so that a crash in between loses none.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use clock::Now;
use event_edge::{Events, Posted};
use http_kit::Clock;
use identifier::ObjectId;
use presence::{Presence, PresenceEngine, Reach};
use store::{Store, StoreError, Write};
use tokio::sync::Notify;

use crate::company::Companies;
use crate::kept_presence;
use crate::subscription::Subscriptions;

/// Rows that are read together.
const TOGETHER: usize = 1_000;
/// People of whose change is told in one go; others wait for their turn without being held up.
const TOLD_TOGETHER: usize = 256;
/// The longest that it sleeps.
const SLEEP: Duration = Duration::from_secs(60);

/// Tells those who put calls through what somebody's calls meet from now on.
pub type Reachability = Arc<dyn Fn(ObjectId, Reach) + Send + Sync>;

pub(crate) struct Keeper {
    engine: Mutex<PresenceEngine>,
    reachability: Reachability,
    /// Whoever tells calls, so that they hear it in its order. Never taken by whoever puts calls through.
    telling: Mutex<()>,
    woken: Arc<Notify>,
    clock: Clock,
    events: Events,
    subscriptions: Arc<Subscriptions>,
    companies: Arc<dyn Companies>,
}

impl Keeper {
    /// Starts with what a former process kept.
    pub(crate) async fn start(
        store: &Store,
        events: Events,
        subscriptions: Arc<Subscriptions>,
        companies: Arc<dyn Companies>,
        clock: Clock,
        reachability: Reachability,
    ) -> Result<Arc<Self>, StoreError> {
        let mut engine = PresenceEngine::default();
        let mut after = String::new();
        loop {
            let rows = store.presences(&after, TOGETHER).await?;
            for row in &rows {
                match kept_presence::read(row) {
                    Some((person, kept)) => engine.handle_kept(person, kept, clock()),
                    None => tracing::warn!("the presence of {} is unreadable and is forgotten", row.person),
                }
            }
            let Some(last) = rows.into_iter().next_back() else { break };
            after = last.person;
        }
        let keeper = Arc::new(Self {
            engine: Mutex::new(engine),
            reachability,
            telling: Mutex::default(),
            woken: Arc::default(),
            clock,
            events: events.clone(),
            subscriptions,
            companies,
        });
        events.own_webhooks(Arc::new(Owner(Arc::downgrade(&keeper))));
        tokio::spawn(tell(Arc::downgrade(&keeper)));
        Ok(keeper)
    }

    /// Changes something; when it returns, the change is durable.
    pub(crate) async fn change<T>(
        &self,
        verb: impl FnOnce(&mut PresenceEngine, Now) -> T,
    ) -> Result<T, StoreError> {
        let (value, posted) = {
            let mut engine = self.lock();
            let now = (self.clock)();
            engine.handle_timeout(now);
            let value = verb(&mut engine, now);
            (value, self.events.post_webhooks(Vec::new(), records(&mut engine)))
        };
        // Whoever is told that it is so places the next call.
        self.tell_calls();
        self.woken.notify_one();
        posted.settle().await?;
        Ok(value)
    }

    /// Tells calls what has changed for them. It may wait for them, so the engine is not held meanwhile.
    fn tell_calls(&self) {
        let _turn = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let told = {
                let mut engine = self.lock();
                std::iter::from_fn(|| engine.poll_reach()).take(TOLD_TOGETHER).collect::<Vec<_>>()
            };
            for (person, reach) in &told {
                (self.reachability)(*person, *reach);
            }
            if told.len() < TOLD_TOGETHER {
                return;
            }
        }
    }

    /// The same for whoever cannot wait: the task of the keeper makes it durable.
    pub(crate) fn observe(&self, handle: impl FnOnce(&mut PresenceEngine, Now)) {
        let mut engine = self.lock();
        let now = (self.clock)();
        engine.handle_timeout(now);
        handle(&mut engine, now);
        drop(engine);
        self.woken.notify_one();
    }

    /// What somebody is shown as now.
    pub(crate) fn presence(&self, person: ObjectId) -> Presence {
        let mut engine = self.lock();
        engine.handle_timeout((self.clock)());
        engine.presence(person)
    }

    /// Looks at subscriptions again: there is one more, or one that lives longer.
    pub(crate) fn wake(&self) {
        self.woken.notify_one();
    }

    /// Keeps what is handed in, after everything that was handed in before.
    pub(crate) async fn keep(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.events.post_webhooks(Vec::new(), writes).settle().await
    }

    /// Tells all who want to know what has changed. Says whether there is more, and else when to come back.
    fn tell(&self) -> (Posted, bool, Duration) {
        let now = (self.clock)();
        self.lock().handle_timeout(now);
        self.tell_calls();
        let mut engine = self.lock();
        let changed: Vec<(ObjectId, Presence)> =
            std::iter::from_fn(|| engine.poll_change()).take(TOLD_TOGETHER).collect();
        let has_more = changed.len() == TOLD_TOGETHER;
        let mut writes = records(&mut engine);
        let mut webhooks = Vec::new();
        for (person, presence) in &changed {
            let told = self.subscriptions.notifications(&*self.companies, *person, presence, now);
            webhooks.extend(told);
        }
        let aging = self.subscriptions.age(&*self.companies, now);
        webhooks.extend(aging.webhooks);
        writes.extend(aging.writes);
        let wait = engine.poll_timeout().map(|(deadline, _)| deadline.wait(now));
        let wait = [wait, aging.wait].into_iter().flatten().min().unwrap_or(SLEEP).min(SLEEP);
        (self.events.post_webhooks(webhooks, writes), has_more, wait)
    }

    fn lock(&self) -> MutexGuard<'_, PresenceEngine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What must last now.
fn records(engine: &mut PresenceEngine) -> Vec<Write> {
    std::iter::from_fn(|| engine.poll_record())
        .map(|(person, kept)| kept_presence::write(person, &kept))
        .collect()
}

async fn tell(keeper: Weak<Keeper>) {
    loop {
        let Some(alive) = keeper.upgrade() else { return };
        let (posted, has_more, wait) = alive.tell();
        let woken = Arc::clone(&alive.woken);
        drop(alive);
        if let Err(error) = posted.settle().await {
            tracing::error!(%error, "changes of presence may not be told: cannot {error}");
        }
        if !has_more {
            let _ = tokio::time::timeout(wait, woken.notified()).await;
        }
    }
}

/// Says of notifications whether they are still wanted.
struct Owner(Weak<Keeper>);

impl event_edge::WebhookOwner for Owner {
    fn is_wanted(&self, delivery: &store::Delivery) -> bool {
        self.0.upgrade().is_none_or(|keeper| keeper.subscriptions.wants(delivery))
    }

    fn is_given_up(&self, delivery: &store::Delivery) {
        let Some(keeper) = self.0.upgrade() else { return };
        if let Some(missed) = keeper.subscriptions.missed(delivery, (keeper.clock)()) {
            let posted = keeper.events.post_webhooks(vec![missed], Vec::new());
            tokio::spawn(async move { posted.settle().await });
        }
    }
}
