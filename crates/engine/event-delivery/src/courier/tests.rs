//! Receivers that behave as their name says, watched in virtual time.

use expect_test::{Expect, expect};

use super::*;

/// A world of receivers that behave as their name says, watched in virtual time.
struct World {
    courier: Courier,
    now: Now,
    /// What is on its way, with the moment at which it comes back.
    under_way: Vec<(u64, DeliveryId, AttemptOutcome)>,
    names: HashMap<DeliveryId, (String, String)>,
    ladder: Vec<String>,
    behave: fn(destination: &str, seconds: u64) -> (u64, AttemptOutcome),
}

impl World {
    fn new(limits: Limits, behave: fn(&str, u64) -> (u64, AttemptOutcome)) -> Self {
        Self {
            courier: Courier::new(limits, Entropy::from_number(1)),
            now: Now::new(0, 0),
            under_way: Vec::new(),
            names: HashMap::new(),
            ladder: Vec::new(),
            behave,
        }
    }

    fn event(&mut self, stream: &str, name: &str, destination: &str) {
        self.event_with(stream, name, destination, RetryPolicy::callback(), None);
    }

    fn event_with(
        &mut self,
        stream: &str,
        name: &str,
        destination: &str,
        policy: RetryPolicy,
        expires_in: Option<Duration>,
    ) {
        let id = DeliveryId::from_u128(self.names.len() as u128);
        self.names.insert(id, (name.to_owned(), destination.to_owned()));
        let policy = RetryPolicy { jitter_percent: 0, ..policy };
        self.courier.handle_event(
            Delivery {
                id,
                stream: stream.into(),
                destination: destination.into(),
                policy: Arc::new(policy),
                attempts: 0,
                age: Duration::ZERO,
                not_before: Duration::ZERO,
                expires_in,
            },
            self.now,
        );
    }

    fn say(&mut self, text: String) {
        self.ladder.push(format!("{:<6.3} {text}", self.now.monotonic_us() as f64 / 1e6));
    }

    fn drain(&mut self) {
        while let Some(verdict) = self.courier.poll_verdict() {
            let (id, text) = match verdict {
                Verdict::Delivered { delivery, .. } => (delivery, "delivered".to_owned()),
                Verdict::Postponed { delivery, wait, .. } => (delivery, format!("again in {wait:?}")),
                Verdict::Dead { delivery, attempts, reason } => {
                    (delivery, format!("dead after {attempts}: {reason}"))
                }
            };
            let name = self.names[&id].0.clone();
            self.say(format!("{name} {text}"));
        }
        while let Some(attempt) = self.courier.poll_attempt() {
            let (name, destination) = self.names[&attempt.delivery].clone();
            let seconds = self.now.monotonic_us() / 1_000_000;
            let (takes_ms, outcome) = (self.behave)(&destination, seconds);
            self.under_way.push((self.now.monotonic_us() + takes_ms * 1_000, attempt.delivery, outcome));
            self.say(format!("{name} -> {destination} #{}", attempt.number));
        }
    }

    fn run(&mut self) {
        self.drain();
        loop {
            self.under_way.sort_by_key(|(at, id, _)| (*at, *id));
            let back = self.under_way.first().map(|(at, ..)| *at);
            let timer = self.courier.poll_timeout().map(|(deadline, _)| deadline.monotonic_us());
            let Some(next) = [back, timer].into_iter().flatten().min() else { break };
            let step = next.saturating_sub(self.now.monotonic_us());
            self.now = self.now.advanced(Duration::from_micros(step));
            if timer == Some(next) {
                self.courier.handle_timeout(self.now);
            } else {
                let (_, id, outcome) = self.under_way.remove(0);
                self.courier.handle_attempt(id, outcome, self.now);
            }
            self.drain();
        }
        assert_eq!(self.courier.held(), 0, "nothing is left");
        assert_eq!(self.courier.in_flight(), 0);
        assert!(self.courier.destinations.is_empty() && self.courier.streams.is_empty());
    }

    #[track_caller]
    fn ladder(&self, expected: Expect) {
        expected.assert_eq(&self.ladder.iter().map(|line| format!("{line}\n")).collect::<String>());
    }
}

fn answers(destination: &str, seconds: u64) -> (u64, AttemptOutcome) {
    match destination {
        "down" => (1, AttemptOutcome::Failed(SendFailure::Unreachable)),
        "hangs" => (10_000, AttemptOutcome::Failed(SendFailure::TimedOut)),
        "back-at-2" if seconds < 2 => (1, AttemptOutcome::Failed(SendFailure::Unreachable)),
        "buggy" => (1, AttemptOutcome::Status(500)),
        "refuses" => (1, AttemptOutcome::Status(400)),
        _ => (20, AttemptOutcome::Status(200)),
    }
}

