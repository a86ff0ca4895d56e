//! Where strangers may have this process connect to: the public internet, and what the operator allows beside it.
//!
//! Webhooks, files, session border controllers: whoever names a host does not thereby get to talk to what only this
//! machine or its network can reach. The question is asked of the address, at the moment of connecting.

mod address;
mod network;

pub use network::{AllowedNetwork, AllowedNetworkError, may_reach};
