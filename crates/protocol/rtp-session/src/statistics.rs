//! What a session has counted, for whoever watches over many.

use std::time::Duration;

/// Counts since the last time somebody asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Datagrams that came to the RTP port.
    pub received: u32,
    /// Packets that were written to be sent.
    pub sent: u32,
    /// Packets that never came, by their sequence numbers.
    pub lost: u32,
    /// Packets that came after their moment to be heard.
    pub late: u32,
    /// Packets from where nobody is listened to.
    pub strangers: u32,
    /// Datagrams that were no RTP, or of a kind that was not agreed on.
    pub malformed: u32,
    /// The interarrival jitter of the stream that comes (RFC 3550 §6.4.1), once there is one.
    pub jitter: Option<Duration>,
}
