//! Collecting what one participant presses (`POST …:recognize`).
//!
//! Keys, words, or whichever comes first; a choice can have a key, phrases, or both.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use acs::calling as wire;
use acs::version::ApiVersion;
use axum::http::StatusCode;
use call_engine::{DtmfOptions, Recognize, SpeechOptions, SpokenChoice};
use exchange::Command;
use http_kit::{Answer, ApiError};
use media_plan::{PlaySource, Tone};

use crate::asking::Asking;
use crate::calling::call_options::is_preview;
use crate::calling::play_source;
use crate::calling::tone::tone;
use crate::validation;

const INITIAL_SILENCE_SECONDS: i64 = 5;
const INTER_TONE_SECONDS: i64 = 2;
const MOST_TONES: i64 = 1000;
const END_SILENCE_MS: i64 = 500;
const LANGUAGE: &str = "en-US";
const KEYS: usize = 16;
const MOST_CHOICES: usize = 64;
const MOST_PHRASES: usize = 64;
const MOST_PHRASE_CHARACTERS: usize = 256;
const MOST_LABEL_CHARACTERS: usize = 256;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let recognize = recognize(asking.read()?, asking.version())?;
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::Recognize { connection, resource, recognize }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

fn recognize(request: wire::RecognizeRequest, version: ApiVersion) -> Result<Recognize, ApiError> {
    let mut options = request.recognize_options;
    let (dtmf, speech) = match request.recognize_input_type {
        wire::RecognizeInputType::Dtmf => (Some(collect(options.dtmf_options.take())?), None),
        wire::RecognizeInputType::Choices => {
            let (keys, spoken) = choices(options.choices.take().unwrap_or_default())?;
            let speech = if spoken.is_empty() { None } else { Some(speech(&options, version, spoken)?) };
            ((!keys.is_empty()).then_some(DtmfOptions::Choices(keys)), speech)
        }
        wire::RecognizeInputType::Speech => (None, Some(speech(&options, version, Vec::new())?)),
        wire::RecognizeInputType::SpeechOrDtmf => {
            let keys = collect(options.dtmf_options.take())?;
            (Some(keys), Some(speech(&options, version, Vec::new())?))
        }
    };
    let silence = options.initial_silence_timeout_in_seconds.unwrap_or(INITIAL_SILENCE_SECONDS);
    let silence = validation::within("recognizeOptions.initialSilenceTimeoutInSeconds", silence, 0..=300)?;
    Ok(Recognize {
        target: options.target_participant.0,
        prompts: prompts(request.play_prompt, request.play_prompts)?,
        interrupt_prompt: options.interrupt_prompt.unwrap_or(true),
        interrupt: request.interrupt_call_media_operation.unwrap_or(true),
        initial_silence: Duration::from_secs(silence),
        dtmf,
        speech,
        operation_context: validation::operation_context(request.operation_context)?,
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    })
}

fn speech(
    options: &wire::RecognizeOptions,
    version: ApiVersion,
    choices: Vec<SpokenChoice>,
) -> Result<SpeechOptions, ApiError> {
    let preview = is_preview(version);
    let several = options.speech_languages.as_ref().filter(|_| preview);
    let languages =
        validation::languages("recognizeOptions.speechLanguage", several, options.speech_language.as_ref())?;
    let end_silence = options.speech_options.as_ref().and_then(|options| options.end_silence_timeout_in_ms);
    let end_silence = validation::within(
        "recognizeOptions.speechOptions.endSilenceTimeoutInMs",
        end_silence.unwrap_or(END_SILENCE_MS),
        100..=10_000,
    )?;
    Ok(SpeechOptions {
        languages: languages.unwrap_or_else(|| vec![LANGUAGE.into()]),
        model: validation::model(
            "recognizeOptions.speechRecognitionModelEndpointId",
            options.speech_recognition_model_endpoint_id.clone(),
        )?,
        sentiment: preview && options.enable_sentiment_analysis.unwrap_or(false),
        end_silence: Duration::from_millis(end_silence),
        choices,
    })
}

/// Of the two properties the list counts, unless it is empty.
fn prompts(
    one: Option<wire::PlaySource>,
    list: Option<Vec<wire::PlaySource>>,
) -> Result<Vec<PlaySource>, ApiError> {
    match (list.filter(|list| !list.is_empty()), one) {
        (Some(list), _) => play_source::sources("playPrompts", list),
        (None, Some(one)) => Ok(vec![play_source::one("playPrompt", one)?]),
        (None, None) => Ok(Vec::new()),
    }
}

fn collect(options: Option<wire::DtmfOptions>) -> Result<DtmfOptions, ApiError> {
    let property = |name: &str| format!("recognizeOptions.dtmfOptions.{name}");
    let (max_tones, stop_tones, inter_tone) = match options {
        Some(options) => (
            options.max_tones_to_collect,
            options.stop_tones.unwrap_or_default(),
            options.inter_tone_timeout_in_seconds,
        ),
        None => (None, Vec::new(), None),
    };
    validation::count(&property("stopTones"), &stop_tones, 0..=KEYS)?;
    let inter_tone = inter_tone.unwrap_or(INTER_TONE_SECONDS);
    let inter_tone = validation::within(&property("interToneTimeoutInSeconds"), inter_tone, 1..=60)?;
    let at_most = |most| validation::within(&property("maxTonesToCollect"), most, 1..=MOST_TONES);
    let max_tones = max_tones.map(at_most).transpose()?;
    Ok(DtmfOptions::Collect {
        max_tones: max_tones.map(|most| u32::try_from(most).expect("a thousand fits")),
        stop_tones: stop_tones.into_iter().map(tone).collect(),
        inter_tone: Duration::from_secs(inter_tone),
    })
}

type Keys = Vec<(Tone, Arc<str>)>;

/// By key, and by voice; each choice needs one of them.
fn choices(list: Vec<wire::Choice>) -> Result<(Keys, Vec<SpokenChoice>), ApiError> {
    const PROPERTY: &str = "recognizeOptions.choices";
    validation::count(PROPERTY, &list, 1..=MOST_CHOICES)?;
    let mut taken = BTreeSet::new();
    let (mut keys, mut spoken) = (Vec::new(), Vec::new());
    for (index, choice) in list.into_iter().enumerate() {
        let property = |name: &str| format!("{PROPERTY}[{index}].{name}");
        validation::characters(&property("label"), &choice.label, MOST_LABEL_CHARACTERS)?;
        let phrases = phrases(&property("phrases"), choice.phrases.unwrap_or_default())?;
        if choice.tone.is_none() && phrases.is_empty() {
            return Err(ApiError::invalid(property("phrases"), "a choice needs phrases, a tone, or both"));
        }
        if let Some(key) = choice.tone {
            if !taken.insert(key) {
                return Err(ApiError::invalid(property("tone"), "another choice has the same tone"));
            }
            keys.push((tone(key), Arc::clone(&choice.label)));
        }
        if !phrases.is_empty() {
            spoken.push(SpokenChoice { label: choice.label, phrases });
        }
    }
    Ok((keys, spoken))
}

fn phrases(property: &str, list: Vec<String>) -> Result<Vec<Arc<str>>, ApiError> {
    validation::count(property, &list, 0..=MOST_PHRASES)?;
    for phrase in &list {
        validation::characters(property, phrase, MOST_PHRASE_CHARACTERS)?;
    }
    Ok(list.into_iter().filter(|phrase| !phrase.trim().is_empty()).map(Into::into).collect())
}
