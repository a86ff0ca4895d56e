//! The subscriptions in memory, as the store has them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clock::Now;
use event_edge::Webhook;
use identifier::{ObjectId, SubscriptionId, TenantId};
use presence::Presence;
use redact::Secret;
use serde_json::json;
use store::{Delivery, Store, StoreError, Write};

use crate::company::{Companies, Company};
use crate::operation::Operation;
use crate::subscription::definition::Subscription;
use crate::subscription::notification::{self, CHANGE, CHANGE_TRACKING, Lifecycle};
use crate::token::{LIFETIME_S, Tokens};

/// Rows that are read together.
const TOGETHER: usize = 1_000;
/// So long before its end an application is asked to renew a subscription.
const AGING_US: i64 = 15 * 60_000_000;
/// Of one subscription it is told so often at most that something was missed.
const MISSED_EVERY_US: i64 = 60_000_000;
/// A token that shows who notifies is used for so long.
const TOKEN_SHARED_US: i64 = 10 * 60_000_000;
/// Whether applications may still be told is looked at this often.
const REVIEW_EVERY_US: i64 = 60_000_000;

/// The most subscriptions of one application in one tenant.
const MOST_OF_APPLICATION: usize = 200;
/// The most subscriptions.
const MOST: usize = 5_000;
/// The most people in all subscriptions together.
const MOST_PEOPLE: usize = 500_000;

/// There are as many as there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TooMany {
    #[error("the application has {MOST_OF_APPLICATION} subscriptions, which is the limit")]
    OfApplication,
    #[error("the server has as many subscriptions as it takes")]
    InAll,
}

/// Whose subscriptions are seen: all of an application, or those that it made in somebody's name.
pub(crate) struct Whose {
    pub(crate) tenant: TenantId,
    pub(crate) application: ObjectId,
    pub(crate) person: Option<ObjectId>,
}

impl Whose {
    fn is_of(&self, subscription: &Subscription) -> bool {
        let is_of_person = self.person.is_none_or(|person| subscription.creator() == Some(person));
        subscription.tenant == self.tenant && subscription.application == self.application && is_of_person
    }
}

/// The subscriptions.
pub(crate) struct Subscriptions {
    state: Mutex<State>,
    turn: tokio::sync::Mutex<()>,
    tokens: Tokens,
}

#[derive(Default)]
struct State {
    by_id: HashMap<SubscriptionId, Subscription>,
    of_person: HashMap<ObjectId, HashSet<SubscriptionId>>,
    people: usize,
    /// When something is to be done about a subscription.
    wakes: BTreeSet<(i64, SubscriptionId)>,
    /// When the application was last told that something was missed.
    missed_us: HashMap<SubscriptionId, i64>,
    /// Tokens that show who notifies, by company and application.
    shown: HashMap<(TenantId, ObjectId), (i64, Secret<String>)>,
    reviewed_us: i64,
}

/// What follows from time.
#[derive(Default)]
pub(crate) struct Aging {
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) writes: Vec<Write>,
    /// When to look again.
    pub(crate) wait: Option<Duration>,
}

impl Subscriptions {
    /// What the store has.
    pub(crate) async fn of(store: &Store, tokens: Tokens, now_us: i64) -> Result<Self, StoreError> {
        let mut state = State { reviewed_us: now_us, ..State::default() };
        let mut after = String::new();
        loop {
            let rows = store.graph_subscriptions(&after, TOGETHER).await?;
            for row in &rows {
                match Subscription::from_row(row) {
                    Some(subscription) => state.insert(subscription),
                    None => tracing::warn!("subscription {} is unreadable and is forgotten", row.id),
                }
            }
            let Some(last) = rows.into_iter().next_back() else { break };
            after = last.id;
        }
        Ok(Self { state: Mutex::new(state), turn: tokio::sync::Mutex::default(), tokens })
    }

    /// Whether there is room for another one.
    pub(crate) fn room(&self, tenant: TenantId, application: ObjectId, people: usize) -> Result<(), TooMany> {
        self.lock().room(tenant, application, people)
    }

