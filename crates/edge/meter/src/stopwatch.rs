//! Times that begin in one edge and end in another.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Times that run at the same time; more are not measured.
const MOST: usize = 16_384;
/// What has not ended after this time is forgotten when room is needed.
const LONGEST: Duration = Duration::from_secs(60);

/// Many running times, each with a name that both edges know.
#[derive(Debug, Default)]
pub struct Stopwatch(Mutex<Option<HashMap<u128, Instant>>>);

impl Stopwatch {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// It began `ago`.
    pub fn start(&self, name: u128, ago: Duration) {
        let now = Instant::now();
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let running = running.get_or_insert_default();
        if running.len() >= MOST {
            running.retain(|_, began| now.saturating_duration_since(*began) < LONGEST);
        }
        if running.len() < MOST {
            running.insert(name, now.checked_sub(ago).unwrap_or(now));
        }
    }

    /// It is over; how long it took, if its beginning was seen.
    pub fn stop(&self, name: u128) -> Option<Duration> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let began = running.as_mut()?.remove(&name)?;
        Some(began.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_here_ends_there_once() {
        let watch = Stopwatch::new();
        assert_eq!(watch.stop(1), None);
        watch.start(1, Duration::from_secs(2));
        assert!(watch.stop(1).is_some_and(|took| took >= Duration::from_secs(2)));
        assert_eq!(watch.stop(1), None);
    }

    #[test]
    fn what_never_ends_does_not_pile_up() {
        let watch = Stopwatch::new();
        (0..MOST as u128 + 10).for_each(|name| watch.start(name, LONGEST * 2));
        assert_eq!(watch.0.lock().unwrap().as_ref().map(HashMap::len), Some(10));
    }
}
