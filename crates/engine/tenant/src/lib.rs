//! Tenants and what belongs to them: an immutable snapshot that the engines read.

mod directory;
mod phone;
mod resource;
mod trunk;

pub use directory::{Directory, DirectoryBuilder, DirectoryError, NumberOwner, Tenant};
pub use phone::Phone;
pub use resource::{AccessKey, Resource};
pub use trunk::{SipTransport, Trunk, TrunkAccount};
