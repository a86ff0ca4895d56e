//! Words as applications read them (contract: Call Automation §13).

use std::sync::Arc;

use media_plan::{Sentiment, Tap, Transcription};
use serde::Serialize;
use speech_edge::Phrase;
use tokio_tungstenite::tungstenite::Message;

/// The first message; another after each change of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    subscription_id: String,
    locale: &'a str,
    call_connection_id: String,
    correlation_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    speech_recognition_model_endpoint_id: Option<&'a str>,
}

/// What somebody said, or seems to say. Times are in ticks of 100 ns since the transcription began.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    text: &'a str,
    format: &'static str,
    confidence: f64,
    offset: u64,
    duration: u64,
    // Always there, also when it is empty: the JavaScript SDK reads its length.
    words: Vec<Word<'a>>,
    #[serde(rename = "participantRawID")]
    participant: &'a str,
    result_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentiment: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language_identified: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Word<'a> {
    text: &'a str,
    offset: u64,
    duration: u64,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind")]
enum Frame<'a> {
    TranscriptionMetadata {
        #[serde(rename = "transcriptionMetadata")]
        metadata: Metadata<'a>,
    },
    TranscriptionData {
        #[serde(rename = "transcriptionData")]
        data: Data<'a>,
    },
}

/// Who said something, when, and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    /// A raw id.
    pub(crate) who: Arc<str>,
    /// When the ear began to listen.
    pub(crate) begin_ticks: u64,
    pub(crate) phrase: Phrase,
    pub(crate) is_final: bool,
}

/// What the transcript is of.
pub(crate) fn metadata(tap: &Tap, transcription: &Transcription) -> Message {
    let listening = &transcription.listening;
    message(&Frame::TranscriptionMetadata {
        metadata: Metadata {
            subscription_id: tap.id.to_string(),
            locale: listening.languages.first().map_or("", AsRef::as_ref),
            call_connection_id: transcription.socket.connection.to_string(),
            correlation_id: transcription.socket.correlation.to_string(),
            speech_recognition_model_endpoint_id: listening.model.as_deref(),
        },
    })
}

/// What was said by somebody with this raw id. `masked` is the text without what is personal, where it is not to be
/// told; its words are not told then either.
pub(crate) fn said(said: &Said, masked: Option<&str>, sentiment: Option<Sentiment>) -> Message {
    let phrase = &said.phrase;
    let words = phrase.words.iter().filter(|_| masked.is_none()).map(|word| Word {
        text: &word.text,
        offset: said.begin_ticks + word.offset_ticks,
        duration: word.duration_ticks,
    });
    message(&Frame::TranscriptionData {
        data: Data {
            text: masked.unwrap_or(&phrase.text),
            format: "display",
            confidence: f64::from(phrase.confidence_ppm) / 1e6,
            offset: said.begin_ticks + phrase.offset_ticks,
            duration: phrase.duration_ticks,
            words: words.collect(),
            participant: &said.who,
            result_status: if said.is_final { "Final" } else { "Intermediate" },
            sentiment: sentiment.map(|sentiment| match sentiment {
                Sentiment::Positive => "positive",
                Sentiment::Neutral => "neutral",
                Sentiment::Negative => "negative",
            }),
            language_identified: phrase.language.as_deref(),
        },
    })
}

fn message(frame: &Frame<'_>) -> Message {
    Message::text(serde_json::to_string(frame).expect("texts and numbers are JSON"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn heard() -> Said {
        let phrase = Phrase {
            text: "Call 555 0100.".into(),
            confidence_ppm: 690_000,
            offset_ticks: 100,
            duration_ticks: 13_600_000,
            words: vec![speech_edge::Word {
                text: "call".into(),
                offset_ticks: 100,
                duration_ticks: 6_100_000,
            }],
            language: None,
            choice: None,
        };
        Said { who: "8:acs:a".into(), begin_ticks: 200_000, phrase, is_final: true }
    }

    fn json_of(message: &Message) -> Value {
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    #[test]
    fn words_are_told_as_in_the_contract() {
        let message = said(&heard(), None, None);
        assert_eq!(
            message.to_text().unwrap(),
            r#"{"kind":"TranscriptionData","transcriptionData":{"text":"Call 555 0100.","format":"display","confidence":0.69,"offset":200100,"duration":13600000,"words":[{"text":"call","offset":200100,"duration":6100000}],"participantRawID":"8:acs:a","resultStatus":"Final"}}"#
        );
    }

    #[test]
    fn what_is_masked_is_not_told_word_by_word() {
        let guess = Said { is_final: false, ..heard() };
        let data = &json_of(&said(&guess, Some("Call ***."), Some(Sentiment::Neutral)))["transcriptionData"];
        assert_eq!((&data["text"], &data["words"]), (&json!("Call ***."), &json!([])));
        assert_eq!((&data["resultStatus"], &data["sentiment"]), (&json!("Intermediate"), &json!("neutral")));
    }
}
