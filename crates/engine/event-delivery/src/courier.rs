//! Holds what is to be delivered and says what to send next.
//!
//! Deliveries of one stream are made one after another, in the order in which they came; streams do
//! not wait for each other. A receiver that takes an event and never answers has seen it, so what
//! comes behind it waits no longer than that. How much is sent at once is bounded in all and for each destination, and
//! a destination that does not answer is given only a little of it, so that one receiver that is
//! down never slows another.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use clock::{Deadline, Deadlines, Now};
use entropy::Entropy;
use identifier::DeliveryId;

use crate::outcome::{AttemptOutcome, DeadLetterReason, SendFailure};
use crate::policy::{Judgement, RetryPolicy};

/// How much is sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attempts that run, in all.
    pub in_flight: usize,
    /// Attempts that run, to one destination.
    pub per_destination: usize,
    /// The same, to a destination that did not answer lately.
    pub per_silent_destination: usize,
    /// Attempts in a row without an answer that make a destination silent.
    pub silent_after: u32,
    /// Deliveries held in memory; whoever has more keeps them elsewhere until there is room.
    pub held: usize,
    /// The same for one destination, so that one that is down for a day does not take all of it.
    pub held_per_destination: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 512,
            per_destination: 64,
            per_silent_destination: 8,
            silent_after: 3,
            held: 50_000,
            held_per_destination: 6_250,
        }
    }
}

/// One event on its way to one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Names it.
    pub id: DeliveryId,
    /// Deliveries of one stream are made one after another.
    pub stream: Arc<str>,
    /// Whom it burdens: host and port of the receiver.
    pub destination: Arc<str>,
    /// The rules for it.
    pub policy: Arc<RetryPolicy>,
    /// Attempts that were made before it was handed in, as far as they count.
    pub attempts: u32,
    /// How long ago it was first taken on.
    pub age: Duration,
    /// It is not tried before this time has passed.
    pub not_before: Duration,
    /// Nobody can make use of it after this time has passed.
    pub expires_in: Option<Duration>,
}

/// Something to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// From 1.
    pub number: u32,
}

/// What became of a delivery; durable facts are made from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver took it.
    Delivered {
        /// Which.
        delivery: DeliveryId,
        /// Attempts that it took.
        attempts: u32,
    },
    /// It is tried again.
    Postponed {
        /// Which.
        delivery: DeliveryId,
        /// Attempts so far.
        attempts: u32,
        /// After this time.
        wait: Duration,
    },
    /// It is given up.
    Dead {
        /// Which.
        delivery: DeliveryId,
        /// Attempts that were made.
        attempts: u32,
        /// Why.
        reason: DeadLetterReason,
    },
}

/// The machine.
#[derive(Debug)]
pub struct Courier {
    limits: Limits,
    entropy: Entropy,
    held: HashMap<DeliveryId, Held>,
    streams: HashMap<Arc<str>, VecDeque<DeliveryId>>,
    destinations: HashMap<Arc<str>, Destination>,
    /// Destinations that have something to be sent and room for it, in turn.
    turn: VecDeque<Arc<str>>,
    in_flight: usize,
    timers: Deadlines<Timer>,
    verdicts: VecDeque<Verdict>,
}

#[derive(Debug)]
struct Held {
    delivery: Delivery,
    taken_on: Now,
    not_before: Deadline,
    state: State,
}

/// A delivery waits for its stream, then for its time, then for its turn; then it is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Behind,
    Paused,
    Ready,
    InFlight,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Timer {
    Try(DeliveryId),
    Expire(DeliveryId),
}

#[derive(Debug, Default)]
struct Destination {
    held: usize,
    ready: VecDeque<DeliveryId>,
    in_flight: usize,
    silent: u32,
    in_turn: bool,
}

impl Courier {
    /// A courier without deliveries.
    pub fn new(limits: Limits, entropy: Entropy) -> Self {
        Self {
            limits,
            entropy,
            held: HashMap::new(),
            streams: HashMap::new(),
            destinations: HashMap::new(),
            turn: VecDeque::new(),
            in_flight: 0,
            timers: Deadlines::default(),
            verdicts: VecDeque::new(),
        }
    }

