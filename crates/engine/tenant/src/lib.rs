//! Tenants and what belongs to them: an immutable snapshot that the engines read.

mod directory;
mod emergency;
mod phone;
mod resource;
mod trunk;
mod written;

pub use directory::{Directory, DirectoryBuilder, DirectoryError, NumberOwner, Tenant};
pub use phone::Phone;
pub use resource::{AccessKey, Resource};
pub use trunk::{
    DiversionHeader, MediaEncryption, SipTransport, TransferMethod, Trunk, TrunkAccount, TrunkDialect,
    TrunkLimits,
};
