//! Tenants and what belongs to them: an immutable snapshot that the engines read.

mod country;
#[cfg(feature = "crowd")]
pub mod crowd;
mod direct_routing;
mod directory;
mod emergency;
pub mod organization;
mod pairing;
mod phone;
mod resource;
mod trunk;
mod written;

pub use country::{Country, CountryError};
pub use direct_routing::{DirectRoute, DirectRouting};
pub use directory::{Directory, DirectoryBuilder, DirectoryError, NumberOwner, Tenant};
pub use pairing::{FarEnd, NamedBy, Pairing, PairingError, Shown};
pub use phone::{Phone, PhoneOwner};
pub use resource::{AccessKey, Resource};
pub use trunk::{
    DiversionHeader, MediaEncryption, SipTransport, TransferMethod, Trunk, TrunkAccount, TrunkDialect,
    TrunkLimits,
};
