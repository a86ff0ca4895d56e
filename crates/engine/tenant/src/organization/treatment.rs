//! Callers who are turned away, and numbers that nobody holds (contract: Teams Phone §1.4, §1.11).

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::ObjectId;

use super::name::Name;
use super::pattern::Pattern;

/// Callers whom nobody in the organization wants to hear.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct InboundBlock {
    /// Its name.
    pub name: Name,
    /// Whether it counts.
    pub enabled: bool,
    /// The calling numbers.
    pub pattern: Pattern,
    /// A resource account that gets the call instead; it is refused when absent.
    pub redirect: Option<ObjectId>,
}

/// Callers who are not turned away, whatever a block says.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct InboundExempt {
    /// Its name.
    pub name: Name,
    /// Whether it counts.
    pub enabled: bool,
    /// The calling numbers.
    pub pattern: Pattern,
}

/// What happens to calls to numbers that nobody holds, from outside and from within.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct UnassignedTreatment {
    /// Its name.
    pub name: Name,
    /// The lowest is tried first; no two are the same.
    pub priority: u32,
    /// The called numbers.
    pub pattern: Pattern,
    /// Who gets the call.
    pub target: UnassignedTarget,
}

/// Who gets a call to a number that nobody holds.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum UnassignedTarget {
    /// A person.
    Person(ObjectId),
    /// A resource account.
    ResourceAccount(ObjectId),
    /// A sound, by the name of its file; then the call ends.
    Announcement(Box<str>),
}
