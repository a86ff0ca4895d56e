//! What create, answer and connect have in common: speech, sound and text on WebSockets.

use acs::calling as wire;
use acs::version::ApiVersion;
use call_engine::{CallOptions, Reading, StreamingOptions, TranscriptionOptions};
use http_kit::ApiError;

use crate::validation;

const MOST_ENDPOINT_CHARACTERS: usize = 2048;

/// As the body says it.
#[derive(Debug)]
pub(crate) struct Wished {
    pub(crate) intelligence: Option<wire::CallIntelligenceOptions>,
    pub(crate) streaming: Option<wire::MediaStreamingOptions>,
    pub(crate) transcription: Option<wire::TranscriptionOptions>,
    pub(crate) loopback: Option<bool>,
}

impl Wished {
    /// As the engine says it.
    pub(crate) fn options(self, version: ApiVersion) -> Result<CallOptions, ApiError> {
        let endpoint = self.intelligence.and_then(|options| options.cognitive_services_endpoint);
        let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
        let named = endpoint.as_deref().unwrap_or_default();
        let property = "callIntelligenceOptions.cognitiveServicesEndpoint";
        validation::characters(property, named, MOST_ENDPOINT_CHARACTERS)?;
        let loopback = is_preview(version) && self.loopback.unwrap_or(false);
        Ok(CallOptions {
            speech: endpoint.map(Into::into),
            streaming: self.streaming.map(|options| streaming(options, loopback)).transpose()?,
            transcription: self.transcription.map(|options| transcription(options, version)).transpose()?,
        })
    }
}

fn streaming(options: wire::MediaStreamingOptions, loopback: bool) -> Result<StreamingOptions, ApiError> {
    let url = validation::web_socket_address(
        "mediaStreamingOptions.transportUrl",
        options.transport_url.as_deref(),
    )?;
    Ok(StreamingOptions {
        url,
        unmixed: options.audio_channel_type == wire::AudioChannelType::Unmixed,
        rate_hz: match options.audio_format {
            Some(wire::AudioFormat::Pcm24KMono) => 24_000,
            Some(wire::AudioFormat::Pcm16KMono) | None => 16_000,
        },
        bidirectional: options.enable_bidirectional.unwrap_or(false),
        keys: options.enable_dtmf_tones.unwrap_or(false),
        loopback,
        start: options.start_media_streaming.unwrap_or(false),
    })
}

fn transcription(
    options: wire::TranscriptionOptions,
    version: ApiVersion,
) -> Result<TranscriptionOptions, ApiError> {
    let url = validation::web_socket_address(
        "transcriptionOptions.transportUrl",
        options.transport_url.as_deref(),
    )?;
    let said = Said {
        prefix: "transcriptionOptions.",
        locale: options.locale,
        locales: options.locales,
        model: options.speech_model_endpoint_id,
        sentiment: options.enable_sentiment_analysis,
        redaction: options.pii_redaction_options,
        summarization: options.summarization_options,
    };
    let reading = said.reading(version)?;
    if reading.languages.is_none() {
        return Err(ApiError::invalid(
            "transcriptionOptions.locale",
            "it is missing: name a language such as en-US",
        ));
    }
    Ok(TranscriptionOptions {
        url,
        reading,
        intermediate: options.enable_intermediate_results.unwrap_or(false),
        start: options.start_transcription.unwrap_or(false),
    })
}

/// What a body says about how speech is read.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Of the properties' names.
    pub(crate) prefix: &'static str,
    pub(crate) locale: Option<String>,
    pub(crate) locales: Option<Vec<String>>,
    pub(crate) model: Option<String>,
    pub(crate) sentiment: Option<bool>,
    pub(crate) redaction: Option<wire::PiiRedactionOptions>,
    pub(crate) summarization: Option<wire::SummarizationOptions>,
}

impl Said {
    /// What only the preview knows counts only there.
    pub(crate) fn reading(self, version: ApiVersion) -> Result<Reading, ApiError> {
        let preview = is_preview(version);
        let property = |name: &str| format!("{}{name}", self.prefix);
        let several = self.locales.as_ref().filter(|_| preview);
        let summarization = self.summarization.as_ref().filter(|_| preview);
        let language = summarization.and_then(|options| options.locale.as_deref());
        let language = language.filter(|language| !language.is_empty());
        let language =
            language.map(|text| validation::language(&property("summarizationOptions.locale"), text));
        Ok(Reading {
            languages: validation::languages(&property("locale"), several, self.locale.as_ref())?,
            model: validation::model(&property("speechModelEndpointId"), self.model.clone())?,
            sentiment: self.sentiment.filter(|_| preview),
            redacted: self.redaction.as_ref().filter(|_| preview).and_then(|options| options.enable),
            summary_at_end: summarization.and_then(|options| options.enable_end_call_summary),
            summary_language: language.transpose()?,
        })
    }
}

/// The one version that knows call summaries, masking, moods, several languages and loopback audio.
pub(crate) fn is_preview(version: ApiVersion) -> bool {
    version == ApiVersion::V2025_08_15Preview
}
