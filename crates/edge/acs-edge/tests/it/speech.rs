//! Recognizing what is said: choices, free speech, and keys beside it.

use std::time::Duration;

use call_engine::{DtmfOptions, Recognize};
use exchange::Command;
use media_plan::Tone;
use serde_json::{Value, json};

use crate::surface::{CONNECTION, Surface, signed_target};

fn body(kind: &str, mut options: Value) -> Value {
    options["targetParticipant"] = json!({ "rawId": "4:+14255550199" });
    json!({ "recognizeInputType": kind, "recognizeOptions": options })
}

async fn recognize(surface: &Surface, body: Value) -> Recognize {
    assert_eq!(surface.on_call(":recognize", body).await.status, 202);
    let mut asked = surface.asked();
    let Some(Command::Recognize { recognize, .. }) = asked.pop() else { panic!("{asked:?}") };
    recognize
}

#[track_caller]
fn refused(answer: &crate::surface::Answered, property: &str) {
    assert_eq!(answer.refusal(), "400/8523");
    assert_eq!(answer.body["error"]["target"], format!("recognizeOptions.{property}"));
}

#[tokio::test]
async fn choices_are_said_or_pressed() {
    let surface = Surface::new();
    let choices = json!([
        { "label": "Yes", "phrases": ["yes", "ya"], "tone": "one" },
        { "label": "No", "phrases": ["no"] },
        { "label": "Maybe", "tone": "two" },
    ]);
    let asked =
        recognize(&surface, body("choices", json!({ "choices": choices, "speechLanguage": "de-DE" }))).await;
    let keys = vec![(Tone::One, "Yes".into()), (Tone::Two, "Maybe".into())];
    assert_eq!(asked.dtmf, Some(DtmfOptions::Choices(keys)));
    let speech = asked.speech.expect("two of them can be said");
    let labels: Vec<&str> = speech.choices.iter().map(|choice| &*choice.label).collect();
    assert_eq!((labels, speech.choices[0].phrases.len()), (vec!["Yes", "No"], 2));
    assert_eq!(speech.languages, ["de-DE".into()]);

    let keys_only = json!([{ "label": "Yes", "phrases": [], "tone": "one" }]);
    let asked = recognize(&surface, body("choices", json!({ "choices": keys_only }))).await;
    assert_eq!(asked.speech, None);
}

#[tokio::test]
async fn choices_that_make_no_sense_are_refused() {
    let surface = Surface::new();
    let on = async |choices: Value| {
        surface.on_call(":recognize", body("choices", json!({ "choices": choices }))).await
    };
    let same = json!([{ "label": "A", "tone": "one" }, { "label": "B", "tone": "one" }]);
    refused(&on(same).await, "choices[1].tone");
    refused(&on(json!([])).await, "choices");
    refused(&on(json!([{ "label": "A" }])).await, "choices[0].phrases");
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn speech_is_read_as_the_request_says() {
    let surface = Surface::new();
    let asked = recognize(&surface, body("speech", json!({}))).await;
    assert_eq!(asked.dtmf, None);
    let speech = asked.speech.expect("speech counts");
    assert_eq!((speech.languages, speech.end_silence), (vec!["en-US".into()], Duration::from_millis(500)));

    let options = json!({
        "speechOptions": { "endSilenceTimeoutInMs": 2000 },
        "speechRecognitionModelEndpointId": "model-1",
        "dtmfOptions": { "maxTonesToCollect": 1 },
        "enableSentimentAnalysis": true,
        "speechLanguages": ["en-US", "es-ES"],
    });
    let asked = recognize(&surface, body("speechOrDtmf", options)).await;
    assert!(asked.dtmf.is_some());
    let speech = asked.speech.expect("speech counts");
    assert_eq!(speech.end_silence, Duration::from_secs(2));
    assert_eq!(speech.model.as_deref(), Some("model-1"));
    assert!(!speech.sentiment && speech.languages.len() == 1, "only the preview knows these");

    for milliseconds in [0, 99, 10_001] {
        let options = json!({ "speechOptions": { "endSilenceTimeoutInMs": milliseconds } });
        let answer = surface.on_call(":recognize", body("speech", options)).await;
        refused(&answer, "speechOptions.endSilenceTimeoutInMs");
    }
    let answer = surface.on_call(":recognize", body("speech", json!({ "speechLanguage": "klingon!" }))).await;
    refused(&answer, "speechLanguage");
}

#[tokio::test]
async fn several_languages_and_moods_are_for_the_preview() {
    let surface = Surface::new();
    let options = json!({ "speechLanguages": ["en-US", "es-ES"], "enableSentimentAnalysis": true });
    let target = format!("/calling/callConnections/{CONNECTION}:recognize?api-version=2025-08-15-preview");
    let body = body("speech", options).to_string();
    assert_eq!(surface.send(signed_target("POST", &target, body.as_bytes())).await.status, 202);
    let asked = surface.asked();
    let [Command::Recognize { recognize, .. }] = &asked[..] else { panic!("{asked:?}") };
    let speech = recognize.speech.as_ref().expect("speech counts");
    assert!(speech.sentiment);
    assert_eq!(speech.languages, ["en-US".into(), "es-ES".into()]);
}
