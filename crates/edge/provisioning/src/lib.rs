//! Provisioning: what companies' administrators say of their telephone systems is checked, kept and published.
//!
//! Whatever way a change comes (a whole document, one object by REST or by a command), it makes a whole new set of
//! objects, which is checked as one, and then kept in one transaction and in force for calls at once, or neither. Calls
//! in progress keep what they began with.

mod provisioning;

mod change;
mod company;
mod compile;
mod gate;
mod ids;
mod names;
mod refusal;
mod uses;
mod view;
mod warning;

pub use change::{Action, Change, FieldChange};
pub use company::{Company, PhoneOwner, consented, load};
pub use provisioning::{
    Enact, Enactment, Operators, Outcome, Provisioning, SourcedUser, Surroundings, Synchronized,
    TenantSummary,
};
pub use refusal::Refusal;
pub use view::Filter;