    /// Waits for a turn. Whoever makes, renews or ends a subscription keeps it first and lets it hold then, one after
    /// the other: so what holds is what is kept, in the order in which it was answered.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Takes another one, for which there is [room](Self::room).
    pub(crate) fn add(&self, subscription: Subscription) {
        self.lock().insert(subscription);
    }

    /// One of those that are `whose`.
    pub(crate) fn get(&self, id: &str, whose: &Whose) -> Option<Subscription> {
        let found = self.lock().by_id.get(&id.parse().ok()?).cloned();
        found.filter(|one| whose.is_of(one))
    }

    /// All that are `whose`.
    pub(crate) fn list(&self, whose: &Whose) -> Vec<Subscription> {
        let state = self.lock();
        let mut own: Vec<Subscription> =
            state.by_id.values().filter(|one| whose.is_of(one)).cloned().collect();
        own.sort_by_key(|one| one.id);
        own
    }

    /// It is now as it says. `false`: it has ended meanwhile.
    pub(crate) fn replace(&self, subscription: Subscription) -> bool {
        let mut state = self.lock();
        let is_there = state.remove(subscription.id).is_some();
        if is_there {
            state.insert(subscription);
        }
        is_there
    }

    /// Nobody wants to be told any more.
    pub(crate) fn remove(&self, id: SubscriptionId) -> bool {
        self.lock().remove(id).is_some()
    }

    /// What is sent when somebody's presence has changed.
    pub(crate) fn notifications(
        &self,
        companies: &dyn Companies,
        person: ObjectId,
        presence: &Presence,
        now: Now,
    ) -> Vec<Webhook> {
        let mut state = self.lock();
        let State { by_id, of_person, shown, .. } = &mut *state;
        let told = of_person.get(&person).into_iter().flatten().filter_map(|id| by_id.get(id));
        let told = told.filter(|one| one.expires_us > now.unix_us()).filter(|one| {
            companies.company(one.tenant).is_none_or(|company| !is_made_by_nobody(one, &company))
        });
        told.map(|one| {
            let token = one.certificate.is_some().then(|| self.shown(shown, one, now));
            notification::change(one, person, presence, token)
        })
        .collect()
    }

    /// Ends what is over, and asks for what is soon to be renewed.
    pub(crate) fn age(&self, companies: &dyn Companies, now: Now) -> Aging {
        let mut state = self.lock();
        let now_us = now.unix_us();
        let mut aging = Aging::default();
        while let Some((_, id)) = state.wakes.first().copied().filter(|(wake_us, _)| *wake_us <= now_us) {
            let Some(mut subscription) = state.remove(id) else { break };
            if subscription.expires_us <= now_us {
                aging.writes.push(Write::RemoveGraphSubscription(id.to_string()));
                continue;
            }
            aging.webhooks.extend(notification::lifecycle(&subscription, Lifecycle::ReauthorizationRequired));
            subscription.is_aging = true;
            state.insert(subscription);
        }
        if now_us.saturating_sub(state.reviewed_us) >= REVIEW_EVERY_US {
            state.reviewed_us = now_us;
            let revoked = state.by_id.values().filter(|one| !may_be_told(one, companies));
            let revoked: Vec<SubscriptionId> = revoked.map(|one| one.id).collect();
            for id in revoked {
                let Some(subscription) = state.remove(id) else { continue };
                aging.webhooks.extend(notification::lifecycle(&subscription, Lifecycle::SubscriptionRemoved));
                aging.writes.push(Write::RemoveGraphSubscription(id.to_string()));
            }
        }
        let wake_us = state.wakes.first().map(|(wake_us, _)| *wake_us);
        aging.wait =
            wake_us.map(|wake_us| Duration::from_micros(wake_us.saturating_sub(now_us).max(0) as u64));
        aging
    }

    /// Whether a notification is still wanted: that a subscription was removed is told after it is gone.
    pub(crate) fn wants(&self, delivery: &Delivery) -> bool {
        let id = delivery.subscription.as_deref().and_then(|id| id.parse().ok());
        delivery.event_type != CHANGE
            || id.is_some_and(|id: SubscriptionId| self.lock().by_id.contains_key(&id))
    }

