//! Speaking (REST: `POST …/cognitiveservices/v1` with SSML).

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use media_plan::VoiceKind;
use outbound_http::OutboundRequest;
use quick_xml::escape::escape;

use super::{AzureSpeech, MOST_SOUND, TIME};
use crate::answer::{say_answer, secret_header};
use crate::spoken::Spoken;
use crate::ssml;
use crate::text_to_speech::{MOST_CHARACTERS, Speaking, Speech, SpeechError, TextToSpeech, Words};

/// Voices that speak every language, for requests that name none.
const FEMALE: &str = "en-US-AvaMultilingualNeural";
const MALE: &str = "en-US-AndrewMultilingualNeural";

impl TextToSpeech for AzureSpeech {
    fn speak(&self, speech: Speech) -> Speaking {
        let azure = self.clone();
        Box::pin(async move { azure.say(&speech).await })
    }
}

impl AzureSpeech {
    async fn say(&self, speech: &Speech) -> Result<Spoken, SpeechError> {
        let document = document(speech)?;
        let custom = speech.service.custom_voice.as_deref();
        let mut url = format!("{}/cognitiveservices/v1", self.address.voices(custom.is_some()));
        if let Some(custom) = custom {
            let id: String = url::form_urlencoded::byte_serialize(custom.as_bytes()).collect();
            url = format!("{url}?deploymentId={id}");
        }
        let mut request = OutboundRequest::post(url, Bytes::from(document), TIME, MOST_SOUND);
        let headers = &mut request.headers;
        headers.insert("ocp-apim-subscription-key", secret_header(self.key.expose())?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/ssml+xml"));
        headers.insert("x-microsoft-outputformat", HeaderValue::from_static("raw-16khz-16bit-mono-pcm"));
        let http = self.http.clone();
        Spoken::begin(|mouth| say_answer(http, request, 16_000, mouth)).await
    }
}

/// What is spoken, as SSML. A document of the application goes as it came, once it was seen to be one.
pub(super) fn document(speech: &Speech) -> Result<String, SpeechError> {
    let (Words::Text(written) | Words::Ssml(written)) = &speech.words;
    if written.chars().count() > MOST_CHARACTERS {
        return Err(SpeechError::TooManyWords { limit: MOST_CHARACTERS });
    }
    match &speech.words {
        Words::Ssml(text) => ssml::read(text).map(|_| text.to_string()),
        Words::Text(text) if written_out(text).trim().is_empty() => Err(SpeechError::Empty),
        Words::Text(text) => {
            let voice = speech.voice_name.as_deref().unwrap_or(match speech.voice {
                Some(VoiceKind::Male) => MALE,
                Some(VoiceKind::Female) | None => FEMALE,
            });
            let locale = speech.locale.as_deref().unwrap_or("en-US");
            Ok(format!(
                "<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"{locale}\">\
                 <voice name=\"{voice}\"><lang xml:lang=\"{locale}\">{text}</lang></voice></speak>",
                locale = escape(written_out(locale)),
                voice = escape(written_out(voice)),
                text = escape(written_out(text)),
            ))
        }
    }
}

/// Without the characters that XML has no room for.
fn written_out(text: &str) -> String {
    let has_room = |one: &char| !one.is_control() && !matches!(one, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|one| if has_room(&one) { one } else { ' ' }).collect()
}
