//! Which provider speaks and listens for which call.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ear::{EarError, Hearing, Opening, SpeechToText};
use crate::text_to_speech::{Speaking, Speech, TextToSpeech};

/// All providers behind one face. An application says with its `cognitiveServicesEndpoint` which one
/// it wants; one whose endpoint nobody mapped gets the default, as it wants some speech and not a
/// certain host.
#[derive(Clone)]
pub struct SpeechServices {
    voice: Arc<dyn TextToSpeech>,
    ear: Arc<dyn SpeechToText>,
    by_host: HashMap<String, Provider>,
}

/// Who speaks and listens.
#[derive(Clone)]
pub struct Provider {
    /// Who speaks.
    pub voice: Arc<dyn TextToSpeech>,
    /// Who listens.
    pub ear: Arc<dyn SpeechToText>,
}

impl SpeechServices {
    /// The defaults.
    pub fn new(voice: Arc<dyn TextToSpeech>, ear: Arc<dyn SpeechToText>) -> Self {
        Self { voice, ear, by_host: HashMap::new() }
    }

    /// Whoever names an endpoint at this host gets this provider.
    pub fn map(mut self, host: &str, provider: Provider) -> Self {
        self.by_host.insert(host.to_ascii_lowercase(), provider);
        self
    }

    fn provider(&self, endpoint: Option<&str>) -> Option<&Provider> {
        let endpoint = endpoint?;
        let host = match url::Url::parse(endpoint) {
            Ok(url) => url.host_str().map(str::to_ascii_lowercase),
            Err(_) => None,
        };
        self.by_host.get(&host.unwrap_or_else(|| endpoint.trim_end_matches('/').to_ascii_lowercase()))
    }

    fn ear(&self, hearing: &Hearing) -> &Arc<dyn SpeechToText> {
        self.provider(hearing.listening.endpoint.as_deref()).map_or(&self.ear, |provider| &provider.ear)
    }
}

impl TextToSpeech for SpeechServices {
    fn speak(&self, speech: Speech) -> Speaking {
        let provider = self.provider(speech.service.endpoint.as_deref());
        provider.map_or(&self.voice, |provider| &provider.voice).speak(speech)
    }
}

impl SpeechToText for SpeechServices {
    fn check(&self, hearing: &Hearing) -> Result<(), EarError> {
        self.ear(hearing).check(hearing)
    }

    fn listen(&self, hearing: Hearing) -> Opening {
        self.ear(&hearing).listen(hearing)
    }
}
