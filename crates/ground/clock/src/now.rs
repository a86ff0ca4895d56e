//! A reading of the clock, taken at the edge.

use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};

/// A moment: monotonic time for timers and wall-clock time for people.
///
/// Both have microsecond resolution. Machines compare only the monotonic part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Now {
    monotonic_us: u64,
    unix_us: i64,
}

/// A later moment on the monotonic clock of the [`Now`] it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline(u64);

impl Now {
    /// A reading of `monotonic_us` microseconds since the process began and
    /// `unix_us` microseconds since 1970-01-01T00:00:00Z.
    pub const fn new(monotonic_us: u64, unix_us: i64) -> Self {
        Self { monotonic_us, unix_us }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn unix_us(self) -> i64 {
        self.unix_us
    }

    /// Microseconds since the clock's own beginning.
    pub const fn monotonic_us(self) -> u64 {
        self.monotonic_us
    }

    /// The moment `wait` from now.
    pub fn after(self, wait: Duration) -> Deadline {
        Deadline(self.monotonic_us.saturating_add(wait.as_micros() as u64))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Now) -> Duration {
        Duration::from_micros(self.monotonic_us.saturating_sub(earlier.monotonic_us))
    }

    /// This moment, `step` later, on both clocks.
    pub fn advanced(self, step: Duration) -> Now {
        let step = step.as_micros() as u64;
        Now { monotonic_us: self.monotonic_us + step, unix_us: self.unix_us + step as i64 }
    }
}

impl Deadline {
    /// Whether the moment has come.
    pub fn is_due(self, now: Now) -> bool {
        self.0 <= now.monotonic_us
    }

    /// How long to wait from `now`; zero when the moment has come.
    pub fn wait(self, now: Now) -> Duration {
        Duration::from_micros(self.0.saturating_sub(now.monotonic_us))
    }

    /// Microseconds since the clock's own beginning.
    pub const fn monotonic_us(self) -> u64 {
        self.0
    }
}
