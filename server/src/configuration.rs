//! What the server was told, from all places, checked: defaults, then a TOML file, then the environment,
//! then flags; the later wins.

mod address;
mod check;
mod error;
mod file;
mod layers;
mod load;
mod meaning;
mod parts;
mod setting;
mod subscription_entry;
mod tenant_entry;

pub use error::ConfigurationError;
pub use layers::{Flags, Value, Values};
pub use load::load;
pub use parts::{ClientCertificate, Configuration, Log, LogFormat, Reach, Sip};
pub use setting::Setting;
pub use subscription_entry::SubscriptionEntry;
pub use tenant_entry::{
    DiversionEntry, MediaEncryptionEntry, PhoneEntry, ResourceEntry, TenantEntry, TransferEntry,
    TransportEntry, TrunkEntry,
};
