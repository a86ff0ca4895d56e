//! A sound that is wholly in memory.

/// Immutable; shared by all who hear it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {}
