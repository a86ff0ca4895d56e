//! A voice of one's own, run by the real ONNX Runtime. Its model is a toy that sounds as its phonemes are numbered.

use std::path::{Path, PathBuf};

use codec::{Pcm, goertzel};
use speech_edge::{Espeak, ModelError, NeuralVoice, Speech, SpeechError, TextToSpeech};

use crate::onnx_model::{RATE_HZ, SAMPLES, model};
use crate::speaking::{said, ssml, text};

const ALL: [&str; 3] = ["input", "input_lengths", "scales"];

/// A voice that knows three phonemes: `m` is 600 Hz, `s` 800 Hz, `i` 1,000 Hz. Marks are silent.
fn json(length_scale: f32) -> String {
    format!(
        r#"{{ "audio": {{ "sample_rate": {RATE_HZ} }}, "espeak": {{ "voice": "en-us" }}, "phoneme_type": "espeak",
        "inference": {{ "noise_scale": 9.0, "length_scale": {length_scale}, "noise_w": 9.0 }}, "num_speakers": 1,
        "phoneme_id_map": {{ "_": [0], "^": [0], "$": [0], "m": [60], "s": [80], "i": [100] }} }}"#
    )
}

/// The library that `scripts/install test` fetches.
fn runtime() -> PathBuf {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.make/onnxruntime/libonnxruntime.so");
    assert!(library.exists(), "the ONNX Runtime is not there: run scripts/install test");
    library
}

fn written(name: &str, model: &[u8], json: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ringdown-voice-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("voice.onnx");
    std::fs::write(&file, model).unwrap();
    std::fs::write(folder.join("voice.onnx.json"), json).unwrap();
    file
}

fn voice(name: &str, json: &str) -> NeuralVoice {
    NeuralVoice::load(&runtime(), &written(name, &model(&ALL), json), Espeak::default()).unwrap()
}

/// The tone of each phoneme of a speech; 0 for silence.
fn tones(sound: &Pcm) -> Vec<u32> {
    let tone = |piece: &[i16]| {
        let heard = |hertz: &u32| goertzel::share(piece, RATE_HZ, f64::from(*hertz)) > 0.9;
        [200, 600, 800, 1_000, 1_200, 2_000].into_iter().find(heard).unwrap_or_default()
    };
    assert_eq!(sound.samples.len() % SAMPLES, 0);
    sound.samples.chunks(SAMPLES).map(tone).collect()
}

#[tokio::test]
async fn what_is_heard_depends_on_what_is_said() {
    let voice = voice("says", &json(1.0));
    let me = said(&voice, text("me")).await.unwrap();
    assert_eq!(me.rate_hz, RATE_HZ);
    // A beginning, the sounds with a pad behind each, an end.
    assert_eq!(tones(&me), [0, 600, 0, 1_000, 0, 0]);
    assert_eq!(tones(&said(&voice, text("See!")).await.unwrap()), [0, 800, 0, 1_000, 0, 0]);
    let document = ssml("<speak>me <emphasis>see</emphasis></speak>");
    assert_eq!(tones(&said(&voice, document).await.unwrap()), [0, 600, 0, 1_000, 0, 800, 0, 1_000, 0, 0]);
    let loudest = me.samples.iter().map(|sample| sample.unsigned_abs()).max();
    assert!(loudest > Some(32_000), "{loudest:?}");
}

#[tokio::test]
async fn the_scales_of_the_voice_reach_the_model_in_their_order() {
    let voice = voice("scales", &json(2.0));
    assert_eq!(tones(&said(&voice, text("me")).await.unwrap()), [0, 1_200, 0, 2_000, 0, 0]);
}

