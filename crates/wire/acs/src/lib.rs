//! ACS bodies: what the REST surface reads and answers, and what webhooks and
//! Event Grid subscribers receive (contract: Call Automation).
//!
//! Bytes to values and back; nothing here decides. Input is read leniently
//! (any subset of an identifier, enums in any case, `null` as absent, unknown
//! properties ignored), output is always complete.

mod redacted;
mod spelling;
pub mod timestamp;

pub mod body;
pub mod calling;
pub mod error;
pub mod event;
pub mod grid;
pub mod identifier_model;
pub mod phone_numbers;
pub mod sip_routing;
pub mod teams_extension;
pub mod version;
