//! For whom a call was meant before it was sent on (RFC 5806, RFC 7044).

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use redact::Pii;

/// So many diversions of one call are kept. A call with as many goes round in a circle.
pub const MOST_DIVERSIONS: usize = 10;

/// One time that a call was sent on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Diversion {
    /// Who was called: a number or a user name, at most 128 bytes; absent when that is nobody's business.
    pub called: Option<Pii<Arc<str>>>,
    /// Why the call did not stay there.
    pub reason: DiversionReason,
}

/// Why a call was sent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum DiversionReason {
    /// Nobody said why.
    Unknown,
    /// All calls are.
    Unconditional,
    /// The line was busy.
    Busy,
    /// Nobody answered in time.
    NoAnswer,
    /// There was no phone to ring.
    Unavailable,
    /// Somebody, or an application, sent just this call on.
    Deflection,
}

impl Diversion {
    /// A call to `called` that was sent on by whom it reached.
    pub fn deflected(called: impl Into<Arc<str>>) -> Self {
        Self { called: Some(Pii::new(called.into())), reason: DiversionReason::Deflection }
    }

    /// All diversions of a call, of which this is the latest. When there are too many, the earliest and the
    /// latest are kept: they matter most.
    pub fn after(self, earlier: &[Self]) -> Vec<Self> {
        let kept = earlier.len().min(MOST_DIVERSIONS - 1);
        earlier[..kept].iter().cloned().chain([self]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_remembers_so_many_diversions_and_always_the_first_and_the_last() {
        let mut diversions = Vec::new();
        for number in 0..20 {
            diversions = Diversion::deflected(format!("{number}")).after(&diversions);
        }
        assert_eq!(diversions.len(), MOST_DIVERSIONS);
        assert_eq!(diversions.first(), Some(&Diversion::deflected("0")));
        assert_eq!(diversions.last(), Some(&Diversion::deflected("19")));
    }
}
