//! What create, answer and connect say about streaming audio and text (contract §6.7).

use serde::Deserialize;

use crate::spelling::spelled;

/// Streams the call's audio to a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaStreamingOptions {
    /// Always a WebSocket.
    pub transport_type: StreamingTransport,
    /// One stream, or one for each speaker.
    pub audio_channel_type: AudioChannelType,
    /// The address of the WebSocket.
    pub transport_url: Option<String>,
    /// Always audio.
    pub content_type: Option<MediaStreamingContentType>,
    /// Begins when the call is connected.
    pub start_media_streaming: Option<bool>,
    /// The application sends audio, too.
    pub enable_bidirectional: Option<bool>,
    /// 16 kHz when absent.
    pub audio_format: Option<AudioFormat>,
    /// Tells of keys.
    pub enable_dtmf_tones: Option<bool>,
}

/// Streams a transcription to a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptionOptions {
    /// Always a WebSocket.
    pub transport_type: StreamingTransport,
    /// The language that is spoken; previews name several instead.
    pub locale: Option<String>,
    /// The address of the WebSocket.
    pub transport_url: Option<String>,
    /// Begins when the call is connected.
    pub start_transcription: Option<bool>,
    /// Also guesses that may still change.
    pub enable_intermediate_results: Option<bool>,
    /// A model of the application's own.
    pub speech_model_endpoint_id: Option<String>,
    /// The languages among which the one that is spoken is found out (preview).
    pub locales: Option<Vec<String>>,
    /// The mood is told (preview).
    pub enable_sentiment_analysis: Option<bool>,
    /// Numbers, names and addresses are masked (preview).
    pub pii_redaction_options: Option<PiiRedactionOptions>,
    /// The call is summed up (preview).
    pub summarization_options: Option<SummarizationOptions>,
}

/// Masks what says who somebody is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PiiRedactionOptions {
    /// Whether it does.
    pub enable: Option<bool>,
    /// Always with characters.
    pub redaction_type: Option<RedactionType>,
}

/// Sums a call up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SummarizationOptions {
    /// At its end.
    pub enable_end_call_summary: Option<bool>,
    /// The language of the summary.
    pub locale: Option<String>,
}

spelled! {
    /// What stands for what is masked.
    pub enum RedactionType {
        /// Asterisks.
        MaskWithCharacter = "maskWithCharacter",
    }
}

spelled! {
    /// How a stream travels.
    pub enum StreamingTransport {
        /// Over a WebSocket.
        Websocket = "websocket",
    }
}

spelled! {
    /// What a stream carries.
    pub enum MediaStreamingContentType {
        /// Sound.
        Audio = "audio",
    }
}

spelled! {
    /// How many streams there are.
    pub enum AudioChannelType {
        /// One of everybody.
        Mixed = "mixed",
        /// One for each speaker.
        Unmixed = "unmixed",
    }
}

spelled! {
    /// How sound is encoded.
    pub enum AudioFormat {
        /// 16 kHz.
        Pcm16KMono = "pcm16KMono",
        /// 24 kHz.
        Pcm24KMono = "pcm24KMono",
    }
}
