//! What the operator's statistics say of sound.
//!
//! A session counts in plain numbers. Once a second its media thread adds them to these, each with
//! one atomic addition: nothing here is looked up, locked or allocated for a packet.

use std::sync::LazyLock;

use meter::{CounterHandle, HistogramHandle};
use rtp_session::Statistics;

struct Meters {
    received: CounterHandle,
    sent: CounterHandle,
    lost: CounterHandle,
    late: CounterHandle,
    strangers: CounterHandle,
    malformed: CounterHandle,
    jitter: HistogramHandle,
    ticks: CounterHandle,
    late_ticks: CounterHandle,
}

static METERS: LazyLock<Meters> = LazyLock::new(|| Meters {
    received: meter::MEDIA_RECEIVED.handle([]),
    sent: meter::MEDIA_SENT.handle([]),
    lost: meter::MEDIA_LOST.handle([]),
    late: meter::MEDIA_LATE.handle([]),
    strangers: meter::MEDIA_REJECTED.handle(["source"]),
    malformed: meter::MEDIA_REJECTED.handle(["malformed"]),
    jitter: meter::MEDIA_JITTER.handle([]),
    ticks: meter::MEDIA_TICKS.handle([]),
    late_ticks: meter::MEDIA_LATE_TICKS.handle([]),
});

/// Adds what one session has counted.
pub(crate) fn add(statistics: Statistics) {
    let meters = &*METERS;
    meters.received.increment(statistics.received.into());
    meters.sent.increment(statistics.sent.into());
    meters.lost.increment(statistics.lost.into());
    meters.late.increment(statistics.late.into());
    meters.strangers.increment(statistics.strangers.into());
    meters.malformed.increment(statistics.malformed.into());
    if let Some(jitter) = statistics.jitter {
        meters.jitter.record(jitter.as_secs_f64());
    }
}

/// A media thread has begun a step.
pub(crate) fn tick(is_late: bool) {
    METERS.ticks.increment(1);
    if is_late {
        METERS.late_ticks.increment(1);
    }
}
