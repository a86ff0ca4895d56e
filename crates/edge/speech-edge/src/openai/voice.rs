//! Speaking (`POST /v1/audio/speech`).

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use outbound_http::OutboundRequest;
use serde_json::json;

use super::{OpenAiSpeech, TIME};
use crate::answer::{bearer, say_answer};
use crate::spoken::Spoken;
use crate::ssml;
use crate::text_to_speech::{MOST_CHARACTERS, Speaking, Speech, SpeechError, TextToSpeech, Words};
use crate::voice::language_of_name;

/// Its raw sound is 24 kHz; some servers send WAV files instead, which say their own rate.
const RATE_HZ: u32 = 24_000;
/// Ten minutes of it.
const MOST_SOUND: usize = 30 << 20;

impl TextToSpeech for OpenAiSpeech {
    fn speak(&self, speech: Speech) -> Speaking {
        let server = self.clone();
        Box::pin(async move { server.say(&speech).await })
    }
}

impl OpenAiSpeech {
    async fn say(&self, speech: &Speech) -> Result<Spoken, SpeechError> {
        let (Words::Text(written) | Words::Ssml(written)) = &speech.words;
        if written.chars().count() > MOST_CHARACTERS {
            return Err(SpeechError::TooManyWords { limit: MOST_CHARACTERS });
        }
        let text = match &speech.words {
            Words::Text(text) => text.to_string(),
            // It takes no markup.
            Words::Ssml(document) => ssml::read(document)?.plain,
        };
        if text.chars().all(|one| one.is_whitespace() || one.is_control()) {
            return Err(SpeechError::Empty);
        }
        // A name such as en-US-NancyNeural is another provider's.
        let own = |name: &&str| language_of_name(name).is_none();
        let named = speech.voice_name.as_deref().filter(own);
        let voice = speech.service.custom_voice.as_deref().or(named).unwrap_or(&self.settings.voice);
        let body = json!({
            "model": self.settings.voice_model, "input": text, "voice": voice, "response_format": "pcm",
        });
        let mut request =
            OutboundRequest::post(self.url("audio/speech"), Bytes::from(body.to_string()), TIME, MOST_SOUND);
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(key) = &self.settings.key {
            request.headers.insert(AUTHORIZATION, bearer(key)?);
        }
        let http = self.http.clone();
        Spoken::begin(|mouth| say_answer(http, request, RATE_HZ, mouth)).await
    }
}
