//! When a delivery is tried again, and when it is given up.

use std::time::Duration;

use entropy::Entropy;

use crate::outcome::{AttemptOutcome, DeadLetterReason, SendFailure};

/// The rules for one kind of delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// From one attempt to the next; the last one repeats.
    pub waits: Vec<Duration>,
    /// Each wait is lengthened by up to this much, so that receivers are not hit by all at once.
    pub jitter_percent: u8,
    /// Attempts in all.
    pub max_attempts: u32,
    /// Attempts in all when the receiver is alive and answers with an error of its own (500).
    pub max_attempts_on_error: u32,
    /// Attempts in all when the receiver takes requests and never answers them.
    pub max_attempts_on_timeout: u32,
    /// No attempt begins later than this after the delivery was taken on, except the first.
    pub time_to_live: Duration,
    /// Which statuses mean that the event was taken.
    pub taken: std::ops::RangeInclusive<u16>,
    /// Waits that Event Grid never goes below, by status.
    pub patient: bool,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It was taken.
    Delivered,
    /// It is tried again after this time.
    Again(Duration),
    /// It is given up.
    GiveUp(DeadLetterReason),
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl RetryPolicy {
    /// Call Automation callbacks: quick, because the call goes on, and bounded, because events
    /// behind it wait.
    pub fn callback() -> Self {
        Self {
            waits: [500, 2_000, 8_000, 20_000, 40_000].map(Duration::from_millis).to_vec(),
            jitter_percent: 20,
            max_attempts: 6,
            // An application that answers 500 is up and has a bug; what comes next must not wait for it.
            max_attempts_on_error: 3,
            // Some applications never answer at all, and do not deserve everything six times.
            max_attempts_on_timeout: 2,
            time_to_live: seconds(120),
            taken: 200..=299,
            patient: false,
        }
    }

    /// Event Grid (contract: Call Automation §11.4).
    pub fn event_grid() -> Self {
        Self {
            waits: [10, 30, 60, 300, 600, 1_800, 3_600].map(seconds).to_vec(),
            jitter_percent: 20,
            max_attempts: 30,
            max_attempts_on_error: 30,
            max_attempts_on_timeout: 30,
            time_to_live: seconds(24 * 60 * 60),
            taken: 200..=204,
            patient: true,
        }
    }

    /// IncomingCall: nobody can answer after it stopped ringing, so it is tried again soon or never.
    pub fn ringing() -> Self {
        Self {
            waits: vec![seconds(2), seconds(5)],
            max_attempts: 3,
            max_attempts_on_error: 3,
            max_attempts_on_timeout: 3,
            time_to_live: seconds(60),
            patient: false,
            ..Self::event_grid()
        }
    }

    /// Change notifications of Microsoft Graph: for four hours, or until the subscription ends.
    pub fn graph() -> Self {
        Self {
            waits: [5, 15, 30, 60, 300, 600].map(seconds).to_vec(),
            jitter_percent: 20,
            max_attempts: 60,
            max_attempts_on_error: 60,
            max_attempts_on_timeout: 60,
            time_to_live: seconds(4 * 60 * 60),
            taken: 200..=299,
            patient: false,
        }
    }

    /// What follows from attempt number `attempt` (from 1), `age` after the delivery was taken on.
    pub fn judge(
        &self,
        outcome: AttemptOutcome,
        attempt: u32,
        age: Duration,
        entropy: &mut Entropy,
    ) -> Judgement {
        if let AttemptOutcome::Status(status) = outcome
            && self.taken.contains(&status)
        {
            return Judgement::Delivered;
        }
        if let Some(reason) = self.hopeless(outcome) {
            return Judgement::GiveUp(reason);
        }
        let most = match outcome {
            AttemptOutcome::Failed(SendFailure::TimedOut) => self.max_attempts_on_timeout,
            // 502 to 504 come from what stands in front of an application that is down.
            AttemptOutcome::Status(500 | 501 | 505..=599) => self.max_attempts_on_error,
            AttemptOutcome::Status(_) | AttemptOutcome::Failed(_) => self.max_attempts,
        };
        if attempt >= most.min(self.max_attempts) {
            return Judgement::GiveUp(DeadLetterReason::MaxDeliveryAttemptsExceeded);
        }
        let wait = self.wait(outcome, attempt, entropy);
        if age + wait > self.time_to_live {
            return Judgement::GiveUp(DeadLetterReason::TimeToLiveExceeded);
        }
        Judgement::Again(wait)
    }

    fn hopeless(&self, outcome: AttemptOutcome) -> Option<DeadLetterReason> {
        match outcome {
            AttemptOutcome::Failed(SendFailure::NotAllowed) => {
                Some(DeadLetterReason::UndeliverableDueToPolicy)
            }
            AttemptOutcome::Failed(SendFailure::Withdrawn) => Some(DeadLetterReason::SubscriptionDeleted),
            AttemptOutcome::Failed(SendFailure::TimedOut | SendFailure::Unreachable) => None,
            AttemptOutcome::Status(400 | 413) => Some(DeadLetterReason::UndeliverableDueToClientError),
            // Event Grid waits for somebody to repair the endpoint; a call does not wait.
            AttemptOutcome::Status(408 | 425 | 429) => None,
            AttemptOutcome::Status(300..=499) if !self.patient => {
                Some(DeadLetterReason::UndeliverableDueToClientError)
            }
            AttemptOutcome::Status(_) => None,
        }
    }

    fn wait(&self, outcome: AttemptOutcome, attempt: u32, entropy: &mut Entropy) -> Duration {
        let index = (attempt.max(1) as usize - 1).min(self.waits.len().saturating_sub(1));
        let scheduled = self.waits.get(index).copied().unwrap_or(seconds(10));
        let least = if self.patient { least_wait(outcome) } else { Duration::ZERO };
        let wait = scheduled.max(least);
        let most_us = wait.as_micros() as u64 * u64::from(self.jitter_percent) / 100;
        wait + Duration::from_micros(entropy.below(most_us + 1))
    }
}

