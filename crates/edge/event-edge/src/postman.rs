//! The one task that owns the courier: it hands in what must be delivered, sends what the courier
//! says, and keeps what came of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use clock::Now;
use event_delivery::{Attempt, AttemptOutcome, Courier, RetryPolicy, Verdict};
use identifier::{DeliveryId, SubscriptionId};
use store::{DeadLetter, Delivery, DeliveryAttempt, DeliveryKind, Write};
use switchboard::Station;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tracing::{debug, error, warn};
use url::Url;

use crate::attempt::{self, Sent};
use crate::core::Core;
use crate::pace::Paces;

/// What the postman is told.
pub(crate) enum Mail {
    /// These must be delivered. `durable`: they are in the outbox.
    Events {
        deliveries: Vec<Delivery>,
        durable: bool,
        /// When they were handed over.
        since: Now,
    },
    /// These were given up before, and somebody wants them to be tried again; they are in the outbox.
    Again(Vec<Delivery>),
    /// Say when everything that can be delivered at once has been.
    Drain(oneshot::Sender<()>),
}

/// How many messages may wait; whoever sends more waits.
pub(crate) const MAILBOX: usize = 4_096;
/// Rows that are read from the outbox together.
const TOGETHER: usize = 1_000;
/// How long to wait for a store that does not answer.
const STORE_PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Postman {
    core: Arc<Core>,
    courier: Courier,
    bags: HashMap<DeliveryId, Bag>,
    sent: mpsc::Sender<Sent>,
    /// The courier does not hold all that is in the outbox; what lies behind this place is still to be read.
    backlog: Option<i64>,
    /// Destinations that have their share of the memory, and the first delivery for each that lies in the
    /// outbox only. All later ones for them do too: order is kept.
    behind: HashMap<String, i64>,
    read_again: Option<Instant>,
    /// The last that was handed over. They come in their order.
    handed_to: i64,
    /// What was read from the outbox before it was handed over: then it is known already.
    early: BTreeSet<i64>,
    callback: Arc<RetryPolicy>,
    graph: Arc<RetryPolicy>,
    draining: Vec<oneshot::Sender<()>>,
    /// What became of deliveries and is not handed to the store yet.
    heard: Vec<Write>,
    paces: Paces,
}

/// A delivery that the courier holds.
struct Bag {
    row: Arc<Delivery>,
    /// Attempts that the courier does not count.
    uncounted: i64,
    /// Whom it burdens.
    destination: Arc<str>,
    /// When it was handed over, until it is sent for the first time.
    fresh_since: Option<Now>,
    /// The outbox refused it when it came.
    unkept: bool,
    last: Option<(AttemptOutcome, i64)>,
    /// The attempt whose verdict is awaited.
    unjudged: Option<Sent>,
}

impl Postman {
    /// Starts with the whole outbox as backlog.
    pub(crate) fn start(core: Arc<Core>, mail: mpsc::Receiver<Mail>) {
        let limits = core.settings.limits;
        // Each attempt that runs reports once, so nobody waits to report.
        let (sent, reports) = mpsc::channel(limits.in_flight.max(1));
        let courier = Courier::new(limits, core.draw(entropy::Entropy::fork));
        let callback = Arc::new(core.settings.callback_policy.clone());
        let graph = Arc::new(core.settings.graph_policy.clone());
        let postman = Self {
            core,
            courier,
            bags: HashMap::new(),
            sent,
            backlog: Some(-1),
            behind: HashMap::new(),
            read_again: None,
            handed_to: -1,
            early: BTreeSet::new(),
            callback,
            graph,
            draining: Vec::new(),
            heard: Vec::new(),
            paces: Paces::default(),
        };
        tokio::spawn(postman.run(mail, reports));
    }

    async fn run(mut self, mut mail: mpsc::Receiver<Mail>, mut reports: mpsc::Receiver<Sent>) {
        loop {
            self.read_backlog().await;
            self.settle();
            let alarm = self.alarm();
            tokio::select! {
                message = mail.recv() => match message {
                    Some(message) => self.take(message),
                    None => return,
                },
                Some(sent) = reports.recv() => self.judge(sent),
                () = sleep_until(alarm) => self.courier.handle_timeout(self.core.now()),
            }
            while let Ok(message) = mail.try_recv() {
                self.take(message);
            }
            while let Ok(sent) = reports.try_recv() {
                self.judge(sent);
            }
        }
    }

    fn alarm(&self) -> Instant {
        let wait = self.courier.poll_timeout().map(|(deadline, _)| deadline.wait(self.core.now()));
        let timer = Instant::now() + wait.unwrap_or(Duration::from_secs(60));
        self.read_again.map_or(timer, |read_again| timer.min(read_again))
    }

