//! Speech: who speaks, who listens, and who thinks about what was said.

use std::path::PathBuf;

use crate::error::ConfigurationError;
use crate::layers::Values;

/// What the operator decides about speech.
#[derive(Clone, Debug)]
pub struct Speech {
    /// Who speaks words.
    pub voices: SpeechProvider,
    /// Who understands speech.
    pub ears: SpeechProvider,
    /// Who tells moods and sums up.
    pub minds: SpeechProvider,
    /// A resource of Azure AI Speech: its region, or its own https address.
    pub azure: Option<String>,
    /// The file that holds its key, and nothing else.
    pub azure_key: Option<PathBuf>,
    /// What stands before `/v1/…` of a server with OpenAI's interfaces.
    pub openai: String,
    /// The file that holds its key; none for servers that ask for none.
    pub openai_key: Option<PathBuf>,
    /// Its models that speak, listen and think, and its voice.
    pub openai_models: [String; 4],
    /// Hosts of `cognitiveServicesEndpoint`, and who speaks and listens for calls that name them.
    pub hosts: Vec<(String, SpeechProvider)>,
    /// The file of a neural voice, `voice.onnx`.
    pub local_voice: Option<PathBuf>,
    /// The library that runs neural models: a path, or a name that is searched for.
    pub onnx_runtime: PathBuf,
    /// The folder of the embedded ear's model.
    pub model: PathBuf,
    /// Threads that decode for the embedded ear.
    pub decoders: usize,
    /// What the embedded ear still takes for a choice.
    pub least_score: f64,
}

/// Who speaks or listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechProvider {
    /// This machine, without a network.
    Embedded,
    /// Azure AI Speech.
    Azure,
    /// A server with OpenAI's audio interfaces.
    OpenAi,
    /// A neural model in this process, which only speaks; the embedded ear listens beside it.
    Local,
}

impl Speech {
    /// Whether this provider speaks or listens for anybody.
    pub fn uses(&self, provider: SpeechProvider) -> bool {
        self.voices == provider
            || self.ears == provider
            || self.hosts.iter().any(|(_, mapped)| *mapped == provider)
    }
}

impl SpeechProvider {
    fn named(name: &str) -> Option<Self> {
        match name {
            "embedded" => Some(Self::Embedded),
            "azure" => Some(Self::Azure),
            "openai" => Some(Self::OpenAi),
            "local" => Some(Self::Local),
            _ => None,
        }
    }
}

/// Reads the settings.
pub(crate) fn read(values: &Values) -> Result<Speech, ConfigurationError> {
    const VOICES: &str = "embedded, azure, openai or local";
    const EARS: &str = "embedded, azure or openai; neural models that listen run behind a server with OpenAI's \
                        interfaces";
    let file = |key| values.optional(key).map(PathBuf::from);
    let model = |key| values.text(key, "the name of a model").map(str::to_owned);
    let speech = Speech {
        voices: values.checked("speech.voices", VOICES, SpeechProvider::named)?,
        ears: values.checked("speech.ears", EARS, |text| {
            SpeechProvider::named(text).filter(|provider| *provider != SpeechProvider::Local)
        })?,
        minds: values.checked("speech.minds", "embedded or openai", |text| {
            let thinks = [SpeechProvider::Embedded, SpeechProvider::OpenAi];
            SpeechProvider::named(text).filter(|provider| thinks.contains(provider))
        })?,
        azure: values.optional("speech.azure").map(str::to_owned),
        azure_key: file("speech.azure-key"),
        openai: values.text("speech.openai", "an address such as https://api.openai.com")?.to_owned(),
        openai_key: file("speech.openai-key"),
        openai_models: [
            model("speech.openai-voice-model")?,
            model("speech.openai-ear-model")?,
            model("speech.openai-mind-model")?,
            model("speech.openai-voice")?,
        ],
        hosts: values.checked(
            "speech.hosts",
            "pairs such as contoso.cognitiveservices.azure.com=azure",
            hosts,
        )?,
        local_voice: file("speech.local-voice"),
        onnx_runtime: PathBuf::from(values.text("speech.onnx-runtime", "the name or the path of a library")?),
        model: PathBuf::from(values.text("speech.model", "a folder")?),
        decoders: values.checked("speech.decoders", "a number from 1 to 64", |text| {
            text.parse().ok().filter(|decoders| (1..=64).contains(decoders))
        })?,
        least_score: values.checked("speech.least-score", "a number from -200 to 50", |text| {
            text.parse().ok().filter(|score| (-200.0..=50.0).contains(score))
        })?,
    };
    if speech.uses(SpeechProvider::Azure) && speech.azure.is_none() {
        let reason = "name the region, or the address, of the resource that shall speak or listen";
        return Err(ConfigurationError::contradiction("speech.azure", reason));
    }
    if speech.uses(SpeechProvider::Azure) && speech.azure_key.is_none() {
        let reason = "name the file that holds the key of speech.azure";
        return Err(ConfigurationError::contradiction("speech.azure-key", reason));
    }
    if speech.uses(SpeechProvider::Local) && speech.local_voice.is_none() {
        let reason = "name the file of the voice that shall speak, such as voice.onnx; its voice.onnx.json is beside it";
        return Err(ConfigurationError::contradiction("speech.local-voice", reason));
    }
    Ok(speech)
}

fn hosts(text: &str) -> Option<Vec<(String, SpeechProvider)>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (host, provider) = pair.split_once('=')?;
            let host = host.trim().to_ascii_lowercase();
            let is_host = !host.is_empty() && !host.contains(['/', ':', ' ']);
            is_host.then_some((host, SpeechProvider::named(provider.trim())?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_mapped_to_providers() {
        let mapped = hosts("Contoso.example = azure, other.example=embedded,").unwrap();
        assert_eq!(
            mapped,
            [
                ("contoso.example".to_owned(), SpeechProvider::Azure),
                ("other.example".to_owned(), SpeechProvider::Embedded)
            ]
        );
        for wrong in ["contoso", "https://contoso=azure", "=azure", "contoso=google"] {
            assert_eq!(hosts(wrong), None, "{wrong}");
        }
    }
}
