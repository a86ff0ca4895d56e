//! The fact that a file can be downloaded.

use std::sync::Arc;

use acs::grid::RecordingFileStatusUpdated;
use futures_util::future::BoxFuture;
use identifier::{CallId, ResourceId};
use store::{StoreError, Write};

/// A file can be downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIsThere {
    /// Whose it is.
    pub resource: ResourceId,
    /// The call.
    pub call: CallId,
    /// What subscribers read.
    pub data: RecordingFileStatusUpdated,
}

/// Tells the subscribers of a resource, once it is durable together with the writes.
pub type Announce =
    Arc<dyn Fn(FileIsThere, Vec<Write>) -> BoxFuture<'static, Result<(), StoreError>> + Send + Sync>;
