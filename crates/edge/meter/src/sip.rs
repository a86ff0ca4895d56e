//! Signaling.

use crate::instrument::{Counter, Described, Gauge, Histogram};
use crate::label::Label;

/// The methods of requests that are known (RFC 3261, RFC 3262, RFC 3311, RFC 3428, RFC 3515, RFC 3903,
/// RFC 6086, RFC 6665).
pub const SIP_METHODS: &[&str] = &[
    "ACK",
    "BYE",
    "CANCEL",
    "INFO",
    "INVITE",
    "MESSAGE",
    "NOTIFY",
    "OPTIONS",
    "PRACK",
    "PUBLISH",
    "REFER",
    "REGISTER",
    "SUBSCRIBE",
    "UPDATE",
    "other",
];
const CALL_SECONDS: &[f64] =
    &[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 180.0];

/// Messages by direction, method, and `request` or the class of the answer.
pub static SIP_MESSAGES: Counter<3> = Counter::new(
    "ringdown_sip_messages_total",
    &[
        Label::of("direction", &["received", "sent"]),
        Label::of("method", SIP_METHODS),
        Label::of("kind", &["request", "1xx", "2xx", "3xx", "4xx", "5xx", "6xx"]),
    ],
    "SIP messages on the wire, by direction, method, and request or class of the answer",
);

/// What the guard did not let through.
pub static SIP_MALFORMED: Counter<1> = Counter::new(
    "ringdown_sip_malformed_total",
    &[Label::of("verdict", &["answered", "dropped", "oversize", "broken-stream"])],
    "SIP messages that were no sound SIP: answered with an error, dropped, too long, or the end of their connection",
);

/// Legs by direction and what became of them.
pub static SIP_CALLS: Counter<2> = Counter::new(
    "ringdown_sip_calls_total",
    &[
        Label::of("direction", &["inbound", "outbound"]),
        Label::of(
            "outcome",
            &[
                "answered",
                "declined",
                "busy",
                "no-answer",
                "canceled",
                "unavailable",
                "not-found",
                "forbidden",
                "not-acceptable",
                "unreachable",
                "overloaded",
                "hung-up",
                "media-lost",
            ],
        ),
    ],
    "legs set up, by direction: answered, or why not",
);

/// Inbound calls that were refused before anybody heard of them.
pub static SIP_REFUSED: Counter<1> = Counter::new(
    "ringdown_sip_refused_total",
    &[Label::of(
        "reason",
        &[
            "source-limit",
            "total-limit",
            "trunk-limit",
            "overload",
            "guessing",
            "stranger",
            "not-found",
            "not-acceptable",
            "loop",
            "malformed",
            "other",
        ],
    )],
    "inbound calls refused before they became a leg",
);

/// Calls to emergency numbers.
pub static EMERGENCY_CALLS: Counter<1> = Counter::new(
    "ringdown_emergency_calls_total",
    &[Label::of("outcome", &["begun", "answered", "failed"])],
    "calls of phones to emergency numbers: begun, then answered, or over without an answer",
);

/// Calls that arrived and wait for an answer.
pub static SIP_HALF_OPEN: Gauge<0> =
    Gauge::new("ringdown_sip_half_open", &[], "inbound calls that are not answered yet");

/// Time from INVITE to the answer, as callers wait.
pub static SIP_SETUP: Histogram<1> = Histogram::new(
    "ringdown_sip_setup_seconds",
    &[Label::of("direction", &["inbound", "outbound"])],
    CALL_SECONDS,
    "time from INVITE to answer, ringing included",
);

/// Registrations of phones now.
pub static SIP_BINDINGS: Gauge<0> =
    Gauge::new("ringdown_sip_bindings", &[], "contacts of phones that are registered now");

/// REGISTER requests of phones.
pub static SIP_REGISTRATIONS: Counter<1> = Counter::new(
    "ringdown_sip_registrations_total",
    &[Label::of("outcome", &["accepted", "challenged", "refused"])],
    "REGISTER requests of phones, by outcome",
);

/// Wrong passwords.
pub static SIP_AUTHENTICATION_FAILURES: Counter<1> = Counter::new(
    "ringdown_sip_authentication_failures_total",
    &[Label::of("request", &["INVITE", "REGISTER"])],
    "requests of phones with wrong credentials",
);

/// Whether a trunk answers.
pub static TRUNK_UP: Gauge<1> = Gauge::new(
    "ringdown_trunk_up",
    &[Label::configured("trunk")],
    "1: the trunk answers OPTIONS, or was not asked yet; 0: it does not, and calls through it fail at once",
);

/// Whether a trunk knows where we are.
pub static TRUNK_REGISTERED: Gauge<1> = Gauge::new(
    "ringdown_trunk_registered",
    &[Label::configured("trunk")],
    "1: the trunk took our REGISTER; 0: it did not; absent where none is wanted",
);

/// How long a trunk took to answer OPTIONS.
pub static TRUNK_ROUND_TRIP: Gauge<1> = Gauge::new(
    "ringdown_trunk_round_trip_seconds",
    &[Label::configured("trunk")],
    "how long the last OPTIONS to the trunk took until its answer",
);

/// Connections.
pub static SIP_CONNECTIONS: Gauge<1> = Gauge::new(
    "ringdown_sip_connections",
    &[Label::of("transport", &["tcp", "tls"])],
    "SIP connections that are open",
);

/// Connections that were turned away.
pub static SIP_CONNECTIONS_REFUSED: Counter<0> = Counter::new(
    "ringdown_sip_connections_refused_total",
    &[],
    "SIP connections refused because too many are open, in total or from one source",
);

/// TLS handshakes that failed, on any listener or toward a trunk.
pub static TLS_FAILURES: Counter<1> = Counter::new(
    "ringdown_tls_handshake_failures_total",
    &[Label::of("where", &["https", "sip", "trunk"])],
    "TLS handshakes that failed: on HTTPS listeners, on the SIP listener, toward trunks",
);

pub(crate) const ALL: &[Described] = &[
    SIP_MESSAGES.described(),
    SIP_MALFORMED.described(),
    SIP_CALLS.described(),
    SIP_REFUSED.described(),
    EMERGENCY_CALLS.described(),
    SIP_HALF_OPEN.described(),
    SIP_SETUP.described(),
    SIP_BINDINGS.described(),
    SIP_REGISTRATIONS.described(),
    SIP_AUTHENTICATION_FAILURES.described(),
    TRUNK_UP.described(),
    TRUNK_REGISTERED.described(),
    TRUNK_ROUND_TRIP.described(),
    SIP_CONNECTIONS.described(),
    SIP_CONNECTIONS_REFUSED.described(),
    TLS_FAILURES.described(),
];
