//! Writes that calls see: durable and in force together.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::store::StoreError;
use crate::write::Write;

/// Makes writes durable and lets calls see them: both, or neither.
pub type Commit = Arc<dyn Fn(Vec<Write>) -> Committing + Send + Sync>;

/// A commit under way.
pub type Committing = Pin<Box<dyn Future<Output = Result<(), CommitError>> + Send>>;

/// Why nothing was written, and nothing is in force that was not before. Reads after "cannot".
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// It does not go together with all else that is in force.
    #[error("{0}")]
    Contradiction(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
