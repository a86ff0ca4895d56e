//! Calls, and the threads that own them.

use crate::instrument::{Counter, Described, Gauge, Histogram};
use crate::label::Label;
use crate::stopwatch::Stopwatch;

/// Times that a caller or an application waits for.
pub(crate) const WAITS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// Calls in progress.
pub static CALLS: Gauge<0> = Gauge::new("ringdown_calls", &[], "calls in progress");

/// Legs.
pub static LEGS: Gauge<0> = Gauge::new("ringdown_legs", &[], "legs in progress: phones and trunks in calls");

/// From INVITE to the POST of IncomingCall.
pub static INCOMING_CALL: Histogram<0> = Histogram::new(
    "ringdown_incoming_call_seconds",
    &[],
    WAITS,
    "time from an INVITE to the first POST of its IncomingCall event",
);

/// From the answer request to 200 OK.
pub static ANSWER: Histogram<0> = Histogram::new(
    "ringdown_answer_seconds",
    &[],
    WAITS,
    "time from an application's answer request to the 200 OK for the caller",
);

/// Answers on their way from the switchboard to signaling, by leg.
pub static ANSWERING: Stopwatch = Stopwatch::new();

/// Inputs that wait.
pub static MAILBOX: Gauge<0> =
    Gauge::new("ringdown_switchboard_mailbox", &[], "inputs that wait for the threads that own calls");

/// How long they waited.
pub static MAILBOX_WAIT: Histogram<0> = Histogram::new(
    "ringdown_switchboard_mailbox_seconds",
    &[],
    WAITS,
    "time that an input waited for the thread that owns calls",
);

/// How late work is where it waits.
pub static LATENESS: Gauge<1> = Gauge::new(
    "ringdown_lateness_seconds",
    &[Label::of("station", &["runtime", "signaling", "mailbox", "ledger", "outbox", "media"])],
    "how late work was where it waits, the luckiest of the last interval in which calls came",
);

/// Whether calls are refused because of it.
pub static OVERLOADED: Gauge<0> = Gauge::new(
    "ringdown_overloaded",
    &[],
    "1: work is late, and new calls are let in at the speed that can be done; 0: all are",
);

/// How many are let in then.
pub static OVERLOAD_LIMIT: Gauge<0> = Gauge::new(
    "ringdown_overload_limit_calls_per_second",
    &[],
    "new calls in a second that are let in while work is late; 0 while all are",
);

/// Inputs that were turned away.
pub static MAILBOX_FULL: Counter<0> = Counter::new(
    "ringdown_switchboard_refused_total",
    &[],
    "calls and requests refused because the mailbox was full",
);

/// Inputs that broke an assumption.
pub static BROKEN_INPUTS: Counter<0> = Counter::new(
    "ringdown_switchboard_broken_inputs_total",
    &[],
    "inputs that broke an assumption of the platform; each cost one call",
);

/// Entries that the journal of calls had no room for.
pub static JOURNAL_DROPPED: Counter<0> = Counter::new(
    "ringdown_journal_dropped_total",
    &[],
    "inputs of calls that the journal had no room for; such a call cannot be replayed",
);

pub(crate) const ALL: &[Described] = &[
    CALLS.described(),
    LEGS.described(),
    INCOMING_CALL.described(),
    ANSWER.described(),
    MAILBOX.described(),
    MAILBOX_WAIT.described(),
    LATENESS.described(),
    OVERLOADED.described(),
    OVERLOAD_LIMIT.described(),
    MAILBOX_FULL.described(),
    BROKEN_INPUTS.described(),
    JOURNAL_DROPPED.described(),
];
