//! A mailbox and a thread per exchange; the only loop that drains it.

mod board;
mod callbacks;
mod lateness;
mod live;
mod mailbox;
mod port;
mod route;
mod shard;
mod timepiece;

pub use board::{Board, BoardError};
pub use callbacks::{RESERVED_US, Reservation};
pub use exchange::Availability;
pub use lateness::{Lateness, Station};
pub use port::{Batch, Committed, Ledger, LegPort, MediaPort, Ports};
