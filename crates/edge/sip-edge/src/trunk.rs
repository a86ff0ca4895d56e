//! Trunks beside their calls: where they are, whether they answer, and our registrations with them.

mod health;
mod place;
mod registration;

pub use health::{Registration, TrunkHealth, TrunkPing, TrunkState};
pub(crate) use health::{Trunks, watch};
pub(crate) use place::{Place, credential, hosts};
pub(crate) use registration::register_all;
