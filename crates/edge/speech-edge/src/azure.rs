//! Azure AI Speech: voices over its REST interface, ears over its WebSocket protocol.

mod ear;
pub(crate) mod fuzzing;
mod message;
mod voice;

use std::time::Duration;

use outbound_http::OutboundHttp;
use redact::Secret;

/// What one request may cost.
pub(crate) const TIME: Duration = Duration::from_secs(20);
/// Ten minutes of sound at 16 kHz.
pub(crate) const MOST_SOUND: usize = 20 << 20;

/// A resource of Azure AI Speech. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AzureSpeech {
    http: OutboundHttp,
    key: Secret<String>,
    address: AzureAddress,
}

/// Where a resource is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AzureAddress {
    /// A region such as `westeurope`.
    Region(String),
    /// An address of its own, such as `https://contoso.cognitiveservices.azure.com`.
    Endpoint(String),
}

impl AzureSpeech {
    /// The resource at this address, with one of its keys.
    pub fn new(http: OutboundHttp, address: AzureAddress, key: Secret<String>) -> Self {
        Self { http, key, address }
    }
}

impl AzureAddress {
    /// Where words are spoken; a voice that was made for a customer has a place of its own.
    fn voices(&self, custom: bool) -> String {
        match (self, custom) {
            (Self::Region(region), false) => format!("https://{region}.tts.speech.microsoft.com"),
            (Self::Region(region), true) => format!("https://{region}.voice.speech.microsoft.com"),
            (Self::Endpoint(endpoint), false) => format!("{}/tts", endpoint.trim_end_matches('/')),
            (Self::Endpoint(endpoint), true) => format!("{}/voice", endpoint.trim_end_matches('/')),
        }
    }

    /// Where speech is understood, as a WebSocket.
    fn ears(&self) -> String {
        match self {
            Self::Region(region) => format!("wss://{region}.stt.speech.microsoft.com"),
            Self::Endpoint(endpoint) => {
                let endpoint = endpoint.trim_end_matches('/');
                // http becomes ws, and https wss.
                format!("ws{}/stt", endpoint.strip_prefix("http").unwrap_or(endpoint))
            }
        }
    }
}
