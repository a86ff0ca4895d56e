//! What the server was told, from all places, checked: defaults, then a TOML file, then the environment,
//! then flags; the later wins.

mod address;
mod error;
mod file;
mod layers;
mod load;
mod setting;
mod subscription_entry;
mod tenant_entry;

pub use error::ConfigurationError;
pub use layers::{Flags, Value, Values};
pub use load::{Api, Configuration, Limits, Log, LogFormat, Media, Outgoing, Reach, Sip, load};
pub use setting::{SETTINGS, Setting, Source};
pub use subscription_entry::SubscriptionEntry;
pub use tenant_entry::{PhoneEntry, ResourceEntry, TenantEntry, TransportEntry, TrunkEntry};