    /// There is something to deliver. What is held already is not taken twice.
    pub fn handle_event(&mut self, delivery: Delivery, now: Now) {
        let id = delivery.id;
        if self.held.contains_key(&id) {
            return;
        }
        if let Some(expires_in) = delivery.expires_in {
            self.timers.set(Timer::Expire(id), now.after(expires_in));
        }
        let stream = self.streams.entry(Arc::clone(&delivery.stream)).or_default();
        stream.push_back(id);
        let is_first = stream.len() == 1;
        let not_before = now.after(delivery.not_before);
        let is_late = delivery.expires_in == Some(Duration::ZERO);
        self.destinations.entry(Arc::clone(&delivery.destination)).or_default().held += 1;
        self.held.insert(id, Held { delivery, taken_on: now, not_before, state: State::Behind });
        if is_late {
            self.expire(id, now);
        } else if is_first {
            self.bring_forward(id, now);
        }
    }

    /// An attempt has ended.
    pub fn handle_attempt(&mut self, id: DeliveryId, outcome: AttemptOutcome, now: Now) {
        let Some(held) = self.held.get_mut(&id).filter(|held| held.state == State::InFlight) else { return };
        held.delivery.attempts = held.delivery.attempts.saturating_add(1);
        let attempts = held.delivery.attempts;
        let age = held.delivery.age + now.since(held.taken_on);
        let judgement = held.delivery.policy.judge(outcome, attempts, age, &mut self.entropy);
        let destination = Arc::clone(&held.delivery.destination);
        self.free(&destination, outcome);
        match judgement {
            Judgement::Delivered => {
                self.verdicts.push_back(Verdict::Delivered { delivery: id, attempts });
                self.let_go(id, now);
            }
            Judgement::Again(wait) => {
                self.postpone(id, wait, now);
                if outcome == AttemptOutcome::Failed(SendFailure::TimedOut) {
                    self.step_aside(id, now);
                }
            }
            Judgement::GiveUp(reason) => self.give_up(id, reason, now),
        }
        self.line_up(&destination);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::Try(id) => self.bring_forward(id, now),
                Timer::Expire(id) => self.expire(id, now),
            }
        }
    }

    /// The next thing to send.
    pub fn poll_attempt(&mut self) -> Option<Attempt> {
        while self.in_flight < self.limits.in_flight {
            let name = self.turn.pop_front()?;
            // It may have been forgotten since, with the last that was held for it.
            let Some(destination) = self.destinations.get_mut(&name) else { continue };
            destination.in_turn = false;
            let Some(id) = destination.ready.pop_front() else { continue };
            destination.in_flight += 1;
            self.in_flight += 1;
            self.line_up(&name);
            let held = self.held.get_mut(&id).expect("what is ready is held");
            held.state = State::InFlight;
            return Some(Attempt { delivery: id, number: held.delivery.attempts + 1 });
        }
        None
    }

    /// What became of a delivery.
    pub fn poll_verdict(&mut self) -> Option<Verdict> {
        self.verdicts.pop_front()
    }

    /// When to come back, and why.
    pub fn poll_timeout(&self) -> Option<(Deadline, &'static str)> {
        self.timers.next().map(|(deadline, timer)| match timer {
            Timer::Try(_) => (deadline, "try a delivery again"),
            Timer::Expire(_) => (deadline, "give up a delivery that nobody can use any more"),
        })
    }

    /// How many more deliveries it should be handed.
    pub fn room(&self) -> usize {
        self.limits.held.saturating_sub(self.held.len())
    }

    /// How many deliveries it holds.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// How many attempts run.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Deliveries that it holds for one destination.
    pub fn held_for(&self, destination: &str) -> usize {
        self.destinations.get(destination).map_or(0, |destination| destination.held)
    }

    fn bring_forward(&mut self, id: DeliveryId, now: Now) {
        let Some(held) = self.held.get_mut(&id) else { return };
        if matches!(held.state, State::Ready | State::InFlight) {
            return;
        }
        if !held.not_before.is_due(now) {
            held.state = State::Paused;
            self.timers.set(Timer::Try(id), held.not_before);
            return;
        }
        held.state = State::Ready;
        let name = Arc::clone(&held.delivery.destination);
        self.destination(&name).ready.push_back(id);
        self.line_up(&name);
    }

    fn destination(&mut self, name: &Arc<str>) -> &mut Destination {
        self.destinations.get_mut(name).expect("the destination of what is held is known")
    }

    fn line_up(&mut self, name: &Arc<str>) {
        let limits = self.limits;
        let Some(destination) = self.destinations.get_mut(name) else { return };
        let has_room = destination.in_flight < destination.room(limits);
        if has_room && !destination.ready.is_empty() && !destination.in_turn {
            destination.in_turn = true;
            self.turn.push_back(Arc::clone(name));
        }
    }

    fn free(&mut self, name: &Arc<str>, outcome: AttemptOutcome) {
        self.in_flight -= 1;
        let destination = self.destination(name);
        destination.in_flight -= 1;
        destination.silent = match outcome {
            AttemptOutcome::Failed(SendFailure::TimedOut | SendFailure::Unreachable) => {
                destination.silent.saturating_add(1)
            }
            AttemptOutcome::Status(_)
            | AttemptOutcome::Failed(SendFailure::NotAllowed | SendFailure::Withdrawn) => 0,
        };
    }

    fn postpone(&mut self, id: DeliveryId, wait: Duration, now: Now) {
        let held = self.held.get_mut(&id).expect("a delivery that is judged is held");
        held.not_before = now.after(wait);
        held.state = State::Paused;
        let attempts = held.delivery.attempts;
        self.timers.set(Timer::Try(id), held.not_before);
        self.verdicts.push_back(Verdict::Postponed { delivery: id, attempts, wait });
        let overdue = self
            .held
            .get(&id)
            .and_then(|held| held.delivery.expires_in.map(|expires_in| (held.taken_on, expires_in)))
            .is_some_and(|(taken_on, expires_in)| taken_on.after(expires_in).is_due(now));
        if overdue {
            self.expire(id, now);
        }
    }

    fn expire(&mut self, id: DeliveryId, now: Now) {
        let Some(held) = self.held.get(&id) else { return };
        // What is on its way may still arrive; it is judged when it comes back.
        if held.state == State::InFlight {
            return;
        }
        self.give_up(id, DeadLetterReason::TimeToLiveExceeded, now);
    }

    fn give_up(&mut self, id: DeliveryId, reason: DeadLetterReason, now: Now) {
        let held = self.held.get(&id).expect("a delivery that is judged is held");
        let attempts = held.delivery.attempts;
        // A verdict of postponement that nobody has heard yet would come too late.
        self.verdicts
            .retain(|verdict| !matches!(verdict, Verdict::Postponed { delivery, .. } if *delivery == id));
        self.verdicts.push_back(Verdict::Dead { delivery: id, attempts, reason });
        self.let_go(id, now);
    }

    fn let_go(&mut self, id: DeliveryId, now: Now) {
        self.step_aside(id, now);
        let held = self.held.remove(&id).expect("a delivery that is judged is held");
        self.timers.cancel(&Timer::Try(id));
        self.timers.cancel(&Timer::Expire(id));
        let name = held.delivery.destination;
        let destination = self.destination(&name);
        destination.ready.retain(|ready| *ready != id);
        destination.held -= 1;
        if destination.held == 0 {
            self.destinations.remove(&name);
        }
    }

    // What comes behind a delivery waits for it no longer.
    fn step_aside(&mut self, id: DeliveryId, now: Now) {
        let Some(held) = self.held.get(&id) else { return };
        let name = Arc::clone(&held.delivery.stream);
        let Some(stream) = self.streams.get_mut(&name) else { return };
        let was_first = stream.front() == Some(&id);
        stream.retain(|waiting| *waiting != id);
        match stream.front().copied() {
            Some(next) if was_first => self.bring_forward(next, now),
            Some(_) => {}
            None => {
                self.streams.remove(&name);
            }
        }
    }
}

impl Destination {
    fn room(&self, limits: Limits) -> usize {
        if self.silent >= limits.silent_after {
            limits.per_silent_destination
        } else {
            limits.per_destination
        }
    }
}

#[cfg(test)]
mod tests;
