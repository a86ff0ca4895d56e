//! Where sounds come from, seen from media.

use std::future::Future;
use std::pin::Pin;

use media_engine::Playable;
use media_plan::{PlaySource, Unplayable};

/// Fetches, speaks, decodes and caches; asked by asynchronous tasks, never by a media thread.
///
/// A sound may be given out while the rest of it is on its way. Every `Fn(PlaySource) -> impl Future` is one:
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
pub type LoadingSound = Pin<Box<dyn Future<Output = Result<Playable, Unplayable>> + Send>>;

impl<F, Loading, Loaded> SoundSource for F
where
    F: Fn(PlaySource) -> Loading + Send + Sync,
    Loading: Future<Output = Result<Loaded, Unplayable>> + Send + 'static,
    Loaded: Into<Playable>,
{
    fn sound(&self, source: PlaySource) -> LoadingSound {
        let loading = self(source);
        Box::pin(async move { loading.await.map(Into::into) })
    }
}
