//! Behaviours of access control.

mod recorded_requests;
mod refusals;
mod signer;
