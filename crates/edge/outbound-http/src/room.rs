//! Memory for answers: strangers choose how many are fetched at once and how large they are.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So much of every answer is free: large files must not keep webhooks and short prompts waiting.
const FREE: usize = 256 * 1024;
const PIECE: usize = 1024;

/// The memory that all answers share. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Room(Arc<Semaphore>);

/// What one answer has of it, given back when the last clone is gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Share(Option<Arc<OwnedSemaphorePermit>>);

impl Room {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new((bytes / PIECE).min(Semaphore::MAX_PERMITS))))
    }

    /// Waits until there is room for an answer of `bytes`, of which `share` may have some.
    pub(crate) async fn extend(&self, share: Share, bytes: usize) -> Share {
        let wanted = bytes.saturating_sub(FREE).div_ceil(PIECE);
        let had = share.0.as_ref().map_or(0, |permit| permit.num_permits());
        let Some(more) = wanted.checked_sub(had).filter(|more| *more > 0) else { return share };
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        let Ok(mut permit) = Arc::clone(&self.0).acquire_many_owned(more).await else { return share };
        // While an answer is read nobody else has its share.
        if let Some(had) = share.0.and_then(Arc::into_inner) {
            permit.merge(had);
        }
        Share(Some(Arc::new(permit)))
    }
}
