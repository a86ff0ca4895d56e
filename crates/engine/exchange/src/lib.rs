//! The engines wired into one value: what one thread owns and the simulation drives.

mod exchange;

mod circumstances;
mod delivering;
mod dispatch;
mod help;
mod inbound;
mod outbound;
mod placing;
mod refusal;

mod command;

pub use call_engine::Limits;
pub use circumstances::Consulted;
pub use command::{Accepted, Command, CommandError, Reply, Target};
pub use dial_plan::Availability;
pub use exchange::Exchange;
