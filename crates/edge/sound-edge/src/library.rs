//! The library of sounds.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use media_edge::{LoadingSound, SoundSource};
use media_engine::{Playable, Sound};
use media_plan::{PlaySource, SpeechService, Unplayable};
use moka::Expiry;
use moka::future::Cache;
use outbound_http::OutboundHttp;
use speech_edge::TextToSpeech;

use crate::hold_music::hold_music;
use crate::loading::{Loaded, Loader, Rest};

/// What the library takes on.
#[derive(Clone, Copy, Debug)]
pub struct LibraryLimits {
    /// Sounds kept in memory with what they are known by, in bytes altogether.
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
            .weigher(weight)
            .expire_after(KeepAsLoaded)
            .build();
        Self(Arc::new(Inner { cache, loader: Loader::new(http, voice, limits), hold_music: OnceLock::new() }))
    }

    /// The sound behind a source, from the cache where it is there; of words, once there is something to
    /// hear. Whoever asks for a sound that somebody waits for already waits with them, and whoever asks for
    /// one that still comes hears it from its beginning.
    pub async fn sound(&self, source: &PlaySource) -> Result<Playable, Unplayable> {
        let inner = &self.0;
        if *source == PlaySource::HoldMusic {
            let music = inner.hold_music.get_or_init(|| Arc::new(Sound::new(&hold_music())));
            return Ok(Arc::clone(music).into());
        }
        let load = inner.loader.load(source);
        let loaded = inner.cache.try_get_with_by_ref(source, load).await.map_err(|why| *why)?;
        // It is in the cache, so that what becomes of it comes after it.
        if let Some(rest) = loaded.take_rest() {
            tokio::spawn(self.clone().keep(source.clone(), rest));
        }
        Ok(loaded.sound)
    }

    /// Keeps the whole sound where its beginning was, or nothing of one that broke off.
    async fn keep(self, source: PlaySource, rest: Rest) {
        match rest.write().await {
            Some(whole) => self.0.cache.insert(source, whole).await,
            None => self.0.cache.invalidate(&source).await,
        }
    }
}

impl SoundSource for SoundLibrary {
    fn sound(&self, source: PlaySource) -> LoadingSound {
        let library = self.clone();
        Box::pin(async move { SoundLibrary::sound(&library, &source).await })
    }
}

/// What it takes to keep a sound. The words behind a short sound may be long.
fn weight(source: &PlaySource, loaded: &Loaded) -> u32 {
    let length = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
    let spoken_by = |service: &SpeechService| length(&service.endpoint) + length(&service.custom_voice);
    let words = match source {
        PlaySource::File { uri, cache_id } => uri.len() + length(cache_id),
        PlaySource::Text { text, locale, voice: _, voice_name, service, cache_id } => {
            text.len() + length(locale) + length(voice_name) + length(cache_id) + spoken_by(service)
        }
        PlaySource::Ssml { ssml, service, cache_id } => ssml.len() + length(cache_id) + spoken_by(service),
        PlaySource::HoldMusic => 0,
    };
    let entry = size_of::<(PlaySource, Loaded)>();
    u32::try_from(entry + words + loaded.size_bytes()).unwrap_or(u32::MAX)
}

/// Each sound says for how long it is good.
struct KeepAsLoaded;

impl Expiry<PlaySource, Loaded> for KeepAsLoaded {
    fn expire_after_create(&self, _: &PlaySource, loaded: &Loaded, _: Instant) -> Option<Duration> {
        Some(loaded.keep)
    }
}

#[cfg(test)]
mod tests {
    use codec::Pcm;

    use super::*;

    #[test]
    fn long_words_behind_a_short_sound_weigh_too() {
        let sound = Arc::new(Sound::new(&Pcm { rate_hz: 8_000, samples: vec![0; 80] }));
        let loaded = Loaded::whole(sound, Duration::ZERO);
        let long: Option<Arc<str>> = Some("x".repeat(10_000).into());
        let sources = [
            PlaySource::File { uri: "http://a/b".into(), cache_id: long.clone() },
            PlaySource::Ssml {
                ssml: "x".repeat(10_000).into(),
                service: SpeechService::default(),
                cache_id: None,
            },
            PlaySource::Text {
                text: "a".into(),
                locale: long,
                voice: None,
                voice_name: None,
                service: SpeechService::default(),
                cache_id: None,
            },
        ];
        for source in sources {
            assert!(weight(&source, &loaded) >= 10_000, "{source:?}");
        }
    }
}
