//! The library of sounds.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use media_edge::{LoadingSound, SoundSource};
use media_engine::Sound;
use media_plan::{PlaySource, Unplayable};
use moka::Expiry;
use moka::future::Cache;
use outbound_http::OutboundHttp;
use speech_edge::TextToSpeech;

use crate::hold_music::hold_music;
use crate::loading::{Loaded, Loader};

/// What the library takes on.
#[derive(Clone, Copy, Debug)]
pub struct LibraryLimits {
    /// Sounds kept in memory, in bytes altogether.
    pub cache_bytes: u64,
    /// The largest file.
    pub file_bytes: usize,
    /// For fetching a file, with redirects.
    pub file_time: Duration,
    /// The longest sound.
    pub sound: Duration,
    /// Files decoded at the same time.
    pub decoded_at_once: usize,
}

impl Default for LibraryLimits {
    fn default() -> Self {
        Self {
            cache_bytes: 256 << 20,
            file_bytes: 32 << 20,
            file_time: Duration::from_secs(15),
            sound: Duration::from_secs(30 * 60),
            decoded_at_once: 2,
        }
    }
}

/// Fetches, speaks, decodes and caches. Cheap to clone.
#[derive(Clone)]
pub struct SoundLibrary(Arc<Inner>);

struct Inner {
    /// The key is the whole source: with its content, so that nobody hears what another application
    /// keeps under the same `playSourceCacheId`.
    cache: Cache<PlaySource, Loaded>,
    loader: Loader,
    hold_music: OnceLock<Arc<Sound>>,
}

impl SoundLibrary {
    /// An empty library that fetches through `http` and speaks with `voice`.
    pub fn new(http: OutboundHttp, voice: Arc<dyn TextToSpeech>, limits: LibraryLimits) -> Self {
        let cache = Cache::builder()
            .max_capacity(limits.cache_bytes)
            .weigher(|_, loaded: &Loaded| u32::try_from(loaded.sound.size_bytes()).unwrap_or(u32::MAX))
            .expire_after(KeepAsLoaded)
            .build();
        Self(Arc::new(Inner { cache, loader: Loader::new(http, voice, limits), hold_music: OnceLock::new() }))
    }

    /// The sound behind a source, from the cache where it is there. Whoever asks for a sound that
    /// somebody waits for already waits with them.
    pub async fn sound(&self, source: &PlaySource) -> Result<Arc<Sound>, Unplayable> {
        let inner = &self.0;
        if *source == PlaySource::HoldMusic {
            return Ok(inner.hold_music.get_or_init(|| Arc::new(Sound::new(&hold_music()))).clone());
        }
        let load = inner.loader.load(source);
        let loaded = inner.cache.try_get_with_by_ref(source, load).await.map_err(|why| *why)?;
        Ok(loaded.sound)
    }
}

impl SoundSource for SoundLibrary {
    fn sound(&self, source: PlaySource) -> LoadingSound {
        let library = self.clone();
        Box::pin(async move { SoundLibrary::sound(&library, &source).await })
    }
}

/// Each sound says for how long it is good.
struct KeepAsLoaded;

impl Expiry<PlaySource, Loaded> for KeepAsLoaded {
    fn expire_after_create(&self, _: &PlaySource, loaded: &Loaded, _: Instant) -> Option<Duration> {
        Some(loaded.keep)
    }
}
