//! The engines wired into one value: what one thread owns and the simulation drives.

mod command;
mod exchange;

pub use command::{Accepted, Command, CommandError, Reply, Target};
pub use exchange::{Exchange, Limits};
