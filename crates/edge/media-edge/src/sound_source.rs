//! Where sounds come from, seen from media.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use media_engine::Sound;
use media_plan::{PlaySource, Unplayable};

/// Fetches, speaks, decodes and caches; asked by asynchronous tasks, never by a media thread.
///
/// Every `Fn(PlaySource) -> impl Future` is one:
///
/// ```
/// # use std::sync::Arc;
/// # use media_edge::SoundSource;
/// # use media_engine::Sound;
/// # use media_plan::{PlaySource, Unplayable};
/// let nothing = |_: PlaySource| async { Err::<Arc<Sound>, _>(Unplayable::Empty) };
/// let source: Arc<dyn SoundSource> = Arc::new(nothing);
/// ```
pub trait SoundSource: Send + Sync {
    /// The sound behind a source.
    fn sound(&self, source: PlaySource) -> LoadingSound;
}

/// A sound on its way.
pub type LoadingSound = Pin<Box<dyn Future<Output = Result<Arc<Sound>, Unplayable>> + Send>>;

impl<F, Loading> SoundSource for F
where
    F: Fn(PlaySource) -> Loading + Send + Sync,
    Loading: Future<Output = Result<Arc<Sound>, Unplayable>> + Send + 'static,
{
    fn sound(&self, source: PlaySource) -> LoadingSound {
        Box::pin(self(source))
    }
}