#[test]
fn events_of_one_connection_arrive_in_order_even_when_the_first_must_be_tried_again() {
    let mut world = World::new(Limits::default(), answers);
    world.event("call", "connected", "back-at-2");
    world.event("call", "participants", "back-at-2");
    world.run();
    world.ladder(expect![[r#"
           0.000  connected -> back-at-2 #1
           0.001  connected again in 500ms
           0.501  connected -> back-at-2 #2
           0.502  connected again in 2s
           2.502  connected -> back-at-2 #3
           2.522  connected delivered
           2.522  participants -> back-at-2 #1
           2.542  participants delivered
    "#]]);
}

#[test]
fn a_receiver_that_hangs_slows_nobody_and_not_even_its_own_next_event() {
    let mut world = World::new(Limits::default(), answers);
    world.event("call 1", "connected 1", "hangs");
    world.event("call 1", "disconnected 1", "hangs");
    world.event("call 2", "connected 2", "sound");
    world.event("call 2", "disconnected 2", "sound");
    world.run();
    world.ladder(expect![[r#"
        0.000  connected 1 -> hangs #1
        0.000  connected 2 -> sound #1
        0.020  connected 2 delivered
        0.020  disconnected 2 -> sound #1
        0.040  disconnected 2 delivered
        10.000 connected 1 again in 500ms
        10.000 disconnected 1 -> hangs #1
        10.500 connected 1 -> hangs #2
        20.000 disconnected 1 again in 500ms
        20.500 disconnected 1 -> hangs #2
        20.500 connected 1 dead after 2: MaxDeliveryAttemptsExceeded
        30.500 disconnected 1 dead after 2: MaxDeliveryAttemptsExceeded
    "#]]);
}

#[test]
fn an_event_that_is_given_up_lets_the_next_one_go() {
    let mut world = World::new(Limits::default(), answers);
    world.event("call", "connected", "refuses");
    world.event("call", "participants", "buggy");
    world.event("call", "disconnected", "sound");
    world.run();
    world.ladder(expect![[r#"
           0.000  connected -> refuses #1
           0.001  connected dead after 1: UndeliverableDueToClientError
           0.001  participants -> buggy #1
           0.002  participants again in 500ms
           0.502  participants -> buggy #2
           0.503  participants again in 2s
           2.503  participants -> buggy #3
           2.504  participants dead after 3: MaxDeliveryAttemptsExceeded
           2.504  disconnected -> sound #1
           2.524  disconnected delivered
    "#]]);
}

#[test]
fn an_incoming_call_expires_with_its_ringing() {
    let mut world = World::new(Limits::default(), answers);
    let expires_in = Some(Duration::from_secs(4));
    world.event_with("a", "ringing", "down", RetryPolicy::ringing(), expires_in);
    world.run();
    world.ladder(expect![[r#"
           0.000  ringing -> down #1
           0.001  ringing again in 2s
           2.001  ringing -> down #2
           2.002  ringing again in 5s
           4.000  ringing dead after 2: TimeToLiveExceeded
    "#]]);
}

#[test]
fn what_has_expired_before_it_is_handed_in_is_not_tried() {
    let mut world = World::new(Limits::default(), answers);
    world.event_with("a", "late", "sound", RetryPolicy::ringing(), Some(Duration::ZERO));
    world.run();
    world.ladder(expect![[r#"
        0.000  late dead after 0: TimeToLiveExceeded
    "#]]);
}

#[test]
fn what_runs_at_once_is_bounded_in_all_and_for_each_destination() {
    let limits = Limits { in_flight: 3, per_destination: 2, ..Limits::default() };
    let mut world = World::new(limits, answers);
    for number in 0..4 {
        world.event(&format!("a{number}"), &format!("a{number}"), "a");
    }
    for number in 0..2 {
        world.event(&format!("b{number}"), &format!("b{number}"), "b");
    }
    world.run();
    world.ladder(expect![[r#"
           0.000  a0 -> a #1
           0.000  b0 -> b #1
           0.000  a1 -> a #1
           0.020  a0 delivered
           0.020  b1 -> b #1
           0.020  a1 delivered
           0.020  a2 -> a #1
           0.020  b0 delivered
           0.020  a3 -> a #1
           0.040  a2 delivered
           0.040  a3 delivered
           0.040  b1 delivered
    "#]]);
}

#[test]
fn a_silent_destination_holds_only_a_few_attempts_while_others_have_many() {
    let limits = Limits { in_flight: 4, per_destination: 3, per_silent_destination: 1, ..Limits::default() };
    let mut world = World::new(limits, answers);
    for number in 0..6 {
        world.event(&format!("h{number}"), &format!("h{number}"), "hangs");
    }
    world.drain();
    assert_eq!(world.courier.in_flight(), 3);
    for _ in 0..3 {
        let (at, id, outcome) = world.under_way.remove(0);
        world.now = Now::new(at, 0);
        world.courier.handle_attempt(id, outcome, world.now);
    }
    world.drain();
    assert_eq!(world.courier.in_flight(), 1, "one probe and no more");
    world.event("sound", "s", "sound");
    world.run();
    assert!(world.ladder.iter().any(|line| line.contains("10.020 s delivered")), "{:#?}", world.ladder);
}

#[test]
fn an_event_handed_in_twice_is_delivered_once() {
    let mut courier = Courier::new(Limits::default(), Entropy::from_number(1));
    let delivery = Delivery {
        id: DeliveryId::from_u128(1),
        stream: "call".into(),
        destination: "sound".into(),
        policy: Arc::new(RetryPolicy::callback()),
        attempts: 0,
        age: Duration::ZERO,
        not_before: Duration::ZERO,
        expires_in: None,
    };
    let now = Now::new(0, 0);
    courier.handle_event(delivery.clone(), now);
    courier.handle_event(delivery, now);
    assert!(courier.poll_attempt().is_some());
    assert!(courier.poll_attempt().is_none());
    assert_eq!(courier.room(), Limits::default().held - 1);
}

#[test]
fn a_report_that_comes_twice_is_late_and_not_wrong() {
    let mut world = World::new(Limits::default(), answers);
    world.event("call", "connected", "sound");
    world.run();
    world.courier.handle_attempt(DeliveryId::from_u128(0), AttemptOutcome::Status(200), world.now);
    assert_eq!(world.courier.poll_verdict(), None);
}
