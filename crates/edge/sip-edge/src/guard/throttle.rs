//! How many calls are let in while the server is late.
//!
//! What a server can do is not known beforehand, and depends on what calls do. That it is asked for more
//! shows at once: work waits, more and more of it. So calls are let in at a speed, and the speed follows
//! from how late work is (RFC 6357 calls this rate-based control):
//!
//! - the further it is behind, the smaller is the part of the speed that is let in, so that a burst is
//!   worked off within a moment;
//! - the speed itself drifts to where work is just as late as it may be: slowly, so that it stays where it
//!   was when a moment was bad.
//!
//! A value; times are handed in.

use std::time::Duration;

/// Lateness is looked at so often.
pub(crate) const INTERVAL: Duration = Duration::from_millis(100);

/// Two in a row begin it, so that one bad moment refuses nobody.
const BEGINS_AFTER: u32 = 2;
/// It ends after so long (in intervals) in which nobody was refused and nothing was late.
const ENDS_AFTER: u32 = 50;
/// As many times later than it may be, and nobody is let in (but for the least speed).
const STOPS_AT: f64 = 5.0;
/// In an interval the speed shrinks by as much at most...
const SHRINKS_BY: f64 = 0.05;
/// ...and grows by as much at most.
const GROWS_BY: f64 = 0.02;
/// It stays within this multiple of what comes and is let in, or it would have to come a long way back.
const AHEAD: f64 = 1.5;
/// How much a new interval counts in the mean speed of calls.
const WEIGHT: f64 = 0.3;
/// So much of a second may come at once.
const AT_ONCE_S: f64 = 0.05;

/// Lets calls in.
#[derive(Clone, Debug)]
pub(crate) struct Throttle {
    /// Calls in a second that are always let in, and as many at once.
    least: f64,
    /// Of those, how many may come now.
    least_left: f64,
    least_us: i64,
    state: State,
    /// Intervals in a row with the same news.
    in_a_row: u32,
    came: u32,
    let_in: u32,
    /// Calls in a second that were let in, as a running mean.
    speed_let_in: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    Shedding {
        /// Calls in a second that can be done, as far as is known.
        speed: f64,
        /// What of it is let in now.
        part: f64,
        /// Calls that may come now.
        left: f64,
        seen_us: i64,
    },
}

impl Throttle {
    /// Lets everybody in. `least` calls in a second are let in however late it is.
    pub fn new(least: u32) -> Self {
        let least = f64::from(least.max(1));
        Self {
            least,
            least_left: least,
            least_us: 0,
            state: State::Open,
            in_a_row: 0,
            came: 0,
            let_in: 0,
            speed_let_in: 0.0,
        }
    }

    /// A call comes; whether it is let in.
    pub fn take(&mut self, now_us: i64) -> bool {
        let is_let_in = match &mut self.state {
            State::Open => true,
            State::Shedding { speed, part, left, seen_us } => {
                let allowed = *speed * *part;
                *left = (*left + seconds(*seen_us, now_us) * allowed).min(1.0 + allowed * AT_ONCE_S);
                *seen_us = now_us;
                self.least_left =
                    (self.least_left + seconds(self.least_us, now_us) * self.least).min(self.least);
                self.least_us = now_us;
                take_one(left) || take_one(&mut self.least_left)
            }
        };
        self.came = self.came.saturating_add(1);
        self.let_in = self.let_in.saturating_add(u32::from(is_let_in));
        is_let_in
    }

    /// Another interval has passed, which took so long; `late` is 1 when work was as late as it may be.
    pub fn observe(&mut self, late: f64, passed: Duration, now_us: i64) {
        let (came, let_in) = (std::mem::take(&mut self.came), std::mem::take(&mut self.let_in));
        let passed_s = passed.as_secs_f64().max(1e-3);
        // After a pause the mean begins anew.
        let weight = if passed > INTERVAL * 10 { 1.0 } else { WEIGHT };
        self.speed_let_in += weight * (f64::from(let_in) / passed_s - self.speed_let_in);
        let late = if late.is_finite() { late.max(0.0) } else { STOPS_AT };
        self.state = match self.state {
            State::Open if late <= 1.0 => {
                self.in_a_row = 0;
                State::Open
            }
            State::Open => {
                self.in_a_row += 1;
                if self.in_a_row < BEGINS_AFTER {
                    return;
                }
                self.in_a_row = 0;
                State::Shedding {
                    speed: self.speed_let_in.max(self.least),
                    part: part(late),
                    left: 0.0,
                    seen_us: now_us,
                }
            }
            State::Shedding { speed, left, seen_us, .. } => {
                let was_enough = came == let_in && late < 1.0;
                self.in_a_row = if was_enough { self.in_a_row + 1 } else { 0 };
                if self.in_a_row >= ENDS_AFTER {
                    self.in_a_row = 0;
                    self.state = State::Open;
                    return;
                }
                let room = (1.0 - late).max(-1.0);
                let drift = if room > 0.0 { 1.0 + GROWS_BY * room } else { 1.0 + SHRINKS_BY * room };
                let intervals = (passed_s / INTERVAL.as_secs_f64()).min(3.0);
                let mut next = speed * drift.powf(intervals);
                if room > 0.0 {
                    next = next.min((self.speed_let_in * AHEAD).max(speed));
                }
                State::Shedding { speed: next.max(self.least), part: part(late), left, seen_us }
            }
        };
    }

    /// Calls in a second that are let in now; as many as come when absent.
    pub fn limit(&self) -> Option<f64> {
        match self.state {
            State::Open => None,
            State::Shedding { speed, part, .. } => Some(speed * part + self.least),
        }
    }
}

fn seconds(from_us: i64, to_us: i64) -> f64 {
    to_us.saturating_sub(from_us).max(0) as f64 / 1e6
}

fn take_one(left: &mut f64) -> bool {
    let has_one = *left >= 1.0;
    *left -= if has_one { 1.0 } else { 0.0 };
    has_one
}

/// How much of the speed is let in: all of it while work is as late as it may be, nothing when it is far later.
fn part(late: f64) -> f64 {
    ((STOPS_AT - late) / (STOPS_AT - 1.0)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests;
