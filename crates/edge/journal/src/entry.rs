//! One input with all that followed from it.

use borsh::{BorshDeserialize, BorshSerialize};
use clock::Now;
use exchange::{Consulted, Reply};
use identifier::{CallId, Home};

use crate::input::{Input, Output};

/// What is looked at to find the entries of a call, without reading what they hold.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Head {
    /// Counts the inputs of one exchange, from 1.
    pub sequence: u64,
    /// The exchange.
    pub home: Home,
    /// The moment at which the input was handled.
    pub at: Now,
    /// Whether all these calls met by this input; a moment that passes for several is no meeting.
    pub meets: bool,
    /// The calls it touched.
    pub calls: Vec<CallId>,
    /// So many of them, the last, began with it.
    pub begun: u16,
    /// Other ids by which its calls may be asked for: legs, connections, correlations.
    pub names: Vec<u128>,
}

/// One input with all that followed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was, and whom it touched.
    pub head: Head,
    /// The rest.
    pub body: Body,
}

/// What an entry holds.
#[derive(Clone, Debug, PartialEq, Eq, BorshDeserialize)]
pub struct Body {
    /// What entered.
    pub input: Input,
    /// Calls of the exchange before it, where their number decides.
    pub load: u32,
    /// What decisions were told of people and gateways.
    pub consulted: Consulted,
    /// What left, each door in its order.
    pub outputs: Vec<Output>,
    /// What a command was answered; a refusal in words.
    pub reply: Option<Result<Reply, String>>,
    /// The exchange had forgotten calls before their time, because too many had ended.
    pub was_forgetful: bool,
    /// It broke an assumption of the exchange, in these words.
    pub broken: Option<String>,
}

impl Head {
    /// The calls that began with it.
    pub fn begun(&self) -> &[CallId] {
        &self.calls[self.calls.len().saturating_sub(usize::from(self.begun))..]
    }
}