    fn take(&mut self, message: Mail) {
        match message {
            Mail::Events { deliveries, durable, since } => {
                for delivery in deliveries {
                    self.take_delivery(delivery, durable, since);
                }
            }
            Mail::Again(deliveries) => {
                for delivery in deliveries {
                    if self.backlog.is_some() || self.courier.room() == 0 {
                        self.leave_in_outbox(delivery.sequence);
                    } else if !self.stays_behind(&delivery) {
                        let uncounted = delivery.attempts;
                        self.hand_in(delivery, uncounted, Duration::ZERO);
                    }
                }
            }
            Mail::Drain(done) => self.draining.push(done),
        }
    }

    fn take_delivery(&mut self, delivery: Delivery, durable: bool, since: Now) {
        let is_known = self.early.remove(&delivery.sequence);
        self.handed_to = self.handed_to.max(delivery.sequence);
        self.early = self.early.split_off(&self.handed_to);
        if is_known {
            return;
        }
        let has_room = self.courier.room() > 0;
        match (durable, has_room) {
            (true, true) if self.backlog.is_none() => {
                if !self.stays_behind(&delivery) {
                    let id = delivery.id.parse::<DeliveryId>().ok();
                    self.hand_in(delivery, 0, Duration::ZERO);
                    if let Some(bag) = id.and_then(|id| self.bags.get_mut(&id)) {
                        bag.fresh_since = Some(since);
                    }
                }
            }
            (true, _) => self.leave_in_outbox(delivery.sequence),
            (false, true) => {
                let id = delivery.id.parse::<DeliveryId>().ok();
                self.hand_in(delivery, 0, Duration::ZERO);
                if let Some(bag) = id.and_then(|id| self.bags.get_mut(&id)) {
                    bag.unkept = true;
                }
            }
            (false, false) => {
                let (event, call) = (&delivery.event, &delivery.call);
                error!(event.id = %event, call.id = %call, "event {event} of call {call} is lost: it could neither be kept nor held");
            }
        }
    }

    // Order is kept: once something stays behind, everything later is read from the outbox too.
    fn leave_in_outbox(&mut self, sequence: i64) {
        let before = sequence - 1;
        self.backlog = Some(self.backlog.map_or(before, |backlog| backlog.min(before)));
    }

    /// Whether a delivery must wait in the outbox because its destination has its share of the memory.
    fn stays_behind(&mut self, row: &Delivery) -> bool {
        let name = destination(&row.destination);
        if let Some(first) = self.behind.get_mut(&name) {
            *first = row.sequence.min(*first);
            return true;
        }
        let has_its_share = self.courier.held_for(&name) >= self.core.settings.limits.held_per_destination;
        if has_its_share {
            self.behind.insert(name, row.sequence);
        }
        has_its_share
    }

    /// A destination that has got rid of half of its share is read on.
    fn catch_up(&mut self) {
        let enough = self.core.settings.limits.held_per_destination / 2;
        let courier = &self.courier;
        let due = self.behind.extract_if(|name, _| courier.held_for(name) <= enough);
        if let Some(first) = due.map(|(_, first)| first).min() {
            self.leave_in_outbox(first);
        }
    }

    async fn read_backlog(&mut self) {
        self.catch_up();
        if self.read_again.is_some_and(|read_again| Instant::now() < read_again) {
            return;
        }
        self.read_again = None;
        let store = self.core.around.store.clone();
        while let Some(after) = self.backlog {
            let room = self.courier.room().min(TOGETHER);
            // Half a page is worth a look into the store; the last rows always are.
            if room < TOGETHER.min(self.core.settings.limits.held / 2).max(1) && self.courier.held() > 0 {
                return;
            }
            // What was decided before this moment must be visible in what is read.
            self.keep();
            let read = match store.write(Vec::new()).await {
                Ok(()) => store.pending_deliveries(after, room).await,
                Err(error) => Err(error),
            };
            match read {
                Ok(rows) => {
                    self.backlog = rows.last().filter(|_| rows.len() == room).map(|row| row.sequence);
                    rows.into_iter().for_each(|row| self.resume(row));
                }
                Err(error) => {
                    warn!(error = %error, "the outbox cannot be read and is tried again: cannot {error}");
                    self.read_again = Some(Instant::now() + STORE_PAUSE);
                    return;
                }
            }
            self.settle();
        }
    }

