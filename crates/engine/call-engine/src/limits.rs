//! How much an engine takes on.

/// The bounds of one engine; what would exceed them is refused with their value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls at the same time.
    pub calls: usize,
    /// Participants in one call (contract: Call Automation §18 says 350).
    pub participants: usize,
    /// Media operations waiting in one call.
    pub queued_operations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls: 10_000, participants: 350, queued_operations: 64 }
    }
}