    /// What is said about a change that could not be told.
    pub(crate) fn missed(&self, delivery: &Delivery, now: Now) -> Option<Webhook> {
        if delivery.event_type != CHANGE {
            return None;
        }
        let id: SubscriptionId = delivery.subscription.as_deref()?.parse().ok()?;
        let mut state = self.lock();
        let told_us = state.missed_us.get(&id).copied();
        if told_us.is_some_and(|told_us| now.unix_us().saturating_sub(told_us) < MISSED_EVERY_US) {
            return None;
        }
        let missed = notification::lifecycle(state.by_id.get(&id)?, Lifecycle::Missed)?;
        state.missed_us.insert(id, now.unix_us());
        Some(missed)
    }

    /// Shows an application that it is we who notify.
    fn shown(
        &self,
        shown: &mut HashMap<(TenantId, ObjectId), (i64, Secret<String>)>,
        subscription: &Subscription,
        now: Now,
    ) -> Secret<String> {
        let whom = (subscription.tenant, subscription.application);
        if let Some((until_us, token)) = shown.get(&whom).filter(|(until_us, _)| *until_us > now.unix_us()) {
            let _ = until_us;
            return token.clone();
        }
        let now_s = now.unix_us() / 1_000_000;
        let token = self.tokens.sign(&json!({
            "aud": subscription.application.to_string(),
            "iss": self.tokens.issuer(subscription.tenant),
            "tid": subscription.tenant.to_string(),
            "azp": CHANGE_TRACKING,
            "appid": CHANGE_TRACKING,
            "iat": now_s,
            "nbf": now_s,
            "exp": now_s + LIFETIME_S,
            "ver": "2.0",
        }));
        shown.retain(|_, (until_us, _)| *until_us > now.unix_us());
        shown.insert(whom, (now.unix_us() + TOKEN_SHARED_US, token.clone()));
        token
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn room(&self, tenant: TenantId, application: ObjectId, people: usize) -> Result<(), TooMany> {
        if self.by_id.len() >= MOST || self.people + people > MOST_PEOPLE {
            return Err(TooMany::InAll);
        }
        let own = self.by_id.values().filter(|one| one.tenant == tenant && one.application == application);
        if own.count() >= MOST_OF_APPLICATION {
            return Err(TooMany::OfApplication);
        }
        Ok(())
    }

    fn insert(&mut self, subscription: Subscription) {
        let id = subscription.id;
        self.people += subscription.people.len();
        for person in &subscription.people {
            self.of_person.entry(*person).or_default().insert(id);
        }
        self.wakes.insert((wake_us(&subscription), id));
        self.by_id.insert(id, subscription);
    }

    fn remove(&mut self, id: SubscriptionId) -> Option<Subscription> {
        let subscription = self.by_id.remove(&id)?;
        self.people -= subscription.people.len();
        for person in &subscription.people {
            if let Some(ids) = self.of_person.get_mut(person) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.of_person.remove(person);
                }
            }
        }
        self.wakes.remove(&(wake_us(&subscription), id));
        self.missed_us.remove(&id);
        Some(subscription)
    }
}

fn wake_us(subscription: &Subscription) -> i64 {
    let has_to_be_asked =
        !subscription.is_aging && subscription.definition.lifecycle_notification_url.is_some();
    if has_to_be_asked { subscription.expires_us - AGING_US } else { subscription.expires_us }
}

/// What an administrator has taken back ends subscriptions too.
fn may_be_told(subscription: &Subscription, companies: &dyn Companies) -> bool {
    let Some(company) = companies.company(subscription.tenant) else { return false };
    let Some(application) = company.application(subscription.application) else { return false };
    if is_made_by_nobody(subscription, &company) {
        return false;
    }
    let needs = Operation::CreateSubscription.needs();
    needs.is_some_and(|needs| needs.application.iter().any(|one| application.permissions.contains(one)))
}

/// Nothing is told any more in the name of somebody who cannot sign in.
fn is_made_by_nobody(subscription: &Subscription, company: &Company) -> bool {
    let Some(creator) = &subscription.definition.creator else { return false };
    let creator = creator.parse().ok().and_then(|id| company.user(id));
    creator.is_none_or(|creator| !creator.account_enabled)
}
