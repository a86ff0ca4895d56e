//! Understanding (`POST /v1/audio/transcriptions`), an utterance at a time: the ends of utterances are heard here.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use outbound_http::{OutboundRequest, Overlong};
use serde::Deserialize;

use super::language::heard;
use super::{OpenAiSpeech, TIME};
use crate::activity::{SpeechChange, VoiceActivity};
use crate::answer::{ask, bearer};
use crate::ear::{
    EAR_FRAME, Ear, EarError, FRAME_TICKS, Heard, Hearing, Lender, Opening, Phrase, Span, SpeechToText, Word,
};
use crate::sounds::Sound;
use crate::wave;

/// The longest answer.
const MOST_ANSWER: usize = 1 << 20;
/// Utterances that are on their way at the same time.
const AT_ONCE: usize = 4;
/// What was heard before speech was noticed belongs to it: 300 ms.
const BEFORE_SPEECH: usize = 15;
/// The longest utterance: 30 seconds; a longer one is understood in parts.
const LONGEST: usize = 1_500;
/// Stands between the parts of a form; no sound file holds it.
const BOUNDARY: &str = "----ringdown-9c5b2f0e7d1a4e68";
/// A second in ticks of 100 ns.
const SECOND: f64 = 10_000_000.0;

impl SpeechToText for OpenAiSpeech {
    fn check(&self, _: &Hearing) -> Result<(), EarError> {
        Ok(())
    }

    fn listen(&self, hearing: Hearing) -> Opening {
        let server = self.clone();
        Box::pin(async move {
            let (ear, lender) = Ear::new();
            let end_silence_ms = u32::try_from(hearing.end_silence.as_millis()).unwrap_or(u32::MAX);
            let cutter = Cutter {
                span: hearing.span,
                activity: VoiceActivity::new(end_silence_ms.clamp(100, 10_000)),
                frames: VecDeque::new(),
                first: 0,
                next: 0,
                speaking: hearing.span == Span::Utterance,
            };
            tokio::spawn(attend(server, Arc::new(hearing), cutter, lender));
            Ok(ear)
        })
    }
}

type Understanding = Pin<Box<dyn Future<Output = Result<Option<Phrase>, EarError>> + Send>>;

/// Until there is no more sound and everything was understood.
async fn attend(server: OpenAiSpeech, hearing: Arc<Hearing>, mut cutter: Cutter, mut lender: Lender) {
    let mut under_way: FuturesOrdered<Understanding> = FuturesOrdered::new();
    let mut more = true;
    while more || !under_way.is_empty() {
        let told = tokio::select! {
            sound = lender.sound.next(), if more && under_way.len() < AT_ONCE => {
                let (told, utterance) = match sound {
                    Some(sound) => cutter.hear(sound),
                    None => {
                        more = false;
                        (None, cutter.rest())
                    }
                };
                if let Some(utterance) = utterance {
                    let (server, hearing) = (server.clone(), hearing.clone());
                    under_way.push_back(Box::pin(async move { server.understand(&hearing, utterance).await }));
                }
                told.map(Ok)
            }
            Some(understood) = under_way.next() => match understood {
                Ok(phrase) => phrase.map(|phrase| Ok(Heard::Final(phrase))),
                Err(error) => Some(Err(error)),
            },
            () = lender.heard.closed() => return,
        };
        let Some(told) = told else { continue };
        let is_over = told.is_err();
        if lender.heard.send(told).await.is_err() || is_over {
            return;
        }
    }
}

/// Cuts what is heard into utterances.
struct Cutter {
    span: Span,
    activity: VoiceActivity,
    frames: VecDeque<[i16; EAR_FRAME]>,
    /// The number of the first of `frames`.
    first: u64,
    /// The number of the next frame.
    next: u64,
    speaking: bool,
}

struct Utterance {
    offset_ticks: u64,
    samples: Vec<i16>,
}

impl Cutter {
    fn hear(&mut self, sound: Sound<'_>) -> (Option<Heard>, Option<Utterance>) {
        let frame = match sound {
            Sound::Frame(frame) => frame,
            Sound::Lost(frames) => {
                // What goes on after a gap is told as something new.
                self.next += u64::from(frames);
                let cut = if self.speaking { self.rest() } else { None };
                self.frames.clear();
                self.first = self.next;
                return (None, cut);
            }
        };
        self.frames.push_back(*frame);
        self.next += 1;
        let now = self.next * FRAME_TICKS;
        if self.span == Span::Utterance {
            return (None, (self.frames.len() >= LONGEST).then(|| self.rest()).flatten());
        }
        let change = self.activity.hear(frame);
        match change {
            Some(SpeechChange::Started(frames)) => {
                self.speaking = true;
                (Some(Heard::SpeechStarted(now.saturating_sub(u64::from(frames) * FRAME_TICKS))), None)
            }
            Some(SpeechChange::Ended(_)) => {
                let cut = self.rest();
                self.speaking = false;
                (Some(Heard::SpeechEnded(now)), cut)
            }
            None if self.speaking && self.frames.len() >= LONGEST => (None, self.rest()),
            None => {
                while !self.speaking && self.frames.len() > BEFORE_SPEECH {
                    self.frames.pop_front();
                    self.first += 1;
                }
                (None, None)
            }
        }
    }

