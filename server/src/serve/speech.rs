//! From the configuration to those who speak, listen and think.

use std::path::Path;
use std::sync::Arc;

use configuration::{Configuration, ConfigurationError, SpeechProvider};
use outbound_http::OutboundHttp;
use redact::Secret;
use speech_edge::{
    AzureAddress, AzureSpeech, EmbeddedEar, EmbeddedEarLimits, Espeak, Mind, ModelError, NeuralVoice,
    OpenAiSettings, OpenAiSpeech, Provider, SpeechServices,
};

use crate::failure::Failure;

/// Who speaks and listens, and who thinks about what was said.
pub struct Speech {
    /// By the endpoint that a call names.
    pub services: SpeechServices,
    /// Moods and summaries.
    pub mind: Arc<Mind>,
}

/// What the configuration asks for; keys are read from their files.
pub fn services(
    configuration: &Configuration,
    http: &OutboundHttp,
    espeak: &Espeak,
) -> Result<Speech, Failure> {
    let told = &configuration.speech;
    let limits = EmbeddedEarLimits {
        decoders: told.decoders,
        least_score: told.least_score,
        ..EmbeddedEarLimits::default()
    };
    let ear = EmbeddedEar::new(&told.model, espeak.clone(), limits);
    if told.ears == SpeechProvider::Embedded
        && let Err(error) = ear.check_installed()
    {
        tracing::warn!("spoken choices will not be recognized: cannot {error}");
    }
    let embedded = Provider { voice: Arc::new(espeak.clone()), ear: Arc::new(ear) };
    let azure = match (&told.azure, &told.azure_key) {
        (Some(place), Some(file)) => {
            let address = match place.contains("://") {
                true => AzureAddress::Endpoint(place.clone()),
                false => AzureAddress::Region(place.clone()),
            };
            let azure = AzureSpeech::new(http.clone(), address, key("speech.azure-key", file)?);
            Some(Provider { voice: Arc::new(azure.clone()), ear: Arc::new(azure) })
        }
        _ => None,
    };
    let [voice_model, ear_model, mind_model, voice] = told.openai_models.clone();
    let key = told.openai_key.as_ref().map(|file| key("speech.openai-key", file)).transpose()?;
    let settings =
        OpenAiSettings { endpoint: told.openai.clone(), key, voice_model, voice, ear_model, mind_model };
    let server = OpenAiSpeech::new(http.clone(), settings);
    let openai = Provider { voice: Arc::new(server.clone()), ear: Arc::new(server.clone()) };
    let local = match &told.local_voice {
        Some(file) if told.uses(SpeechProvider::Local) => {
            let neural = NeuralVoice::load(&told.onnx_runtime, file, espeak.clone());
            let neural = neural.map_err(|error| match error {
                ModelError::Runtime(_) => refused("speech.onnx-runtime", &error),
                ModelError::Model { .. } => refused("speech.local-voice", &error),
            })?;
            Some(Provider { voice: Arc::new(neural), ear: Arc::clone(&embedded.ear) })
        }
        _ => None,
    };
    let provider = |wanted: SpeechProvider| match wanted {
        SpeechProvider::Embedded => embedded.clone(),
        // A configuration that names it without its file was refused.
        SpeechProvider::Local => local.clone().unwrap_or_else(|| embedded.clone()),
        // A configuration that names Azure without its key was refused.
        SpeechProvider::Azure => azure.clone().unwrap_or_else(|| embedded.clone()),
        SpeechProvider::OpenAi => openai.clone(),
    };
    let mut services = SpeechServices::new(provider(told.voices).voice, provider(told.ears).ear);
    for (host, mapped) in &told.hosts {
        services = services.map(host, provider(*mapped));
    }
    let mind = match told.minds {
        SpeechProvider::OpenAi => Mind::of_model(server),
        SpeechProvider::Embedded | SpeechProvider::Azure | SpeechProvider::Local => Mind::embedded(),
    };
    Ok(Speech { services, mind: Arc::new(mind) })
}

fn refused(setting: &'static str, error: &ModelError) -> Failure {
    ConfigurationError::contradiction(setting, format!("cannot {error}")).into()
}

fn key(setting: &'static str, file: &Path) -> Result<Secret<String>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        ConfigurationError::contradiction(setting, format!("cannot read {}: {error}", file.display()))
    })?;
    Ok(Secret::new(text.trim().to_owned()))
}
