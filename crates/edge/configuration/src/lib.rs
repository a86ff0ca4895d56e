//! What the server was told, from all places, checked: defaults, then a TOML file, then the environment,
//! then flags; the later wins.

mod address;
mod check;
mod error;
mod file;
pub mod filter_text;
mod layers;
mod load;
mod meaning;
mod number_entry;
mod parts;
mod place;
mod recording;
mod setting;
mod speech;
mod subscription_entry;
mod tenant_entry;

pub use error::ConfigurationError;
pub use layers::{Flags, Value, Values};
pub use load::{load, read};
pub use number_entry::{AssignmentEntry, CapabilityEntry, NumberEntry, NumberTypeEntry};
pub use parts::{Api, ClientCertificate, Configuration, Limits, Log, LogFormat, Media, Outgoing, Reach, Sip};
pub use place::Place;
pub use recording::{Recording, RecordingAnnouncement, RecordingStorage, RecordingStorageKind};
pub use setting::{Setting, Source};
pub use speech::{Speech, SpeechProvider};
pub use subscription_entry::SubscriptionEntry;
pub use tenant_entry::{
    DirectoryEntry, DiversionEntry, MediaEncryptionEntry, PhoneEntry, ResourceEntry, TenantEntry,
    TransferEntry, TransportEntry, TrunkEntry, TrunkKindEntry,
};