    /// What was said and not cut off yet.
    fn rest(&mut self) -> Option<Utterance> {
        if !self.speaking || self.frames.is_empty() {
            return None;
        }
        let offset_ticks = self.first * FRAME_TICKS;
        let samples = self.frames.drain(..).flatten().collect();
        self.first = self.next;
        Some(Utterance { offset_ticks, samples })
    }
}

#[derive(Deserialize)]
struct Transcription {
    text: String,
    language: Option<String>,
    #[serde(default)]
    segments: Vec<Segment>,
    #[serde(default)]
    words: Vec<Timed>,
}

#[derive(Deserialize)]
struct Segment {
    avg_logprob: Option<f64>,
}

#[derive(Deserialize)]
struct Timed {
    word: String,
    start: f64,
    end: f64,
}

impl OpenAiSpeech {
    async fn understand(&self, hearing: &Hearing, utterance: Utterance) -> Result<Option<Phrase>, EarError> {
        let duration_ticks = utterance.samples.len() as u64 * (FRAME_TICKS / EAR_FRAME as u64);
        let model = hearing.listening.model.as_deref().unwrap_or(&self.settings.ear_model);
        let mut fields = vec![
            ("model", model.to_owned()),
            ("response_format", "verbose_json".to_owned()),
            ("timestamp_granularities[]", "word".to_owned()),
            ("timestamp_granularities[]", "segment".to_owned()),
        ];
        if let [only] = hearing.listening.languages.as_slice() {
            // It knows languages without regions.
            fields.push(("language", only.split('-').next().unwrap_or_default().to_ascii_lowercase()));
        }
        if !hearing.phrases.is_empty() {
            let likely: Vec<&str> = hearing.phrases.iter().take(100).map(|phrase| &**phrase).collect();
            fields.push(("prompt", likely.join(", ")));
        }
        let body = form(&fields, &wave::file(&utterance.samples));
        let mut request =
            OutboundRequest::post(self.url("audio/transcriptions"), Bytes::from(body), TIME, MOST_ANSWER);
        request.overlong = Overlong::Refuse;
        let kind = HeaderValue::from_str(&format!("multipart/form-data; boundary={BOUNDARY}"));
        request.headers.insert(CONTENT_TYPE, kind.map_err(|_| EarError::Garbled("the form has no name"))?);
        if let Some(key) = &self.settings.key {
            request.headers.insert(AUTHORIZATION, bearer(key)?);
        }
        let response = ask(&self.http, request).await?;
        let said: Transcription = serde_json::from_slice(&response.body)
            .map_err(|_| EarError::Garbled("its answer is no transcription"))?;
        let language = said.language.as_deref().and_then(|named| heard(named, &hearing.listening.languages));
        let phrase = said.phrase(utterance.offset_ticks, duration_ticks);
        Ok(phrase.map(|phrase| Phrase { language, ..phrase }))
    }
}

impl Transcription {
    fn phrase(self, offset_ticks: u64, duration_ticks: u64) -> Option<Phrase> {
        let text = self.text.trim();
        if text.is_empty() {
            return None;
        }
        let likely: Vec<f64> = self.segments.iter().filter_map(|segment| segment.avg_logprob).collect();
        let sure = match likely.len() {
            0 => 0.5,
            count => (likely.iter().sum::<f64>() / count as f64).exp().clamp(0.0, 1.0),
        };
        let ticks = |seconds: f64| ((seconds.clamp(0.0, 3_600.0) * SECOND) as u64).min(duration_ticks);
        let words = self.words.iter().map(|timed| Word {
            text: timed.word.trim().to_lowercase().into(),
            offset_ticks: offset_ticks + ticks(timed.start),
            duration_ticks: ticks(timed.end).saturating_sub(ticks(timed.start)),
        });
        Some(Phrase {
            text: text.into(),
            confidence_ppm: (sure * 1_000_000.0) as u32,
            offset_ticks,
            duration_ticks,
            words: words.collect(),
            language: None,
            choice: None,
        })
    }
}

/// A form with a sound file (RFC 7578). Line breaks in a value would end its part.
fn form(fields: &[(&str, String)], file: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(file.len() + 1_024);
    for (name, value) in fields {
        let value: String = value.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
        let part =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\n\
         Content-Type: audio/wav\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}