    /// Goes on with a delivery from where the outbox says it was.
    fn resume(&mut self, row: Delivery) {
        if row.sequence > self.handed_to {
            self.early.insert(row.sequence);
        }
        let is_held = row.id.parse().is_ok_and(|id| self.bags.contains_key(&id));
        if is_held || self.stays_behind(&row) {
            return;
        }
        let age_us = self.core.now().unix_us().saturating_sub(row.created_us).max(0);
        match row.kind {
            // A restart is not the application's fault: its time begins anew.
            DeliveryKind::Callback => {
                let uncounted = row.attempts;
                self.hand_in(row, uncounted, Duration::ZERO);
            }
            DeliveryKind::EventGrid | DeliveryKind::CloudEvent | DeliveryKind::GraphNotification => {
                self.hand_in(row, 0, Duration::from_micros(age_us as u64));
            }
        }
    }

    fn hand_in(&mut self, row: Delivery, uncounted: i64, age: Duration) {
        let Ok(id) = row.id.parse::<DeliveryId>() else {
            error!("delivery {} has an unreadable id and is skipped", row.id);
            return;
        };
        if self.bags.contains_key(&id) {
            return;
        }
        let now = self.core.now();
        let until = |unix_us: i64| Duration::from_micros(unix_us.saturating_sub(now.unix_us()).max(0) as u64);
        let is_callback = row.kind == DeliveryKind::Callback;
        let burdened: Arc<str> = destination(&row.destination).into();
        let delivery = event_delivery::Delivery {
            id,
            stream: row.stream.as_str().into(),
            destination: Arc::clone(&burdened),
            policy: self.policy(&row),
            attempts: u32::try_from(row.attempts - uncounted).unwrap_or(0),
            age,
            not_before: row.next_attempt_us.filter(|_| !is_callback).map_or(Duration::ZERO, until),
            expires_in: row.expires_us.map(until),
        };
        let bag = Bag {
            row: Arc::new(row),
            uncounted,
            destination: burdened,
            fresh_since: None,
            unkept: false,
            last: None,
            unjudged: None,
        };
        self.bags.insert(id, bag);
        self.courier.handle_event(delivery, now);
    }

    fn policy(&self, row: &Delivery) -> Arc<RetryPolicy> {
        let settings = &self.core.settings;
        let policy = match row.kind {
            DeliveryKind::Callback => return Arc::clone(&self.callback),
            DeliveryKind::GraphNotification => return Arc::clone(&self.graph),
            DeliveryKind::EventGrid | DeliveryKind::CloudEvent if row.expires_us.is_some() => {
                &settings.ringing_policy
            }
            DeliveryKind::EventGrid | DeliveryKind::CloudEvent => &settings.grid_policy,
        };
        let id = row.subscription.as_deref().and_then(|id| id.parse::<SubscriptionId>().ok());
        match id.and_then(|id| self.core.registry.get(id)) {
            Some(subscriber) => subscriber.spec.retry_policy.narrow(policy),
            None => Arc::new(policy.clone()),
        }
    }

    fn judge(&mut self, sent: Sent) {
        let (id, outcome) = (sent.delivery, sent.outcome);
        if let Some(bag) = self.bags.get_mut(&id) {
            self.paces.note(&bag.destination, sent.took);
            bag.last = Some((outcome, sent.at_us));
            bag.unjudged = Some(sent);
        }
        self.courier.handle_attempt(id, outcome, self.core.now());
        // Before anything else is handled: the verdict belongs to this attempt.
        self.hear_verdicts();
    }

    /// Drains everything that the courier has to say.
    fn settle(&mut self) {
        self.hear_verdicts();
        while let Some(attempt) = self.courier.poll_attempt() {
            self.send(attempt);
        }
        self.keep();
        if self.courier.in_flight() == 0 && self.backlog.is_none() {
            for done in self.draining.drain(..) {
                let _ = done.send(());
            }
        }
    }

    fn send(&mut self, attempt: Attempt) {
        let Some(bag) = self.bags.get_mut(&attempt.delivery) else { return };
        if let Some(since) = bag.fresh_since.take()
            && self.paces.is_quick(&bag.destination)
        {
            let waited = self.core.now().since(since);
            self.core.around.lateness.note(Station::Outbox, waited);
        }
        let (core, row, sent) = (Arc::clone(&self.core), Arc::clone(&bag.row), self.sent.clone());
        let number = bag.uncounted + i64::from(attempt.number);
        tokio::spawn(async move {
            let report = attempt::send(&core, attempt.delivery, row, number).await;
            // The postman is gone only when the process ends.
            let _ = sent.send(report).await;
        });
    }

    fn hear_verdicts(&mut self) {
        while let Some(verdict) = self.courier.poll_verdict() {
            let heard = match verdict {
                Verdict::Delivered { delivery, attempts } => self.delivered(delivery, attempts),
                Verdict::Postponed { delivery, attempts, wait } => self.postponed(delivery, attempts, wait),
                Verdict::Dead { delivery, attempts, reason } => {
                    self.dead(delivery, attempts, &reason.to_string())
                }
            };
            self.heard.extend(heard);
        }
    }

