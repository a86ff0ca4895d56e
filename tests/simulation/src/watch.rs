//! The checkers: what must hold in every world.
//!
//! Each looks at what passes by and keeps its own account; none asks the
//! engine what it thinks, except for what an application could ask as well.

mod connections;
mod floor;
mod listeners;
mod operations;
mod records;

pub(crate) use connections::Connections;
pub(crate) use floor::Floor;
pub(crate) use listeners::Listeners;
pub(crate) use operations::Operations;
pub(crate) use records::Records;

/// A rule was broken.
#[derive(Debug)]
pub(crate) struct Broken(pub String);

/// What a checker says.
pub(crate) type Verdict = Result<(), Broken>;

/// Breaks a rule unless a condition holds.
macro_rules! rule {
    ($holds:expr, $($message:tt)+) => {
        if !$holds {
            return Err($crate::watch::Broken(format!($($message)+)));
        }
    };
}
pub(crate) use rule;
