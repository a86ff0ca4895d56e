//! SIP Routing, which is direct routing: a file per operation (contract: Phone numbers §2).
//!
//! A resource names session border controllers by the name in their certificate, and which numbers leave
//! through which of them. It is one document; calls see it as soon as it is changed.

mod document;
mod health;

pub(crate) mod get;
pub(crate) mod test_routes;
pub(crate) mod update;

pub use health::{TrunkState, TrunkStates};

/// The versions that know more than trunks and routes.
fn is_preview(version: &str) -> bool {
    version.ends_with("-preview")
}