    /// Hands over what verdicts come to: what was heard in one go is kept in one go. The writer logs what it
    /// cannot keep; at worst the receiver hears of the event twice.
    fn keep(&mut self) {
        if !self.heard.is_empty() {
            drop(self.core.around.store.enqueue(std::mem::take(&mut self.heard)));
        }
    }

    fn delivered(&mut self, id: DeliveryId, attempts: u32) -> Vec<Write> {
        let Some(mut bag) = self.bags.remove(&id) else { return Vec::new() };
        let attempts = bag.uncounted + i64::from(attempts);
        let at_us = self.core.now().unix_us();
        meter::EVENT_DELIVERIES.count([attempt::metered_kind(bag.row.kind), "delivered"]);
        let kept = bag.keep();
        let attempt = bag.unjudged.take().and_then(Sent::arrival);
        let settle = Write::SettleDelivery { id: bag.row.id.clone(), attempts, at_us, attempt };
        kept.into_iter().chain([settle]).collect()
    }

    fn postponed(&mut self, id: DeliveryId, attempts: u32, wait: Duration) -> Vec<Write> {
        let Some(bag) = self.bags.get_mut(&id) else { return Vec::new() };
        let attempts = bag.uncounted + i64::from(attempts);
        let next_attempt_us = self.core.now().unix_us().saturating_add(wait.as_micros() as i64);
        meter::EVENT_DELIVERIES.count([attempt::metered_kind(bag.row.kind), "postponed"]);
        debug!(delivery.id = %id, "delivery {id} is tried again in {wait:?}");
        let attempt = bag.attempt(attempts, Some(next_attempt_us));
        let postpone = Write::PostponeDelivery { id: bag.row.id.clone(), attempts, next_attempt_us };
        attempt.into_iter().chain([postpone]).collect()
    }

    fn dead(&mut self, id: DeliveryId, attempts: u32, reason: &str) -> Vec<Write> {
        let Some(mut bag) = self.bags.remove(&id) else { return Vec::new() };
        let attempts = bag.uncounted + i64::from(attempts);
        meter::EVENT_DELIVERIES.count([attempt::metered_kind(bag.row.kind), "dead"]);
        let (kind, host) = (&bag.row.event_type, destination(&bag.row.destination));
        warn!(delivery.id = %id, call.id = %bag.row.call, "{kind} for {host} is given up: {reason}");
        if bag.row.kind == DeliveryKind::GraphNotification
            && let Some(owner) = self.core.owner.get()
        {
            owner.is_given_up(&bag.row);
        }
        let attempt = bag.attempt(attempts, None);
        let letter = DeadLetter {
            delivery: Delivery { attempts, ..Delivery::clone(&bag.row) },
            reason: reason.to_owned(),
            last_outcome: bag
                .last
                .map_or_else(|| "NotAttempted".to_owned(), |(outcome, _)| outcome.to_string()),
            last_attempt_us: bag.last.map(|(_, at_us)| at_us),
            dead_us: self.core.now().unix_us(),
        };
        attempt.into_iter().chain([Write::BuryDelivery(letter)]).collect()
    }
}

impl Bag {
    /// The delivery itself, if it is not kept yet: the disk may have room again by now.
    fn keep(&mut self) -> Option<Write> {
        std::mem::take(&mut self.unkept).then(|| Write::PutDelivery(Delivery::clone(&self.row)))
    }

    /// The attempt whose verdict has been heard.
    fn attempt(&mut self, number: i64, next_attempt_us: Option<i64>) -> Vec<Write> {
        let again = self.keep();
        let attempt = self.unjudged.take().map(|sent| {
            Write::PutAttempt(DeliveryAttempt {
                delivery: self.row.id.clone(),
                number,
                at_us: sent.at_us,
                took_us: sent.took.as_micros() as i64,
                status: match sent.outcome {
                    AttemptOutcome::Status(status) => Some(i64::from(status)),
                    AttemptOutcome::Failed(_) => None,
                },
                error: sent.error,
                body_head: sent.body_head,
                next_attempt_us,
            })
        });
        again.into_iter().chain(attempt).collect()
    }
}

/// Whom a delivery burdens: host and port, never the path, which may hold a secret.
fn destination(url: &str) -> String {
    let parsed = Url::parse(url).ok();
    let authority = parsed.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    authority.map_or_else(|| "unreadable".to_owned(), |(host, port)| format!("{host}:{port}"))
}
