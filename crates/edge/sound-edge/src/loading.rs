//! Getting a sound that is not in the cache.

use std::sync::Arc;
use std::time::Duration;

use codec::{DecodeError, decode_file};
use http::header::{CACHE_CONTROL, HeaderMap};
use media_engine::Sound;
use media_plan::{PlaySource, Unplayable};
use outbound_http::{OutboundHttp, OutboundRequest};
use speech_edge::{Speech, SpeechError, TextToSpeech, Words};
use tokio::sync::Semaphore;

use crate::library::LibraryLimits;

/// What is kept under a `playSourceCacheId`, and what is spoken, is kept for this time (contract: Call Automation §6.4).
const KEEP_NAMED: Duration = Duration::from_secs(3_600);
/// A file without a `playSourceCacheId` may change at its address; a burst of calls fetches it once.
const KEEP_FILE: Duration = Duration::from_secs(30);

/// A sound, and for how long it is good.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) sound: Arc<Sound>,
    pub(crate) keep: Duration,
}

/// Fetches, speaks and decodes.
pub(crate) struct Loader {
    http: OutboundHttp,
    voice: Arc<dyn TextToSpeech>,
    limits: LibraryLimits,
    decoding: Semaphore,
}

impl Loader {
    pub(crate) fn new(http: OutboundHttp, voice: Arc<dyn TextToSpeech>, limits: LibraryLimits) -> Self {
        Self { http, voice, limits, decoding: Semaphore::new(limits.decoded_at_once) }
    }

    pub(crate) async fn load(&self, source: &PlaySource) -> Result<Loaded, Unplayable> {
        match source {
            PlaySource::File { uri, cache_id } => self.fetch(uri, cache_id.is_some()).await,
            PlaySource::Text { text, locale, voice, voice_name, service, cache_id: _ } => {
                self.speak(Speech {
                    words: Words::Text(text.clone()),
                    locale: locale.clone(),
                    voice: *voice,
                    voice_name: voice_name.clone(),
                    service: service.clone(),
                })
                .await
            }
            PlaySource::Ssml { ssml, service, cache_id: _ } => {
                let (words, service) = (Words::Ssml(ssml.clone()), service.clone());
                self.speak(Speech { words, locale: None, voice: None, voice_name: None, service }).await
            }
            // Made in the library itself.
            PlaySource::HoldMusic => Err(Unplayable::Format),
        }
    }

    async fn fetch(&self, uri: &str, named: bool) -> Result<Loaded, Unplayable> {
        let request = OutboundRequest::get(uri, self.limits.file_time, self.limits.file_bytes);
        let response = self.http.send(request).await.map_err(|error| {
            tracing::info!(reason = %error, "a play file could not be fetched");
            Unplayable::Download
        })?;
        if response.status != http::StatusCode::OK {
            tracing::info!(status = response.status.as_u16(), "a play file could not be fetched");
            return Err(Unplayable::Download);
        }
        let keep = keep_file(named, &response.headers);
        let longest = self.limits.sound;
        let _turn = self.decoding.acquire().await.map_err(|_| Unplayable::Download)?;
        let decode = move || decode_file(&response.body, longest).map(|pcm| Arc::new(Sound::new(&pcm)));
        match tokio::task::spawn_blocking(decode).await {
            Ok(Ok(sound)) => Ok(Loaded { sound, keep }),
            Ok(Err(error)) => {
                tracing::info!(reason = %error, "a play file could not be decoded");
                Err(undecodable(error))
            }
            Err(_) => Err(Unplayable::Format),
        }
    }

    async fn speak(&self, speech: Speech) -> Result<Loaded, Unplayable> {
        let pcm = self.voice.speak(speech).await.map_err(|error| {
            match error {
                SpeechError::NotInstalled | SpeechError::Provider(_) => {
                    tracing::warn!(reason = %error, "words could not be spoken")
                }
                _ => tracing::info!(reason = %error, "words could not be spoken"),
            }
            unspeakable(&error)
        })?;
        let made = tokio::task::spawn_blocking(move || Arc::new(Sound::new(&pcm))).await;
        made.map(|sound| Loaded { sound, keep: KEEP_NAMED }).map_err(|_| Unplayable::Speech)
    }
}

fn keep_file(named: bool, headers: &HeaderMap) -> Duration {
    let says = |directive: &str| {
        let values = headers.get_all(CACHE_CONTROL);
        values.iter().filter_map(|value| value.to_str().ok()).any(|value| value.contains(directive))
    };
    match named {
        true => KEEP_NAMED,
        false if says("no-store") || says("no-cache") => Duration::ZERO,
        false => KEEP_FILE,
    }
}

fn undecodable(error: DecodeError) -> Unplayable {
    match error {
        DecodeError::Format | DecodeError::Damaged | DecodeError::Empty => Unplayable::Format,
        DecodeError::TooLong => Unplayable::Download,
    }
}

fn unspeakable(error: &SpeechError) -> Unplayable {
    match error {
        SpeechError::Empty => Unplayable::Empty,
        SpeechError::TooManyWords { .. }
        | SpeechError::Ssml(_)
        | SpeechError::Locale(_)
        | SpeechError::NotInstalled
        | SpeechError::TooSlow(_)
        | SpeechError::TooLong(_)
        | SpeechError::Provider(_)
        | SpeechError::Failed => Unplayable::Speech,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_as_long_as_was_asked_for() {
        let mut headers = HeaderMap::new();
        assert_eq!(keep_file(true, &headers), Duration::from_secs(3_600));
        assert_eq!(keep_file(false, &headers), Duration::from_secs(30));
        headers.insert(CACHE_CONTROL, "private, no-store".parse().unwrap());
        assert_eq!(keep_file(false, &headers), Duration::ZERO);
        assert_eq!(keep_file(true, &headers), Duration::from_secs(3_600));
    }
}
