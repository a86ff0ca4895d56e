//! Servers that speak OpenAI's audio and chat interfaces: its own, and many that people run themselves.

mod chat;
mod ear;
mod language;
mod voice;

use std::time::Duration;

use outbound_http::OutboundHttp;
use redact::Secret;

/// What one request may cost.
const TIME: Duration = Duration::from_secs(30);

/// Such a server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OpenAiSpeech {
    http: OutboundHttp,
    settings: OpenAiSettings,
}

/// Where such a server is, and what is asked of it.
#[derive(Clone, Debug)]
pub struct OpenAiSettings {
    /// What stands before `/v1/…`, such as `https://api.openai.com`.
    pub endpoint: String,
    /// Its key; none for servers that ask for none.
    pub key: Option<Secret<String>>,
    /// The model that speaks, such as `gpt-4o-mini-tts`.
    pub voice_model: String,
    /// The voice that speaks where a request names none of the server's own, such as `alloy`.
    pub voice: String,
    /// The model that listens, such as `whisper-1`.
    pub ear_model: String,
    /// The model that thinks, such as `gpt-4o-mini`.
    pub mind_model: String,
}

impl Default for OpenAiSettings {
    fn default() -> Self {
        Self {
            endpoint: "https://api.openai.com".into(),
            key: None,
            voice_model: "gpt-4o-mini-tts".into(),
            voice: "alloy".into(),
            ear_model: "whisper-1".into(),
            mind_model: "gpt-4o-mini".into(),
        }
    }
}

impl OpenAiSpeech {
    /// The server with these settings.
    pub fn new(http: OutboundHttp, settings: OpenAiSettings) -> Self {
        Self { http, settings }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/v1/{path}", self.settings.endpoint.trim_end_matches('/'))
    }
}
