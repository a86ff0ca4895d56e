//! Names that administrators give.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use borsh::{BorshDeserialize, BorshSerialize};

/// The name of a policy, a rule, a route or a site, without any `Tag:`. Two names are the same when they differ
/// only in the case of ASCII letters; the first spelling is kept and shown.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
pub struct Name(Box<str>);

impl Name {
    /// The name as it was written.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name of the policy that holds for everybody who has no other.
    pub fn global() -> Self {
        Self::new("Global")
    }

    /// Whether it is the name of the policy that holds for everybody who has no other.
    pub fn is_global(&self) -> bool {
        self.0.eq_ignore_ascii_case("global")
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn letters(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.letters().cmp(other.letters())
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for letter in self.letters() {
            state.write_u8(letter);
        }
        state.write_u8(0xff);
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
