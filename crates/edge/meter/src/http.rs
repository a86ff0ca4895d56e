//! HTTP listeners.

use crate::calls::WAITS;
use crate::instrument::{Counter, Described, Gauge, Histogram};
use crate::label::Label;

/// Requests by operation and status.
pub static HTTP_REQUESTS: Counter<2> = Counter::new(
    "ringdown_http_requests_total",
    &[Label::configured("operation"), Label::configured("status")],
    "HTTP requests answered, by operation and status",
);

/// How long they took.
pub static HTTP_REQUEST: Histogram<1> = Histogram::new(
    "ringdown_http_request_seconds",
    &[Label::configured("operation")],
    WAITS,
    "time from the head of a request to its answer",
);

/// Requests of people who did not show who they are.
pub static HTTP_AUTHENTICATION_FAILURES: Counter<1> = Counter::new(
    "ringdown_http_authentication_failures_total",
    &[Label::of("surface", &["api", "admin"])],
    "HTTP requests with no, a wrong or an outdated proof of who sends them",
);

/// Requests that came too fast.
pub static HTTP_LIMITED: Counter<1> = Counter::new(
    "ringdown_http_limited_total",
    &[Label::of("by", &["address", "resource"])],
    "HTTP requests refused with 429 because one address or one resource asked too often",
);

/// Connections.
pub static HTTP_CONNECTIONS: Gauge<0> =
    Gauge::new("ringdown_http_connections", &[], "HTTP connections that are open");

pub(crate) const ALL: &[Described] = &[
    HTTP_REQUESTS.described(),
    HTTP_REQUEST.described(),
    HTTP_AUTHENTICATION_FAILURES.described(),
    HTTP_LIMITED.described(),
    HTTP_CONNECTIONS.described(),
];
