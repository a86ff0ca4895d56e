//! Events on their way to applications, and requests of our own.

use crate::instrument::{Counter, Described, Gauge, Histogram};
use crate::label::Label;

/// Deliveries that wait.
pub static EVENTS_PENDING: Gauge<0> =
    Gauge::new("ringdown_events_pending", &[], "deliveries in the outbox that are not settled");

/// How long the first of them waits.
pub static EVENTS_OLDEST: Gauge<0> = Gauge::new(
    "ringdown_events_oldest_pending_seconds",
    &[],
    "age of the oldest delivery in the outbox that is not settled; 0 when there is none",
);

/// Dead letters that are kept.
pub static DEAD_LETTERS: Gauge<0> =
    Gauge::new("ringdown_events_dead_letters", &[], "deliveries that were given up and are kept");

/// Attempts by their outcome.
pub static EVENT_ATTEMPTS: Counter<2> = Counter::new(
    "ringdown_events_attempts_total",
    &[
        Label::of("kind", &["callback", "event-grid", "graph"]),
        Label::of(
            "outcome",
            &["2xx", "3xx", "4xx", "5xx", "timeout", "unreachable", "not-allowed", "withdrawn"],
        ),
    ],
    "attempts to deliver an event, by what came back",
);

/// Deliveries by their end.
pub static EVENT_DELIVERIES: Counter<2> = Counter::new(
    "ringdown_events_deliveries_total",
    &[
        Label::of("kind", &["callback", "event-grid", "graph"]),
        Label::of("outcome", &["delivered", "postponed", "dead"]),
    ],
    "verdicts on deliveries: delivered, to be tried again, given up",
);

/// How long receivers take.
pub static EVENT_ATTEMPT: Histogram<1> = Histogram::new(
    "ringdown_events_attempt_seconds",
    &[Label::of("kind", &["callback", "event-grid", "graph"])],
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0],
    "time from the beginning of a POST to its answer",
);

/// Attempts that run.
pub static WEBHOOKS_IN_FLIGHT: Gauge<0> =
    Gauge::new("ringdown_events_in_flight", &[], "POST requests to webhooks that wait for their answer");

/// Requests that the outgoing gate refused.
pub static OUTBOUND_REFUSED: Counter<1> = Counter::new(
    "ringdown_outbound_refused_total",
    &[Label::of(
        "reason",
        &["private-address", "scheme", "user-info", "invalid-url", "redirects", "too-large"],
    )],
    "requests of our own (webhooks, sounds) that the outgoing gate refused",
);

pub(crate) const ALL: &[Described] = &[
    EVENTS_PENDING.described(),
    EVENTS_OLDEST.described(),
    DEAD_LETTERS.described(),
    EVENT_ATTEMPTS.described(),
    EVENT_DELIVERIES.described(),
    EVENT_ATTEMPT.described(),
    WEBHOOKS_IN_FLIGHT.described(),
    OUTBOUND_REFUSED.described(),
];