fn least_wait(outcome: AttemptOutcome) -> Duration {
    match outcome {
        AttemptOutcome::Status(400 | 401 | 403 | 404) => seconds(300),
        AttemptOutcome::Status(408) => seconds(120),
        AttemptOutcome::Status(503) => seconds(30),
        AttemptOutcome::Status(_) | AttemptOutcome::Failed(_) => seconds(10),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn without_jitter(policy: RetryPolicy) -> RetryPolicy {
        RetryPolicy { jitter_percent: 0, ..policy }
    }

    /// Prints when each attempt is made if every one ends in `outcome`.
    #[track_caller]
    fn check(policy: RetryPolicy, outcome: AttemptOutcome, ladder: Expect) {
        let policy = without_jitter(policy);
        let mut entropy = Entropy::from_number(1);
        let (mut age, mut lines) = (Duration::ZERO, Vec::new());
        for attempt in 1.. {
            match policy.judge(outcome, attempt, age, &mut entropy) {
                Judgement::Again(wait) => {
                    lines.push(format!("{:?}", age));
                    age += wait;
                }
                Judgement::Delivered => {
                    lines.push(format!("{age:?} delivered"));
                    break;
                }
                Judgement::GiveUp(reason) => {
                    lines.push(format!("{age:?} {reason}"));
                    break;
                }
            }
        }
        ladder.assert_eq(&lines.join(", "));
    }

    use AttemptOutcome::{Failed, Status};

    #[test]
    fn callbacks() {
        let policy = RetryPolicy::callback;
        check(policy(), Status(202), expect!["0ns delivered"]);
        check(
            policy(),
            Failed(SendFailure::Unreachable),
            expect!["0ns, 500ms, 2.5s, 10.5s, 30.5s, 70.5s MaxDeliveryAttemptsExceeded"],
        );
        check(
            policy(),
            Status(503),
            expect!["0ns, 500ms, 2.5s, 10.5s, 30.5s, 70.5s MaxDeliveryAttemptsExceeded"],
        );
        check(policy(), Failed(SendFailure::TimedOut), expect!["0ns, 500ms MaxDeliveryAttemptsExceeded"]);
        check(policy(), Status(500), expect!["0ns, 500ms, 2.5s MaxDeliveryAttemptsExceeded"]);
        check(policy(), Status(404), expect!["0ns UndeliverableDueToClientError"]);
        check(policy(), Status(301), expect!["0ns UndeliverableDueToClientError"]);
        check(policy(), Failed(SendFailure::NotAllowed), expect!["0ns UndeliverableDueToPolicy"]);
    }

    #[test]
    fn event_grid() {
        let policy = RetryPolicy::event_grid;
        check(policy(), Status(204), expect!["0ns delivered"]);
        check(policy(), Status(400), expect!["0ns UndeliverableDueToClientError"]);
        check(policy(), Status(413), expect!["0ns UndeliverableDueToClientError"]);
        check(
            RetryPolicy { max_attempts: 9, ..policy() },
            Status(500),
            expect!["0ns, 10s, 40s, 100s, 400s, 1000s, 2800s, 6400s, 10000s MaxDeliveryAttemptsExceeded"],
        );
        check(
            RetryPolicy { max_attempts: 4, ..policy() },
            Status(404),
            expect!["0ns, 300s, 600s, 900s MaxDeliveryAttemptsExceeded"],
        );
        // 205 and above is not success for Event Grid.
        check(
            RetryPolicy { max_attempts: 2, ..policy() },
            Status(206),
            expect!["0ns, 10s MaxDeliveryAttemptsExceeded"],
        );
        check(
            RetryPolicy { time_to_live: seconds(600), ..policy() },
            Status(503),
            expect!["0ns, 30s, 60s, 120s, 420s TimeToLiveExceeded"],
        );
    }

    #[test]
    fn an_incoming_call_is_not_worth_waiting_for() {
        check(RetryPolicy::ringing(), Status(500), expect!["0ns, 2s, 7s MaxDeliveryAttemptsExceeded"]);
        check(RetryPolicy::ringing(), Status(401), expect!["0ns UndeliverableDueToClientError"]);
    }

    #[test]
    fn change_notifications_of_graph() {
        let policy = RetryPolicy::graph;
        check(policy(), Status(202), expect!["0ns delivered"]);
        check(policy(), Status(404), expect!["0ns UndeliverableDueToClientError"]);
        check(
            RetryPolicy { time_to_live: seconds(900), ..policy() },
            Failed(SendFailure::TimedOut),
            expect!["0ns, 5s, 20s, 50s, 110s, 410s TimeToLiveExceeded"],
        );
    }

    #[test]
    fn jitter_only_lengthens() {
        let policy = RetryPolicy::event_grid();
        let mut entropy = Entropy::from_number(3);
        for _ in 0..100 {
            let Judgement::Again(wait) = policy.judge(Status(500), 1, Duration::ZERO, &mut entropy) else {
                panic!("the first failure is followed by another attempt");
            };
            assert!((seconds(10)..=seconds(12)).contains(&wait), "{wait:?}");
        }
    }
}
