//! Whether the server is late, and for whom there is no room because of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use switchboard::{Lateness, Station};

use super::throttle::{INTERVAL, Throttle};
use crate::neighbor::MediaSockets;
use crate::overload_limits::OverloadLimits;

/// The runtime is asked so often how late it is.
const PROBE: Duration = Duration::from_millis(20);

/// Looks at how late work is, and lets calls in accordingly.
pub(crate) struct Overload {
    limits: Option<OverloadLimits>,
    lateness: Arc<Lateness>,
    media: Arc<dyn MediaSockets>,
    watched: Mutex<Watched>,
}

struct Watched {
    throttle: Throttle,
    looked_us: i64,
}

impl Overload {
    /// Without limits, nobody is refused however late it is.
    pub fn new(
        limits: Option<OverloadLimits>,
        lateness: Arc<Lateness>,
        media: Arc<dyn MediaSockets>,
    ) -> Self {
        let least = limits.map_or(1, |limits| limits.least_calls_per_second);
        let watched = Watched { throttle: Throttle::new(least), looked_us: 0 };
        Self { limits, lateness, media, watched: Mutex::new(watched) }
    }

    /// A call comes; whether there is time for it.
    pub fn lets_in(&self, now_us: i64) -> bool {
        self.look(now_us);
        self.limits.is_none() || self.lock().throttle.take(now_us)
    }

    /// Something was so late.
    pub fn note(&self, station: Station, late: Duration) {
        self.lateness.note(station, late);
    }

    /// Looks how late it is, if the last look was long enough ago, and tells the operator's statistics.
    pub fn look(&self, now_us: i64) {
        let mut watched = self.lock();
        let passed_us = now_us.saturating_sub(watched.looked_us);
        // A clock that was set back begins anew.
        if (0..INTERVAL.as_micros() as i64).contains(&passed_us) {
            return;
        }
        watched.looked_us = now_us;
        let passed = Duration::from_micros(passed_us.max(0) as u64);
        self.lateness.note(Station::Media, self.media.lateness());
        let taken = self.lateness.take(passed);
        for (station, late) in taken {
            meter::LATENESS.set([station.name()], late.as_secs_f64());
        }
        let Some(limits) = &self.limits else { return };
        let late = taken.into_iter().map(|(station, late)| limits.ratio(station, late)).fold(0.0, f64::max);
        watched.throttle.observe(late, passed, now_us);
        let limit = watched.throttle.limit();
        meter::OVERLOADED.set([], if limit.is_some() { 1.0 } else { 0.0 });
        meter::OVERLOAD_LIMIT.set([], limit.unwrap_or(0.0));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wants to run at moments that are known beforehand, and notes how late it did; never ends.
pub(crate) async fn probe(lateness: Arc<Lateness>) {
    loop {
        let due = tokio::time::Instant::now() + PROBE;
        lateness.begin(Station::Runtime);
        tokio::time::sleep_until(due).await;
        lateness.end(Station::Runtime, due.elapsed());
    }
}
