//! Sound.

use crate::instrument::{Counter, Described, Gauge, Histogram};
use crate::label::Label;

/// Sessions.
pub static MEDIA_SESSIONS: Gauge<0> =
    Gauge::new("ringdown_media_sessions", &[], "legs whose media sockets are open");

/// Ports in use.
pub static MEDIA_PORTS_USED: Gauge<0> =
    Gauge::new("ringdown_media_ports_used", &[], "pairs of media ports in use");

/// Ports in all.
pub static MEDIA_PORTS: Gauge<0> =
    Gauge::new("ringdown_media_ports", &[], "pairs of media ports that media.ports has in all");

/// Packets that came and were heard.
pub static MEDIA_RECEIVED: Counter<0> = Counter::new(
    "ringdown_media_packets_received_total",
    &[],
    "RTP packets received, before anything is checked",
);

/// Packets that went.
pub static MEDIA_SENT: Counter<0> =
    Counter::new("ringdown_media_packets_sent_total", &[], "RTP packets sent");

/// Packets that never came.
pub static MEDIA_LOST: Counter<0> = Counter::new(
    "ringdown_media_packets_lost_total",
    &[],
    "RTP packets that never came, by their sequence numbers",
);

/// Packets that came too late to be heard.
pub static MEDIA_LATE: Counter<0> = Counter::new(
    "ringdown_media_packets_late_total",
    &[],
    "RTP packets that came after their moment to be heard",
);

/// Packets that were not taken.
pub static MEDIA_REJECTED: Counter<1> = Counter::new(
    "ringdown_media_packets_rejected_total",
    &[Label::of("reason", &["source", "authentication", "malformed"])],
    "RTP packets not taken: from a stranger's address, with a wrong SRTP tag or replayed, no RTP",
);

/// Jitter of sessions.
pub static MEDIA_JITTER: Histogram<0> = Histogram::new(
    "ringdown_media_jitter_seconds",
    &[],
    &[0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5],
    "interarrival jitter (RFC 3550 section 6.4.1) of each session, once a second",
);

/// Ticks that came late.
pub static MEDIA_LATE_TICKS: Counter<0> = Counter::new(
    "ringdown_media_late_ticks_total",
    &[],
    "steps of media threads that began 5 ms or more after their moment",
);

/// Steps in all.
pub static MEDIA_TICKS: Counter<0> =
    Counter::new("ringdown_media_ticks_total", &[], "steps of media threads, four in each 20 ms frame");

/// Listeners that are no legs.
pub static MEDIA_TAPS: Gauge<0> =
    Gauge::new("ringdown_media_taps", &[], "recordings, streams, transcripts and recognizers that listen");

/// What they did not take in time.
pub static MEDIA_TAP_MISSED: Counter<0> = Counter::new(
    "ringdown_media_tap_frames_missed_total",
    &[],
    "frames of 20 ms that recordings, streams, transcripts and recognizers did not take within a second",
);

/// How they ended by themselves.
pub static MEDIA_TAP_ENDS: Counter<1> = Counter::new(
    "ringdown_media_tap_ends_total",
    &[Label::of(
        "why",
        &[
            "address",
            "unreachable",
            "interrupted",
            "unauthorized",
            "forbidden",
            "garbled",
            "too-many",
            "timeout",
            "closed",
            "no-provider",
            "provider",
            "not-understood",
            "no-choice",
            "storage",
            "full",
            "no-encoder",
        ],
    )],
    "recordings, streams, transcripts and recognizers that ended before the call was done with them, by why",
);

pub(crate) const ALL: &[Described] = &[
    MEDIA_SESSIONS.described(),
    MEDIA_PORTS_USED.described(),
    MEDIA_PORTS.described(),
    MEDIA_RECEIVED.described(),
    MEDIA_SENT.described(),
    MEDIA_LOST.described(),
    MEDIA_LATE.described(),
    MEDIA_REJECTED.described(),
    MEDIA_JITTER.described(),
    MEDIA_LATE_TICKS.described(),
    MEDIA_TICKS.described(),
    MEDIA_TAPS.described(),
    MEDIA_TAP_MISSED.described(),
    MEDIA_TAP_ENDS.described(),
];
