//! A throttle before a server that is made up: it does so many calls in a second, one after another, and of
//! each call a part comes later, when the call is under way.

use std::collections::VecDeque;

use super::*;

const TARGET_MS: f64 = 50.0;
const STEP_US: i64 = 1_000;
/// From the beginning of a call to the rest of its work.
const LATER_US: i64 = 300_000;

struct Server {
    throttle: Throttle,
    now_us: i64,
    capacity: f64,
    /// In calls.
    queue: f64,
    /// The rest of calls that were let in.
    later: VecDeque<i64>,
    least_wait_ms: f64,
    observed_us: i64,
    due: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Second {
    offered: u32,
    refused: u32,
    done: f64,
    wait_ms: f64,
}

impl Server {
    fn new(capacity: f64) -> Self {
        Self {
            throttle: Throttle::new(10),
            now_us: 0,
            capacity,
            queue: 0.0,
            later: VecDeque::new(),
            least_wait_ms: f64::MAX,
            observed_us: 0,
            due: 0.0,
        }
    }

    fn second(&mut self, offered: f64) -> Second {
        let mut second = Second::default();
        for _ in 0..1_000_000 / STEP_US {
            self.step(offered, &mut second);
        }
        second
    }

    fn step(&mut self, offered: f64, second: &mut Second) {
        self.now_us += STEP_US;
        self.due += offered * STEP_US as f64 / 1e6;
        while self.due >= 1.0 {
            self.due -= 1.0;
            second.offered += 1;
            if self.throttle.take(self.now_us) {
                self.queue += 0.5;
                self.later.push_back(self.now_us + LATER_US);
            } else {
                second.refused += 1;
            }
        }
        while self.later.front().is_some_and(|at_us| *at_us <= self.now_us) {
            self.later.pop_front();
            self.queue += 0.5;
        }
        let done = self.queue.min(self.capacity * STEP_US as f64 / 1e6);
        self.queue -= done;
        second.done += done;
        let wait_ms = self.queue / self.capacity * 1e3;
        second.wait_ms = second.wait_ms.max(wait_ms);
        self.least_wait_ms = self.least_wait_ms.min(wait_ms);
        let passed = Duration::from_micros((self.now_us - self.observed_us) as u64);
        if passed >= INTERVAL {
            self.throttle.observe(self.least_wait_ms / TARGET_MS, passed, self.now_us);
            (self.observed_us, self.least_wait_ms) = (self.now_us, f64::MAX);
        }
    }
}

#[test]
fn nobody_is_refused_while_the_server_keeps_up() {
    let mut server = Server::new(500.0);
    for _ in 0..20 {
        assert_eq!(server.second(480.0).refused, 0);
    }
    assert_eq!(server.throttle.limit(), None);
}

#[test]
fn whatever_is_offered_beyond_what_can_be_done_as_much_is_done() {
    for (capacity, offered) in [(500.0, 550.0), (500.0, 1_000.0), (500.0, 2_500.0), (40.0, 400.0)] {
        let mut server = Server::new(capacity);
        let seconds: Vec<Second> = (0..15).map(|_| server.second(offered)).collect();
        for (number, second) in seconds.iter().enumerate() {
            assert!(second.done >= capacity * 0.85, "{capacity}, {offered}: second {number}: {second:?}");
            assert!(second.wait_ms < 3_000.0, "{capacity}, {offered}: second {number}: {second:?}");
        }
        for second in &seconds[8..] {
            assert!(second.wait_ms < 6.0 * TARGET_MS, "{capacity}, {offered}: {second:?}");
            let let_in = f64::from(second.offered - second.refused);
            assert!((let_in - capacity).abs() < capacity * 0.15, "{capacity}, {offered}: {second:?}");
        }
    }
}

#[test]
fn a_server_that_becomes_slower_lets_in_less_and_more_when_it_is_well_again() {
    let mut server = Server::new(500.0);
    let mut run = |capacity: f64, seconds: usize| {
        server.capacity = capacity;
        (0..seconds).map(|_| server.second(1_000.0)).last().unwrap()
    };
    run(500.0, 5);
    let slow = run(100.0, 10);
    assert!(slow.done >= 85.0 && slow.wait_ms < 8.0 * TARGET_MS, "{slow:?}");
    let well = run(500.0, 12);
    assert!(well.done >= 425.0, "{well:?}");
}

#[test]
fn when_the_flood_is_over_everybody_is_let_in_again() {
    let mut server = Server::new(500.0);
    (0..5).for_each(|_| {
        server.second(2_000.0);
    });
    assert!(server.throttle.limit().is_some());
    let after: Vec<Second> = (0..8).map(|_| server.second(100.0)).collect();
    assert!(after[2..].iter().all(|second| second.refused == 0), "{after:?}");
    assert_eq!(server.throttle.limit(), None);
}

#[test]
fn one_bad_moment_refuses_nobody() {
    let mut throttle = Throttle::new(10);
    for (moment, late) in [0.2, 40.0, 0.1, 3.0, 0.0].into_iter().enumerate() {
        throttle.observe(late, INTERVAL, moment as i64 * 100_000);
        assert!(throttle.take(moment as i64 * 100_000));
    }
    assert_eq!(throttle.limit(), None);
}

#[test]
fn who_asks_for_little_is_never_refused() {
    let mut throttle = Throttle::new(10);
    let (mut now_us, mut let_in) = (0, 0);
    for interval in 0..200 {
        throttle.observe(if interval % 20 < 15 { 30.0 } else { 0.1 }, INTERVAL, now_us);
        // Now and then a few at once, 5 in a second in the mean.
        if interval % 10 == 0 {
            let_in += (0..5).filter(|_| throttle.take(now_us)).count();
        }
        now_us += 100_000;
    }
    assert_eq!(let_in, 100);
}

#[test]
fn some_are_let_in_however_late_it_is() {
    let mut throttle = Throttle::new(10);
    let mut let_in = 0;
    for interval in 0..100 {
        throttle.observe(f64::INFINITY, INTERVAL, interval * 100_000);
        let_in += (0..50).filter(|call| throttle.take(interval * 100_000 + call * 2_000)).count();
    }
    // 10 seconds, one second's worth at once, and the interval in which it was not yet known.
    assert!((150..=170).contains(&let_in), "{let_in}");
}
