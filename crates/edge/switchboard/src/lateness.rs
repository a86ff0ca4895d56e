//! How late work is at the places where it waits for its turn.
//!
//! A burst makes some of it late; only more than can be done makes all of it late. So of each interval
//! the least lateness is kept (as CoDel does, RFC 8289 §4.2): what even the luckiest had to wait.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

const NOTHING: u64 = u64::MAX;

/// A place where work waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Station {
    /// A task that wants to run, for a thread of the runtime.
    Runtime,
    /// A call that was let in, for somebody who looks at it.
    Signaling,
    /// An input, for the thread that owns its call.
    Mailbox,
    /// A batch of facts, until it is durable.
    Ledger,
    /// An event that is durable, for the postman.
    Outbox,
    /// A step of a media thread, for its moment.
    Media,
}

impl Station {
    /// All of them, in the order in which [`Lateness::take`] gives them.
    pub const ALL: [Self; 6] =
        [Self::Runtime, Self::Signaling, Self::Mailbox, Self::Ledger, Self::Outbox, Self::Media];

    /// In a word, for the operator's statistics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Signaling => "signaling",
            Self::Mailbox => "mailbox",
            Self::Ledger => "ledger",
            Self::Outbox => "outbox",
            Self::Media => "media",
        }
    }
}

/// The lateness at every station. Noting one costs an atomic operation or two.
#[derive(Debug, Default)]
pub struct Lateness {
    stations: [Counter; Station::ALL.len()],
}

#[derive(Debug)]
struct Counter {
    waiting: AtomicUsize,
    /// Of this interval, in microseconds.
    least_us: AtomicU64,
    /// What was taken last.
    last_us: AtomicU64,
}

impl Default for Counter {
    fn default() -> Self {
        Self { waiting: AtomicUsize::new(0), least_us: AtomicU64::new(NOTHING), last_us: AtomicU64::new(0) }
    }
}

impl Lateness {
    /// Something begins to wait, and [`end`](Self::end) will be said of it: then a station at which
    /// nothing moves any more is seen to be late, too.
    pub fn begin(&self, station: Station) {
        self.of(station).waiting.fetch_add(1, Ordering::Relaxed);
    }

    /// What began to wait has waited so long.
    pub fn end(&self, station: Station, late: Duration) {
        self.of(station).waiting.fetch_sub(1, Ordering::Relaxed);
        self.note(station, late);
    }

    /// Something was so late.
    pub fn note(&self, station: Station, late: Duration) {
        let late_us = u64::try_from(late.as_micros()).unwrap_or(NOTHING - 1);
        self.of(station).least_us.fetch_min(late_us, Ordering::Relaxed);
    }

    /// The least lateness at each station since this was last asked, `passed` ago; begins a new interval.
    /// Where nothing came to its turn while something waits, it has become later by all of that time.
    pub fn take(&self, passed: Duration) -> [(Station, Duration); Station::ALL.len()] {
        Station::ALL.map(|station| (station, self.of(station).take(passed)))
    }

    fn of(&self, station: Station) -> &Counter {
        &self.stations[station as usize]
    }
}

impl Counter {
    fn take(&self, passed: Duration) -> Duration {
        let least_us = match self.least_us.swap(NOTHING, Ordering::Relaxed) {
            NOTHING if self.waiting.load(Ordering::Relaxed) > 0 => {
                let passed_us = u64::try_from(passed.as_micros()).unwrap_or(NOTHING);
                self.last_us.load(Ordering::Relaxed).saturating_add(passed_us)
            }
            NOTHING => 0,
            least_us => least_us,
        };
        self.last_us.store(least_us, Ordering::Relaxed);
        Duration::from_micros(least_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(100);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn ledger(lateness: &Lateness) -> Duration {
        let taken = lateness.take(INTERVAL).into_iter().find(|(station, _)| *station == Station::Ledger);
        taken.expect("all stations are there").1
    }

    #[test]
    fn the_least_of_an_interval_counts_and_the_next_begins_anew() {
        let lateness = Lateness::default();
        [30, 7, 90].iter().for_each(|late| lateness.note(Station::Ledger, ms(*late)));
        lateness.note(Station::Mailbox, ms(1));
        assert_eq!([ledger(&lateness), ledger(&lateness)], [ms(7), ms(0)]);
    }

    #[test]
    fn where_nothing_moves_while_something_waits_it_grows() {
        let lateness = Lateness::default();
        lateness.begin(Station::Ledger);
        lateness.begin(Station::Ledger);
        lateness.end(Station::Ledger, ms(20));
        assert_eq!([ledger(&lateness), ledger(&lateness), ledger(&lateness)], [ms(20), ms(120), ms(220)]);
        lateness.end(Station::Ledger, ms(300));
        assert_eq!([ledger(&lateness), ledger(&lateness)], [ms(300), ms(0)]);
    }
}
