//! A voice of one's own: a neural model of Piper's layout, in this process.
//!
//! espeak-ng says how the words sound, the model speaks them, sentence by sentence: the first is heard while the next is
//! made.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use codec::Pcm;
use tokio::sync::Semaphore;

use crate::espeak::Espeak;
use crate::onnx::{Input, Model, ModelError};
use crate::piper::{PiperVoice, Spelling, sentences};
use crate::spoken::{Mouth, Spoken};
use crate::ssml;
use crate::text_to_speech::{MOST_CHARACTERS, Speaking, Speech, SpeechError, TextToSpeech, Words};
use crate::voice::language_of_name;

/// The longest speech.
const LONGEST: Duration = Duration::from_secs(600);
/// For one sentence, and whoever waits before it.
const TIME: Duration = Duration::from_secs(20);
/// Speeches at the same time; others wait.
const AT_ONCE: usize = 4;

/// Such a voice. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NeuralVoice(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    model: Model,
    voice: PiperVoice,
    espeak: Espeak,
    turns: Semaphore,
}

impl NeuralVoice {
    /// The voice in this `.onnx` file, with its `.onnx.json` beside it; `runtime` is the library of the ONNX Runtime,
    /// a path or a name that is searched for. `espeak` says how words sound, and speaks languages that the voice does
    /// not. Takes as long as it takes to read the model.
    ///
    /// # Errors
    /// When the runtime, the model or the file beside it cannot be used; says what to do.
    pub fn load(runtime: &Path, file: &Path, espeak: Espeak) -> Result<Self, ModelError> {
        let mut beside = file.as_os_str().to_owned();
        beside.push(".json");
        let beside = PathBuf::from(beside);
        let json = std::fs::read(&beside).map_err(|error| ModelError::of(&beside, error))?;
        let voice = PiperVoice::read(&json).map_err(|reason| ModelError::of(&beside, reason))?;
        let model = Model::load(runtime, file)?;
        let inputs = model.inputs();
        let takes = |name: &str| inputs.iter().any(|input| input == name);
        if !["input", "input_lengths", "scales"].into_iter().all(takes)
            || takes("sid") != voice.speaker(None).is_some()
        {
            let reason = format!("it takes {}, which is not how Piper's voices are asked", inputs.join(", "));
            return Err(ModelError::of(file, reason));
        }
        Ok(Self(Arc::new(Inner { model, voice, espeak, turns: Semaphore::new(AT_ONCE) })))
    }

    /// Whether it speaks what is asked for.
    fn speaks(&self, speech: &Speech) -> bool {
        let Some(own) = self.0.voice.language() else { return true };
        let of_document = match &speech.words {
            Words::Ssml(text) => ssml::read(text).ok().and_then(|document| document.language),
            Words::Text(_) => None,
        };
        let locale = speech.locale.as_deref().or(of_document.as_deref()).map(str::to_ascii_lowercase);
        let asked = locale.or_else(|| speech.voice_name.as_deref().and_then(language_of_name));
        asked.is_none_or(|language| language.split('-').next() == Some(own))
    }
}

impl TextToSpeech for NeuralVoice {
    fn speak(&self, speech: Speech) -> Speaking {
        if !self.speaks(&speech) {
            return self.0.espeak.speak(speech);
        }
        let inner = self.0.clone();
        Box::pin(Spoken::begin(|mouth| inner.speak(speech, mouth)))
    }
}

impl Inner {
    async fn speak(self: Arc<Self>, speech: Speech, mouth: Mouth) -> Result<(), SpeechError> {
        let (Words::Text(written) | Words::Ssml(written)) = &speech.words;
        if written.chars().count() > MOST_CHARACTERS {
            return Err(SpeechError::TooManyWords { limit: MOST_CHARACTERS });
        }
        let text = match &speech.words {
            Words::Text(text) => text.to_string(),
            Words::Ssml(document) => ssml::read(document)?.plain,
        };
        let name = speech.service.custom_voice.as_deref().or(speech.voice_name.as_deref());
        let speaker = self.voice.speaker(name);
        let most = LONGEST.as_secs() * u64::from(self.voice.rate_hz());
        let mut said = 0;
        for (sentence, end) in sentences(&text) {
            let making = self.clone().say(sentence, end, speaker);
            let part = tokio::time::timeout(TIME, making).await.unwrap_or(Err(SpeechError::TooSlow(TIME)))?;
            said += part.samples.len() as u64;
            if said > most {
                return Err(SpeechError::TooLong(LONGEST));
            }
            mouth.say(part).await;
        }
        Ok(())
    }

    async fn say(
        self: Arc<Self>,
        sentence: String,
        end: char,
        speaker: Option<i64>,
    ) -> Result<Pcm, SpeechError> {
        let _turn = self.turns.acquire().await.map_err(|_| SpeechError::Failed)?;
        let phonemes = match self.voice.spelling() {
            Spelling::Sounds(voice) => self.espeak.phonemes(voice, &sentence).await?,
            Spelling::Letters => sentence.to_lowercase(),
        };
        let ids = self.voice.ids(&phonemes, end);
        let inner = self.clone();
        let made = tokio::task::spawn_blocking(move || inner.run(ids, speaker)).await;
        match made {
            Ok(Ok(samples)) => Ok(Pcm { rate_hz: self.voice.rate_hz(), samples: loud(&samples) }),
            Ok(Err(error)) => Err(failed(&error)),
            Err(error) => Err(failed(&error)),
        }
    }

    fn run(&self, ids: Vec<i64>, speaker: Option<i64>) -> Result<Vec<f32>, ort::Error> {
        let length = Input::Whole(vec![ids.len() as i64]);
        let mut inputs = vec![
            ("input", Input::Row(ids)),
            ("input_lengths", length),
            ("scales", Input::Real(self.voice.scales())),
        ];
        inputs.extend(speaker.map(|speaker| ("sid", Input::Whole(vec![speaker]))));
        self.model.run(inputs)
    }
}

/// Samples whose loudest is as loud as can be, as Piper has them.
fn loud(samples: &[f32]) -> Vec<i16> {
    let loudest = samples
        .iter()
        .filter(|sample| sample.is_finite())
        .fold(0.01_f32, |most, sample| most.max(sample.abs()));
    let gain = f32::from(i16::MAX) / loudest;
    // What is no number becomes silence.
    samples.iter().map(|sample| (sample * gain) as i16).collect()
}

fn failed(why: &dyn std::fmt::Display) -> SpeechError {
    tracing::warn!(reason = %why, "the neural voice failed");
    SpeechError::Failed
}
