//! How much an engine takes on.

use borsh::{BorshDeserialize, BorshSerialize};

/// The bounds of one engine; what would exceed them is refused with their value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Limits {
    /// Calls at the same time.
    pub calls: usize,
    /// Participants in one call (contract: Call Automation §18 says 350).
    pub participants: usize,
    /// Media operations waiting in one call.
    pub queued_operations: usize,
    /// Applications that hold one call.
    pub connections: usize,
    /// A phone number may be called into a call in which it is already (Azure says no).
    pub same_number_twice: bool,
    /// Keys for somebody who is being called are kept until they answer (Azure says no).
    pub tones_wait_for_answer: bool,
}

/// Calls for help that are taken beyond [`Limits::calls`].
pub(crate) const EMERGENCY_CALLS: usize = 32;

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: 10_000,
            participants: 350,
            queued_operations: 64,
            connections: 16,
            same_number_twice: false,
            tones_wait_for_answer: false,
        }
    }
}