#[tokio::test]
async fn the_name_of_a_speaker_chooses_who_speaks() {
    let json = json(1.0).replace(
        "\"num_speakers\": 1",
        "\"num_speakers\": 2, \"speaker_id_map\": { \"anna\": 0, \"ben\": 1 }",
    );
    let model = model(&["input", "input_lengths", "scales", "sid"]);
    let file = written("speaker", &model, &json);
    let voice = NeuralVoice::load(&runtime(), &file, Espeak::default()).unwrap();
    assert_eq!(tones(&said(&voice, text("me")).await.unwrap()), [0, 600, 0, 1_000, 0, 0]);
    let ben = Speech { voice_name: Some("ben".into()), ..text("me") };
    // His marks are not silent.
    assert_eq!(tones(&said(&voice, ben).await.unwrap()), [200, 800, 200, 1_200, 200, 200]);
}

#[tokio::test]
async fn each_sentence_is_heard_when_it_is_made() {
    let mut spoken = voice("sentences", &json(1.0)).speak(text("Me. See. Me.")).await.unwrap();
    assert_eq!(tones(&spoken.next().await.unwrap().unwrap()), [0, 600, 0, 1_000, 0, 0]);
    assert_eq!(tones(&spoken.next().await.unwrap().unwrap()), [0, 800, 0, 1_000, 0, 0]);
    assert_eq!(tones(&spoken.whole().await.unwrap()).len(), 6);
}

#[tokio::test]
async fn a_language_that_the_voice_does_not_speak_is_spoken_by_the_embedded_one() {
    let voice = voice("language", &json(1.0));
    let german = Speech { locale: Some("de-DE".into()), ..text("Guten Morgen") };
    let other = said(&voice, german.clone()).await.unwrap();
    assert_eq!(other, said(&Espeak::default(), german).await.unwrap());
    let british = Speech { locale: Some("en-GB".into()), voice_name: Some("anna".into()), ..text("me") };
    assert_eq!(tones(&said(&voice, british).await.unwrap()), [0, 600, 0, 1_000, 0, 0]);
}

#[tokio::test]
async fn nothing_and_too_much_are_refused() {
    let voice = voice("limits", &json(1.0));
    assert_eq!(said(&voice, text(" ... ")).await, Err(SpeechError::Empty));
    assert_eq!(
        said(&voice, text(&"a".repeat(16_001))).await,
        Err(SpeechError::TooManyWords { limit: 16_000 })
    );
    assert!(matches!(said(&voice, ssml("<speak>")).await, Err(SpeechError::Ssml(_))));
}

#[tokio::test]
async fn a_model_that_fails_while_it_speaks_fails_the_speech() {
    // It reads a fifth scale, and there are three.
    let mut broken = model(&ALL);
    let five = broken.windows(8).rposition(|bytes| bytes == 1_i64.to_le_bytes()).unwrap();
    broken[five] = 5;
    let file = written("fails", &broken, &json(1.0));
    let voice = NeuralVoice::load(&runtime(), &file, Espeak::default()).unwrap();
    assert_eq!(said(&voice, text("me")).await, Err(SpeechError::Failed));
}

#[tokio::test]
async fn what_is_no_voice_of_this_layout_says_why() {
    let refused = |name: &str, model: &[u8], json: &str| {
        let file = written(name, model, json);
        let error = NeuralVoice::load(&runtime(), &file, Espeak::default()).unwrap_err();
        assert!(matches!(error, ModelError::Model { .. }), "{error}");
        error.to_string()
    };
    assert!(refused("garbage", b"no model", &json(1.0)).contains("voice.onnx: "));
    assert!(refused("json", &model(&ALL), "{").contains("voice.onnx.json: "));
    let speakers = model(&["input", "input_lengths", "scales", "sid"]);
    assert!(refused("speakers", &speakers, &json(1.0)).contains("input, input_lengths, scales, sid"));
    let missing = NeuralVoice::load(&runtime(), Path::new("/nowhere/voice.onnx"), Espeak::default());
    assert!(missing.unwrap_err().to_string().contains("/nowhere/voice.onnx.json"));
}
