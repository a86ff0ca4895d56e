//! The ACS-compatible REST surface: a file per operation.
//!
//! A request is authenticated, finds its operation in the [table](Operation),
//! and is turned into one command for the switchboard; the reply and its
//! refusals are turned back. Nothing about calls is decided here.

mod asking;
mod call_control;
mod calling;
mod edge;
mod errand;
mod operation;
mod phone_numbers;
mod public_keys;
mod refusal;
mod resource_edge;
mod resource_operation;
mod router;
mod sip_routing;
mod teams_extension;
mod validation;

pub use call_control::{CallControl, Commanded};
pub use edge::AcsEdge;
pub use operation::Operation;
pub use phone_numbers::{Inventory, InventorySource, Offer};
pub use public_keys::PublicKeys;
pub use resource_edge::ResourceEdge;
pub use resource_operation::ResourceOperation;
pub use sip_routing::{TrunkState, TrunkStates};
