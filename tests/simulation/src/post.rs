//! The delivery of events: receivers that refuse, hang and answer 500.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use call_engine::{CallEvent, Callback};
use clock::Now;
use entropy::Entropy;
use event_delivery::{AttemptOutcome, Courier, Delivery, Limits, RetryPolicy, SendFailure, Verdict};
use identifier::DeliveryId;

use crate::agenda::{Agenda, Happening};
use crate::watch::{self, rule};

/// How a receiver behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Receiver {
    Prompt,
    Slow,
    Refuses,
    Hangs,
    Fails,
    Flaky,
}

/// An attempt has had its answer, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    delivery: DeliveryId,
    outcome: AttemptOutcome,
}

#[derive(Debug)]
struct Letter {
    stream: Arc<str>,
    receiver: Receiver,
    number: u64,
    handed_in: Now,
    is_tried: bool,
}

/// The courier and those it runs to.
#[derive(Debug)]
pub(crate) struct Post {
    courier: Courier,
    policy: Arc<RetryPolicy>,
    letters: BTreeMap<DeliveryId, Letter>,
    count: u64,
    /// Of the last letter of each stream that was tried for the first time.
    tried: BTreeMap<Arc<str>, u64>,
}

impl Post {
    pub(crate) fn new(entropy: Entropy) -> Self {
        Self {
            courier: Courier::new(Limits::default(), entropy),
            policy: Arc::new(RetryPolicy::callback()),
            letters: BTreeMap::new(),
            count: 0,
            tried: BTreeMap::new(),
        }
    }

    /// An event is to be delivered.
    pub(crate) fn on_event(&mut self, event: &CallEvent, agenda: &mut Agenda) {
        let Callback::Uri(uri) = &event.application.callback else { return };
        let destination: Arc<str> = uri.split('/').nth(2).unwrap_or("receiver-0").into();
        let receiver = match destination.bytes().last() {
            Some(b'0' | b'1') => Receiver::Prompt,
            Some(b'2') => Receiver::Slow,
            Some(b'3') => Receiver::Refuses,
            Some(b'4') => Receiver::Hangs,
            Some(b'5') if self.count.is_multiple_of(2) => Receiver::Fails,
            _ => Receiver::Flaky,
        };
        self.count += 1;
        let id = DeliveryId::random(&mut agenda.dice);
        let stream: Arc<str> = event.connection.to_string().into();
        let now = agenda.now();
        let letter =
            Letter { stream: stream.clone(), receiver, number: self.count, handed_in: now, is_tried: false };
        self.letters.insert(id, letter);
        let delivery = Delivery {
            id,
            stream,
            destination,
            policy: self.policy.clone(),
            attempts: 0,
            age: Duration::ZERO,
            not_before: Duration::ZERO,
            expires_in: None,
        };
        self.courier.handle_event(delivery, now);
    }

    pub(crate) fn on_round(&mut self, round: Round, now: Now) {
        self.courier.handle_attempt(round.delivery, round.outcome, now);
    }

    pub(crate) fn next_at_us(&self) -> Option<u64> {
        self.courier.poll_timeout().map(|(deadline, _)| deadline.monotonic_us())
    }

    pub(crate) fn on_timeout(&mut self, now: Now) {
        self.courier.handle_timeout(now);
    }

    /// Sends what is to be sent, and watches.
    pub(crate) fn drain(&mut self, agenda: &mut Agenda) -> watch::Verdict {
        while let Some(attempt) = self.courier.poll_attempt() {
            let letter = self.letters.get_mut(&attempt.delivery);
            rule!(letter.is_some(), "something is sent that was delivered or given up");
            let letter = letter.expect("was checked");
            if !letter.is_tried {
                letter.is_tried = true;
                let last = self.tried.insert(letter.stream.clone(), letter.number).unwrap_or(0);
                rule!(last < letter.number, "events of one connection overtake each other");
            }
            send(attempt.delivery, letter.receiver, agenda);
        }
        while let Some(verdict) = self.courier.poll_verdict() {
            let (Verdict::Delivered { delivery, .. } | Verdict::Dead { delivery, .. }) = verdict else {
                continue;
            };
            let letter = self.letters.remove(&delivery);
            rule!(letter.is_some(), "a delivery ends twice");
            if let Verdict::Dead { reason, .. } = verdict {
                let receiver = letter.map(|letter| letter.receiver);
                let may = !matches!(receiver, Some(Receiver::Prompt | Receiver::Slow));
                rule!(may, "an event for a receiver that works is given up: {reason:?}");
            }
        }
        Ok(())
    }

    /// In the end everything was delivered or given up.
    pub(crate) fn check_empty(&self) -> watch::Verdict {
        let oldest = self.letters.values().map(|letter| letter.handed_in).min();
        rule!(oldest.is_none(), "{} events are neither delivered nor given up", self.letters.len());
        rule!(self.courier.held() == 0, "the courier still holds {}", self.courier.held());
        Ok(())
    }
}

fn send(delivery: DeliveryId, receiver: Receiver, agenda: &mut Agenda) {
    let answer = |agenda: &mut Agenda, wait_ms, outcome| {
        agenda.after_ms(wait_ms, Happening::Post(Round { delivery, outcome }));
    };
    let quick_ms = agenda.number(1, 50);
    match receiver {
        Receiver::Prompt => answer(agenda, quick_ms, AttemptOutcome::Status(200)),
        Receiver::Slow => answer(agenda, quick_ms * 40, AttemptOutcome::Status(204)),
        Receiver::Refuses => answer(agenda, 1, AttemptOutcome::Failed(SendFailure::Unreachable)),
        Receiver::Hangs => answer(agenda, 10_000, AttemptOutcome::Failed(SendFailure::TimedOut)),
        Receiver::Fails => answer(agenda, quick_ms, AttemptOutcome::Status(500)),
        Receiver::Flaky => {
            let status = if agenda.chance(50) { 200 } else { 503 };
            answer(agenda, quick_ms, AttemptOutcome::Status(status));
        }
    }
}
