//! How late work may be before calls are refused.

use std::time::Duration;

use switchboard::Station;

/// How late work may be at the places where it waits, the luckiest of each tenth of a second. When it is
/// later, as many new calls are let in as keep it there. Calls for help and calls in progress are let be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverloadLimits {
    /// Tasks, for a thread of the runtime.
    pub runtime: Duration,
    /// Calls that were let in, until somebody looks at them.
    pub signaling: Duration,
    /// Inputs, for the thread that owns their call.
    pub mailbox: Duration,
    /// Facts, until they are durable: this is also how long the disk may take.
    pub ledger: Duration,
    /// Events that are durable, for the postman.
    pub outbox: Duration,
    /// Steps of media threads, in the mean.
    pub media: Duration,
    /// Calls in a second (and as many at once) that are let in however late it is: so few do not make it late.
    pub least_calls_per_second: u32,
}

impl Default for OverloadLimits {
    fn default() -> Self {
        Self::of(Duration::from_millis(50))
    }
}

impl OverloadLimits {
    /// Work may be so late; what is made durable twice as late, because disks differ, and sound no more
    /// than a frame.
    pub fn of(late: Duration) -> Self {
        Self {
            runtime: late,
            signaling: late,
            mailbox: late,
            ledger: late * 2,
            outbox: late,
            media: late.min(Duration::from_millis(20)),
            least_calls_per_second: 20,
        }
    }

    /// 1 when it is as late as it may be.
    pub(crate) fn ratio(&self, station: Station, late: Duration) -> f64 {
        let most = match station {
            Station::Runtime => self.runtime,
            Station::Signaling => self.signaling,
            Station::Mailbox => self.mailbox,
            Station::Ledger => self.ledger,
            Station::Outbox => self.outbox,
            Station::Media => self.media,
        };
        late.as_secs_f64() / most.as_secs_f64().max(1e-6)
    }
}
