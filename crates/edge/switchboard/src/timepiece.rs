//! The only clock of the platform.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clock::Now;

/// Makes readings: monotonic time since the process began, and what the wall clock says.
#[derive(Clone, Debug)]
pub(crate) struct Timepiece {
    began: Arc<Instant>,
}

impl Timepiece {
    pub(crate) fn start() -> Self {
        Self { began: Arc::new(Instant::now()) }
    }

    pub(crate) fn now(&self) -> Now {
        let unix = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_micros() as i64,
            Err(before) => -(before.duration().as_micros() as i64),
        };
        Now::new(self.began.elapsed().as_micros() as u64, unix)
    }
}
