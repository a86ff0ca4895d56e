//! Messages of the Speech WebSocket protocol: headers, an empty line, and a body.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ear::{EarError, Hearing, Phrase, Word};

/// A message in text.
pub(super) fn text(path: &str, request: &str, timestamp: &str, body: &Value) -> String {
    format!(
        "Path: {path}\r\nX-RequestId: {request}\r\nX-Timestamp: {timestamp}\r\n\
         Content-Type: application/json; charset=utf-8\r\n\r\n{body}"
    )
}

/// A message with sound; one without any says that no more comes.
pub(super) fn audio(request: &str, timestamp: &str, sound: &[u8]) -> Bytes {
    let headers = format!(
        "Path: audio\r\nX-RequestId: {request}\r\nX-Timestamp: {timestamp}\r\nContent-Type: audio/x-wav\r\n"
    );
    let mut message = BytesMut::with_capacity(2 + headers.len() + sound.len());
    message.put_u16(u16::try_from(headers.len()).unwrap_or(u16::MAX));
    message.put_slice(headers.as_bytes());
    message.put_slice(sound);
    message.freeze()
}

/// Who we are.
pub(super) fn config() -> Value {
    json!({ "context": {
        "system": { "name": "Ringdown", "version": env!("CARGO_PKG_VERSION"), "build": "Rust", "lang": "Rust" },
        "os": { "platform": "Linux", "name": "Ringdown", "version": env!("CARGO_PKG_VERSION") },
        "audio": { "source": { "connectivity": "Unknown", "type": "Stream", "samplerate": "16000", "bitspersample": "16", "channelcount": "1" } },
    } })
}

/// What is listened for.
pub(super) fn context(hearing: &Hearing) -> Value {
    let mut context = json!({
        "phraseOutput": { "format": "Detailed", "detailed": { "options": ["WordTimings", "SNR", "Pronunciation"] } },
        "phraseDetection": {
            "mode": "Conversation",
            "conversation": { "segmentation": {
                "mode": "Custom",
                "segmentationSilenceTimeoutMs": hearing.end_silence.as_millis().clamp(100, 5_000) as u64,
            } },
        },
    });
    if !hearing.phrases.is_empty() {
        let items: Vec<Value> =
            hearing.phrases.iter().take(500).map(|phrase| json!({ "Text": phrase })).collect();
        context["dgi"] = json!({ "Groups": [{ "Type": "Generic", "Items": items }] });
    }
    let languages = &hearing.listening.languages;
    if languages.len() > 1 {
        context["languageId"] = json!({
            "languages": languages,
            "mode": "DetectContinuous",
            "onSuccess": { "action": "Recognize" },
            "onUnknown": { "action": "None" },
            "priority": "PrioritizeLatency",
        });
    }
    context
}

/// What the service says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    TurnStarted,
    SpeechStarted(u64),
    Guess(Phrase),
    Phrase(Phrase),
    /// A stretch in which nothing was understood.
    Nothing,
    SpeechEnded(u64),
    TurnEnded,
    /// What we have no use for.
    Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Offset {
    #[serde(default)]
    offset: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Hypothesis {
    text: String,
    offset: u64,
    duration: u64,
    primary_language: Option<Language>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Language {
    language: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Recognized {
    recognition_status: String,
    #[serde(default)]
    offset: u64,
    #[serde(default)]
    duration: u64,
    display_text: Option<String>,
    #[serde(rename = "NBest", default)]
    best: Vec<Best>,
    primary_language: Option<Language>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Best {
    #[serde(default)]
    confidence: f64,
    display: String,
    #[serde(default)]
    words: Vec<Timed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Timed {
    word: String,
    offset: u64,
    duration: u64,
}

/// Reads a message of the service.
pub(super) fn read(message: &str) -> Result<Said, EarError> {
    let unreadable = EarError::Garbled("a message of it is not of the Speech protocol");
    let (headers, body) = message.split_once("\r\n\r\n").ok_or(unreadable.clone())?;
    let path = headers
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("path"))
        .map(|(_, value)| value.trim().to_ascii_lowercase())
        .ok_or(unreadable.clone())?;
    let malformed = |_| unreadable.clone();
    match path.as_str() {
        "turn.start" => Ok(Said::TurnStarted),
        "turn.end" => Ok(Said::TurnEnded),
        "speech.startdetected" => {
            let offset: Offset = serde_json::from_str(body).map_err(malformed)?;
            Ok(Said::SpeechStarted(offset.offset))
        }
        "speech.enddetected" => {
            let offset: Offset = serde_json::from_str(body).map_err(malformed)?;
            Ok(Said::SpeechEnded(offset.offset))
        }
        "speech.hypothesis" | "speech.fragment" => {
            let guess: Hypothesis = serde_json::from_str(body).map_err(malformed)?;
            Ok(Said::Guess(Phrase {
                text: guess.text.into(),
                offset_ticks: guess.offset,
                duration_ticks: guess.duration,
                language: guess.primary_language.map(|found| found.language.into()),
                ..Phrase::default()
            }))
        }
        "speech.phrase" => recognized(serde_json::from_str(body).map_err(malformed)?),
        _ => Ok(Said::Other),
    }
}

fn recognized(said: Recognized) -> Result<Said, EarError> {
    match said.recognition_status.as_str() {
        "Success" => {}
        "NoMatch" | "InitialSilenceTimeout" | "BabbleTimeout" | "EndOfDictation" => return Ok(Said::Nothing),
        "TooManyRequests" => return Err(EarError::TooMany),
        "Forbidden" => return Err(EarError::Forbidden(403)),
        _ => return Err(EarError::Garbled("it reports an error of its own")),
    }
    let best = said.best.into_iter().next();
    let text = best.as_ref().map(|best| best.display.clone()).or(said.display_text).unwrap_or_default();
    let confidence = best.as_ref().map_or(0.5, |best| best.confidence.clamp(0.0, 1.0));
    let words = best.map(|best| best.words).unwrap_or_default();
    Ok(Said::Phrase(Phrase {
        text: Arc::from(text),
        confidence_ppm: (confidence * 1_000_000.0) as u32,
        offset_ticks: said.offset,
        duration_ticks: said.duration,
        words: words
            .into_iter()
            .map(|timed| Word {
                text: timed.word.into(),
                offset_ticks: timed.offset,
                duration_ticks: timed.duration,
            })
            .collect(),
        language: said.primary_language.map(|found| found.language.into()),
        choice: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_refused_and_what_is_unknown_is_passed_over() {
        for garbage in [
            "",
            "hello",
            "Path: speech.phrase\r\n\r\n{",
            "X: y\r\n\r\n{}",
            "Path: speech.hypothesis\r\n\r\n[]",
        ] {
            assert!(read(garbage).is_err(), "{garbage}");
        }
        assert_eq!(read("Path: telemetry\r\n\r\n"), Ok(Said::Other));
        assert_eq!(read("path:turn.end\r\nX-RequestId: 1\r\n\r\n{}"), Ok(Said::TurnEnded));
    }
}
