//! How long something has lived, and how long it may.

use std::time::Duration;

use clock::{Deadline, Now};

use crate::kept::KeptLife;

/// A span of life, seen at a moment. It outlives the process that began it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    seen: Now,
    /// When it was seen.
    age: Duration,
    lives: Option<Duration>,
}

impl Life {
    /// It begins now and lives for so long; for as long as nobody ends it when absent.
    pub(crate) fn begin(lives: Option<Duration>, now: Now) -> Self {
        Self { seen: now, age: Duration::ZERO, lives }
    }

    /// It began in a former process; `None` when it is over by now.
    pub(crate) fn resume(kept: KeptLife, now: Now) -> Option<Self> {
        let since =
            |earlier: i64, later: i64| Duration::from_micros(later.saturating_sub(earlier).max(0) as u64);
        // A clock that was set back does not make anything younger than new.
        let began = kept.began_us.min(now.unix_us());
        let lives = kept.ends_us.map(|ends| since(kept.began_us, ends));
        let life = Self { seen: now, age: since(began, now.unix_us()), lives };
        (!life.is_over(now)).then_some(life)
    }

    pub(crate) fn age(&self, now: Now) -> Duration {
        self.age.saturating_add(now.since(self.seen))
    }

    pub(crate) fn is_over(&self, now: Now) -> bool {
        self.lives.is_some_and(|lives| self.age(now) >= lives)
    }

    /// When it is over.
    pub(crate) fn end(&self) -> Option<Deadline> {
        self.lives.map(|lives| self.reaches(lives))
    }

    /// When it has this age.
    pub(crate) fn reaches(&self, age: Duration) -> Deadline {
        self.seen.after(age.saturating_sub(self.age))
    }

    pub(crate) fn kept(&self) -> KeptLife {
        let began_us = self.seen.unix_us().saturating_sub(self.age.as_micros() as i64);
        let ends_us = self.lives.map(|lives| began_us.saturating_add(lives.as_micros() as i64));
        KeptLife { began_us, ends_us }
    }
}
