//! What the operator's statistics say of sound.
//!
//! A session counts in plain numbers. Once a second its media thread adds them to these, each with
//! one atomic addition: nothing here is looked up, locked or allocated for a packet.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use meter::{CounterHandle, HistogramHandle};
use rtp_session::Statistics;

struct Meters {
    received: CounterHandle,
    sent: CounterHandle,
    lost: CounterHandle,
    late: CounterHandle,
    strangers: CounterHandle,
    malformed: CounterHandle,
    forged: CounterHandle,
    jitter: Jitter,
    ticks: CounterHandle,
    late_ticks: CounterHandle,
}

/// What sessions measured since it was last passed on: a histogram allocates, and a media thread must not.
struct Jitter {
    histogram: HistogramHandle,
    /// By bucket of the histogram: how many there were, and all of them together.
    buckets: Vec<(AtomicU64, AtomicU64)>,
}

static METERS: LazyLock<Meters> = LazyLock::new(|| Meters {
    received: meter::MEDIA_RECEIVED.handle([]),
    sent: meter::MEDIA_SENT.handle([]),
    lost: meter::MEDIA_LOST.handle([]),
    late: meter::MEDIA_LATE.handle([]),
    strangers: meter::MEDIA_REJECTED.handle(["source"]),
    malformed: meter::MEDIA_REJECTED.handle(["malformed"]),
    forged: meter::MEDIA_REJECTED.handle(["authentication"]),
    jitter: Jitter {
        histogram: meter::MEDIA_JITTER.handle([]),
        buckets: meter::MEDIA_JITTER
            .bounds()
            .iter()
            .chain(&[f64::INFINITY])
            .map(|_| Default::default())
            .collect(),
    },
    ticks: meter::MEDIA_TICKS.handle([]),
    late_ticks: meter::MEDIA_LATE_TICKS.handle([]),
});

/// Adds what one session has counted, and what was not authentic before it came there.
pub(crate) fn add(statistics: Statistics, forged: u64) {
    let meters = &*METERS;
    meters.forged.increment(forged);
    meters.received.increment(statistics.received.into());
    meters.sent.increment(statistics.sent.into());
    meters.lost.increment(statistics.lost.into());
    meters.late.increment(statistics.late.into());
    meters.strangers.increment(statistics.strangers.into());
    meters.malformed.increment(statistics.malformed.into());
    if let Some(jitter) = statistics.jitter {
        meters.jitter.note(jitter);
    }
}

/// A media thread has begun a step.
pub(crate) fn tick(is_late: bool) {
    METERS.ticks.increment(1);
    if is_late {
        METERS.late_ticks.increment(1);
    }
}

/// Passes on what a media thread only noted. Not for a media thread.
pub(crate) fn pass_on() {
    METERS.jitter.pass_on();
}

impl Jitter {
    fn note(&self, jitter: Duration) {
        let bucket = meter::MEDIA_JITTER.bounds().partition_point(|bound| *bound < jitter.as_secs_f64());
        let (count, sum_us) = &self.buckets[bucket];
        count.fetch_add(1, Ordering::Relaxed);
        sum_us.fetch_add(jitter.as_micros() as u64, Ordering::Relaxed);
    }

    /// The mean of a bucket lies in the bucket, and so often it makes the sum.
    fn pass_on(&self) {
        for (count, sum_us) in &self.buckets {
            let (count, sum_us) = (count.swap(0, Ordering::Relaxed), sum_us.swap(0, Ordering::Relaxed));
            if count > 0 {
                let mean_s = sum_us as f64 / count as f64 / 1_000_000.0;
                self.histogram.record_many(mean_s, count as usize);
            }
        }
    }
}
