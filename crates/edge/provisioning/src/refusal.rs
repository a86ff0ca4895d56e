//! Why something is not done.

use store::StoreError;
use tenant_document::Faults;

/// Why something is not done; nothing has changed. Reads after "cannot".
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such tenant.
    #[error("find a tenant {name:?}; there are {known}: the operator names tenants in ringdown.toml")]
    UnknownTenant {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// There is no such object.
    #[error("find {kind} {identity:?}; `ringdown teams get-{kind}` lists those that there are")]
    UnknownObject {
        /// As commands call it.
        kind: &'static str,
        /// The name.
        identity: String,
    },
    /// There is one already.
    #[error("make {kind} {identity:?}: there is one of this name; change it with set-{kind}")]
    Exists {
        /// As commands call it.
        kind: &'static str,
        /// The name.
        identity: String,
    },
    /// It is used.
    #[error("remove {what}: {users}; change that first")]
    InUse {
        /// What was to be removed.
        what: String,
        /// By what it is used.
        users: String,
    },
    /// What was said cannot be.
    #[error("accept what is said:\n{0}")]
    Faults(Faults),
    /// Somebody else was faster, several times.
    #[error("change the tenant: others change it all the time; try again")]
    Busy,
    /// Something that was asked for makes no sense.
    #[error("{0}")]
    Told(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Faults> for Refusal {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}
