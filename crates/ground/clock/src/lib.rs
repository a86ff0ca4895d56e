//! Time is handed in, never read.
//!
//! [`Now`] is a reading that an edge took; a [`Deadline`] is a later point on
//! the same clock; [`Deadlines`] is the table in which a machine keeps all the
//! moments at which it wants to be woken.

mod deadlines;
mod now;
pub mod span;

pub use deadlines::Deadlines;
pub use now::{Deadline, Now};
