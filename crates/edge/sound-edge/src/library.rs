//! The library of sounds.

use std::sync::Arc;

use media_engine::Sound;
use media_plan::{PlaySource, Unplayable};

/// Fetches, speaks, decodes and caches. Cheap to clone.
#[derive(Clone)]
pub struct SoundLibrary {}

#[allow(unused_variables)]
impl SoundLibrary {
    /// The sound behind a source, from the cache where it is there.
    pub async fn sound(&self, source: &PlaySource) -> Result<Arc<Sound>, Unplayable> {
        todo!()
    }
}
