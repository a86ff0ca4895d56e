//! Sounds, from the wire's words into the engine's.

use std::sync::Arc;

use acs::calling as wire;
use http_kit::ApiError;
use media_plan::{PlaySource, SpeechService, VoiceKind};

use crate::validation;

const MOST_SOURCES: usize = 64;
const MOST_TEXT_CHARACTERS: usize = 4000;
// Markup takes room that is not spoken.
const MOST_SSML_CHARACTERS: usize = 16_000;
const MOST_CACHE_ID_CHARACTERS: usize = 256;
const MOST_VOICE_CHARACTERS: usize = 256;

/// A list of sounds under the property `property`, at least one.
pub(crate) fn sources(property: &str, list: Vec<wire::PlaySource>) -> Result<Vec<PlaySource>, ApiError> {
    validation::count(property, &list, 1..=MOST_SOURCES)?;
    let numbered = list.into_iter().enumerate();
    numbered.map(|(index, source)| one(&format!("{property}[{index}]"), source)).collect()
}

/// One sound under the property `property`.
pub(crate) fn one(property: &str, source: wire::PlaySource) -> Result<PlaySource, ApiError> {
    let member = |name: &str| format!("{property}.{name}");
    let missing = |name: &str| ApiError::invalid(member(name), "it is missing");
    if let Some(id) = &source.play_source_cache_id {
        validation::characters(&member("playSourceCacheId"), id, MOST_CACHE_ID_CHARACTERS)?;
    }
    let cache_id = source.play_source_cache_id.clone().filter(|id| !id.is_empty());
    match kind(&source).ok_or_else(|| missing("kind"))? {
        wire::PlaySourceKind::File => {
            let file = source.file.ok_or_else(|| missing("file"))?;
            let uri = validation::web_address(&member("file.uri"), &file.uri)?;
            Ok(PlaySource::File { uri, cache_id })
        }
        wire::PlaySourceKind::Text => {
            text(&member("text"), source.text.ok_or_else(|| missing("text"))?, cache_id)
        }
        wire::PlaySourceKind::Ssml => {
            let source = source.ssml.ok_or_else(|| missing("ssml"))?;
            validation::characters(&member("ssml.ssmlText"), &source.ssml_text, MOST_SSML_CHARACTERS)?;
            let service = service(&member("ssml"), source.custom_voice_endpoint_id)?;
            Ok(PlaySource::Ssml { ssml: source.ssml_text, service, cache_id })
        }
    }
}

fn text(
    property: &str,
    source: wire::TextSource,
    cache_id: Option<Arc<str>>,
) -> Result<PlaySource, ApiError> {
    validation::characters(&format!("{property}.text"), &source.text, MOST_TEXT_CHARACTERS)?;
    for (name, value) in [("sourceLocale", &source.source_locale), ("voiceName", &source.voice_name)] {
        let value = value.as_deref().unwrap_or_default();
        validation::characters(&format!("{property}.{name}"), value, MOST_VOICE_CHARACTERS)?;
    }
    let voice = source.voice_kind.map(|kind| match kind {
        wire::VoiceKind::Male => VoiceKind::Male,
        wire::VoiceKind::Female => VoiceKind::Female,
    });
    Ok(PlaySource::Text {
        text: source.text,
        locale: source.source_locale,
        voice,
        voice_name: source.voice_name,
        service: service(property, source.custom_voice_endpoint_id)?,
        cache_id,
    })
}

/// Who speaks; the call knows the service that it was set up with.
fn service(property: &str, custom_voice: Option<String>) -> Result<SpeechService, ApiError> {
    let custom_voice = custom_voice.filter(|id| !id.is_empty());
    let named = custom_voice.as_deref().unwrap_or_default();
    validation::characters(&format!("{property}.customVoiceEndpointId"), named, MOST_VOICE_CHARACTERS)?;
    Ok(SpeechService { endpoint: None, custom_voice: custom_voice.map(Into::into) })
}

/// Without a kind, the member that is there tells.
fn kind(source: &wire::PlaySource) -> Option<wire::PlaySourceKind> {
    source.kind.or(match source {
        wire::PlaySource { file: Some(_), .. } => Some(wire::PlaySourceKind::File),
        wire::PlaySource { text: Some(_), .. } => Some(wire::PlaySourceKind::Text),
        wire::PlaySource { ssml: Some(_), .. } => Some(wire::PlaySourceKind::Ssml),
        wire::PlaySource { .. } => None,
    })
}
