//! The ACS-compatible REST surface: a file per operation.
//!
//! A request is authenticated, finds its operation in the [table](Operation),
//! and is turned into one command for the switchboard; the reply and its
//! refusals are turned back. Nothing about calls is decided here.

mod asking;
mod call_control;
mod calling;
mod edge;
mod operation;
mod public_keys;
mod refusal;
mod router;
mod validation;

pub use call_control::{CallControl, Commanded};
pub use edge::AcsEdge;
pub use operation::Operation;
pub use public_keys::PublicKeys;
