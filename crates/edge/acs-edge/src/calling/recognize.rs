//! Collecting what one participant presses (`POST …:recognize`).
//!
//! Speech is not understood yet: what can only be said is refused, and choices
//! are taken when each of them has a key.

use std::collections::BTreeSet;
use std::time::Duration;

use acs::calling as wire;
use axum::http::StatusCode;
use call_engine::{DtmfOptions, Recognize};
use exchange::Command;
use http_kit::{Answer, ApiError};
use media_plan::PlaySource;

use crate::asking::Asking;
use crate::calling::play_source;
use crate::calling::tone::tone;
use crate::validation;

const INITIAL_SILENCE_SECONDS: i64 = 5;
const INTER_TONE_SECONDS: i64 = 2;
const MOST_TONES: i64 = 1000;
const KEYS: usize = 16;
const MOST_LABEL_CHARACTERS: usize = 256;

pub(crate) async fn handle(asking: Asking) -> Result<Answer, ApiError> {
    let recognize = recognize(asking.read()?)?;
    let (connection, resource) = (asking.connection()?, asking.resource());
    asking.accepted(Command::Recognize { connection, resource, recognize }).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

fn recognize(request: wire::RecognizeRequest) -> Result<Recognize, ApiError> {
    let options = request.recognize_options;
    let dtmf = match request.recognize_input_type {
        wire::RecognizeInputType::Dtmf => collect(options.dtmf_options)?,
        wire::RecognizeInputType::Choices => choices(options.choices.unwrap_or_default())?,
        wire::RecognizeInputType::Speech | wire::RecognizeInputType::SpeechOrDtmf => {
            return Err(no_speech("recognizeInputType"));
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
        operation_context: validation::operation_context(request.operation_context)?,
        callback: validation::operation_callback(request.operation_callback_uri.as_ref())?,
    })
}

fn no_speech(property: &str) -> ApiError {
    let what = "recognition of speech, which this request asks for,";
    ApiError::not_supported(what).about(property)
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

fn choices(list: Vec<wire::Choice>) -> Result<DtmfOptions, ApiError> {
    const PROPERTY: &str = "recognizeOptions.choices";
    validation::count(PROPERTY, &list, 1..=KEYS)?;
    let mut keys = BTreeSet::new();
    let mut choices = Vec::new();
    for (index, choice) in list.into_iter().enumerate() {
        let property = |name: &str| format!("{PROPERTY}[{index}].{name}");
        validation::characters(&property("label"), &choice.label, MOST_LABEL_CHARACTERS)?;
        let key = choice.tone.ok_or_else(|| no_speech(&property("tone")))?;
        if !keys.insert(key) {
            return Err(ApiError::invalid(property("tone"), "another choice has the same tone"));
        }
        choices.push((tone(key), choice.label));
    }
    Ok(DtmfOptions::Choices(choices))
}
