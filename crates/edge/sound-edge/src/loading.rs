//! Getting a sound that is not in the cache.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codec::{DecodeError, decode_file};
use http::header::{CACHE_CONTROL, HeaderMap};
use media_engine::{Playable, Sound, SoundTooLong, SoundWriter};
use media_plan::{PlaySource, Unplayable};
use outbound_http::{OutboundHttp, OutboundRequest};
use speech_edge::{Speech, SpeechError, Spoken, TextToSpeech, Words};
use tokio::sync::Semaphore;

use crate::library::LibraryLimits;

/// What is kept under a `playSourceCacheId`, and what is spoken, is kept for this time (contract: Call Automation §6.4).
const KEEP_NAMED: Duration = Duration::from_secs(3_600);
/// A file without a `playSourceCacheId` may change at its address; a burst of calls fetches it once.
const KEEP_FILE: Duration = Duration::from_secs(30);

/// A sound, and for how long it is good.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) sound: Playable,
    pub(crate) keep: Duration,
    rest: Arc<Mutex<Option<Rest>>>,
}

/// What is still to come of a sound.
pub(crate) struct Rest {
    spoken: Spoken,
    writer: SoundWriter,
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
            Ok(Ok(sound)) => Ok(Loaded::whole(sound, keep)),
            Ok(Err(error)) => {
                tracing::info!(reason = %error, "a play file could not be decoded");
                Err(undecodable(error))
            }
            Err(_) => Err(Unplayable::Format),
        }
    }

    async fn speak(&self, speech: Speech) -> Result<Loaded, Unplayable> {
        let spoken = self.voice.speak(speech).await.map_err(|error| told(&error))?;
        let (rate_hz, longest) = (spoken.rate_hz(), self.limits.sound);
        // The filters of a rate are worth a thread where waiting does no harm.
        let made = tokio::task::spawn_blocking(move || SoundWriter::new(rate_hz, longest)).await;
        let writer = made.map_err(|_| Unplayable::Speech)?;
        let sound = Playable::Growing(writer.sound());
        let rest = Arc::new(Mutex::new(Some(Rest { spoken, writer })));
        Ok(Loaded { sound, keep: KEEP_NAMED, rest })
    }
}

impl Loaded {
    pub(crate) fn whole(sound: Arc<Sound>, keep: Duration) -> Self {
        Self { sound: sound.into(), keep, rest: Arc::default() }
    }

    /// What is still to come of it, for the first who asks.
    pub(crate) fn take_rest(&self) -> Option<Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What it takes to keep it; what still comes is weighed when all of it is there.
    pub(crate) fn size_bytes(&self) -> usize {
        match &self.sound {
            Playable::Whole(sound) => sound.size_bytes(),
            Playable::Growing(_) => 0,
        }
    }
}

impl Rest {
    /// Writes what comes until all of it is there; that is worth keeping, unless the voice breaks off.
    pub(crate) async fn write(self) -> Option<Loaded> {
        let Self { mut spoken, mut writer } = self;
        while let Some(part) = spoken.next().await {
            let written = part.map_err(|error| told(&error)).and_then(|part| {
                writer.write(&part.samples).map_err(|SoundTooLong| {
                    tracing::info!("words could not be spoken: there are too many for one sound");
                    Unplayable::Speech
                })
            });
            if let Err(why) = written {
                writer.fail(why);
                return None;
            }
        }
        let finish = move || {
            let sound = Arc::new(writer.finish());
            // Whoever heard it come has asked for it.
            sound.is_asked_for_again();
            sound
        };
        let sound = tokio::task::spawn_blocking(finish).await.ok()?;
        Some(Loaded::whole(sound, KEEP_NAMED))
    }
}

/// Tells the log why words are not spoken.
fn told(error: &SpeechError) -> Unplayable {
    match error {
        SpeechError::NotInstalled | SpeechError::Provider(_) => {
            tracing::warn!(reason = %error, "words could not be spoken")
        }
        _ => tracing::info!(reason = %error, "words could not be spoken"),
    }
    unspeakable(error)
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
