//! The ear that comes with the platform: pocketsphinx listens for a list of choices.
//!
//! It tells choices apart and turns away what is none of them; it takes no dictation. An utterance is
//! decoded when it is over: as any phones at all, as one of the choices or of some decoys, and where a
//! decoy won, as a choice alone. Where phones fit much better than the choice, it was none of them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use media_plan::Grammar;
use tokio::sync::oneshot;

use crate::choices::words;
use crate::decoder_pool::{DecoderPool, Job};
use crate::ear::{
    EAR_FRAME, EAR_RATE_HZ, Ear, EarError, Heard, Hearing, Lender, Opening, Phrase, SpeechToText,
};
use crate::espeak::Espeak;
use crate::lexicon::Lexicon;
use crate::pronunciation;
use crate::sounds::Sound;
use crate::sphinx;

/// Wordings of all choices together.
const MOST_WORDINGS: usize = 300;
/// Words of one wording.
const MOST_WORDS: usize = 12;
/// Pronunciations that are remembered.
const MOST_REMEMBERED: usize = 20_000;
/// Quieter than this is not worth decoding at the end of an utterance.
const AUDIBLE: f64 = 150.0;
/// Frames of the silence after an utterance that are decoded.
const TAIL_FRAMES: usize = 12;

/// What the embedded ear takes on.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedEarLimits {
    /// Threads that decode, each with a decoder of about 60 MB once it was needed.
    pub decoders: usize,
    /// Utterances that wait for one of them.
    pub waiting: usize,
    /// From the end of an utterance to its result.
    pub time: Duration,
    /// The longest utterance; what comes after is not listened to.
    pub utterance: Duration,
    /// How much better any phones may fit than the choice, per frame of speech: the lower, the more is
    /// taken for a choice.
    pub least_score: f64,
}

/// What was measured to be a fair balance (`docs/SPEECH.md`).
pub const LEAST_SCORE: f64 = -45.0;

impl Default for EmbeddedEarLimits {
    fn default() -> Self {
        Self {
            decoders: 2,
            waiting: 64,
            time: Duration::from_secs(8),
            utterance: Duration::from_secs(20),
            least_score: LEAST_SCORE,
        }
    }
}

/// pocketsphinx. Cheap to clone; its threads end with the last clone.
#[derive(Clone)]
pub struct EmbeddedEar(Arc<Inner>);

struct Inner {
    model: PathBuf,
    voice: Espeak,
    limits: EmbeddedEarLimits,
    pool: DecoderPool,
    /// Words, and how they sound; empty where nobody knows.
    known: Mutex<HashMap<String, Vec<String>>>,
}

impl SpeechToText for EmbeddedEar {
    fn check(&self, hearing: &Hearing) -> Result<(), EarError> {
        self.0.check(hearing)
    }

    fn listen(&self, hearing: Hearing) -> Opening {
        let inner = self.0.clone();
        Box::pin(async move {
            inner.check(&hearing)?;
            let lexicon = Arc::new(inner.lexicon(&hearing.grammar).await?);
            let (ear, lender) = Ear::new();
            tokio::spawn(inner.attend(lexicon, lender));
            Ok(ear)
        })
    }
}

impl EmbeddedEar {
    /// The ear with the model in this folder (Debian: `/usr/share/pocketsphinx/model/en-us`); `voice`
    /// knows how names are said.
    pub fn new(model: &Path, voice: Espeak, limits: EmbeddedEarLimits) -> Self {
        let pool = DecoderPool::new(model, limits.decoders, limits.waiting);
        let known = Mutex::default();
        Self(Arc::new(Inner { model: model.to_owned(), voice, limits, pool, known }))
    }

    /// Whether it can listen; for a clear word at the start instead of at the first call.
    pub fn check_installed(&self) -> Result<(), EarError> {
        sphinx::check(&self.0.model)
    }
}

impl Inner {
    fn check(&self, hearing: &Hearing) -> Result<(), EarError> {
        let Grammar::Choices(choices) = &hearing.grammar else { return Err(EarError::FreeSpeech) };
        match hearing.listening.languages.as_slice() {
            [] => {}
            [only] if only.to_ascii_lowercase().split('-').next() == Some("en") => {}
            [other] => return Err(EarError::Language((&**other).into())),
            several => return Err(EarError::Languages(several.len())),
        }
        if choices.iter().map(Vec::len).sum::<usize>() > MOST_WORDINGS {
            return Err(EarError::Choices("they have more than 300 wordings"));
        }
        sphinx::check(&self.model)
    }

    async fn lexicon(&self, grammar: &Grammar) -> Result<Lexicon, EarError> {
        let Grammar::Choices(choices) = grammar else { return Err(EarError::FreeSpeech) };
        let mut wordings = Vec::new();
        for (position, choice) in choices.iter().enumerate() {
            for wording in choice {
                let words = words(wording);
                if words.len() > MOST_WORDS {
                    return Err(EarError::Choices("a wording has more than 12 words"));
                }
                if !words.is_empty() {
                    let position =
                        u16::try_from(position).map_err(|_| EarError::Choices("there are too many"))?;
                    wordings.push((words, position));
                }
            }
        }
        if wordings.is_empty() {
            return Err(EarError::Choices("there are none that could be said"));
        }
        let needed: HashSet<String> = wordings.iter().flat_map(|(words, _)| words.iter().cloned()).collect();
        let decoys = crate::lexicon::decoys();
        let sounds = self.sounds(needed.into_iter().chain(decoys).collect()).await?;
        Lexicon::new(wordings, &sounds).ok_or(EarError::Choices("none of them can be said in English"))
    }

    /// How words sound. What is in no dictionary, the voice is asked for.
    async fn sounds(&self, words: HashSet<String>) -> Result<HashMap<String, Vec<String>>, EarError> {
        let missing: HashSet<String> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            words.iter().filter(|word| !known.contains_key(*word)).cloned().collect()
        };
        let found = if missing.is_empty() { HashMap::new() } else { self.find(missing).await? };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let sound = |word: String| {
            let said = found.get(&word).or_else(|| known.get(&word)).cloned();
            said.map(|said| (word, said))
        };
        let sounds = words.into_iter().filter_map(sound).collect();
        if known.len() + found.len() > MOST_REMEMBERED {
            known.clear();
        }
        known.extend(found);
        Ok(sounds)
    }

    async fn find(&self, missing: HashSet<String>) -> Result<HashMap<String, Vec<String>>, EarError> {
        let model = self.model.clone();
        let looked = tokio::task::spawn_blocking(move || {
            pronunciation::look_up(&model, &missing).map(|found| (found, missing))
        });
        let (mut found, missing) = looked.await.map_err(|_| EarError::Closed)??;
        let unknown: Vec<String> = missing.into_iter().filter(|word| !found.contains_key(word)).collect();
        for word in unknown {
            let spelled = self.voice.phonemes("en-us", &word).await.ok();
            let phones = spelled.as_deref().and_then(pronunciation::phones_of);
            found.insert(word, phones.into_iter().collect());
        }
        Ok(found)
    }

    /// Takes in an utterance, has it decoded and says what it was.
    async fn attend(self: Arc<Self>, lexicon: Arc<Lexicon>, mut lender: Lender) {
        let most = self.limits.utterance.as_millis() as usize * EAR_RATE_HZ as usize / 1_000;
        let mut samples: Vec<i16> = Vec::new();
        while let Some(sound) = lender.sound.next().await {
            let room = most.saturating_sub(samples.len());
            match sound {
                Sound::Frame(frame) => samples.extend_from_slice(&frame[..room.min(EAR_FRAME)]),
                Sound::Lost(frames) => {
                    let lost = (frames as usize).saturating_mul(EAR_FRAME);
                    samples.resize(samples.len() + room.min(lost), 0);
                }
            }
        }
        if lender.heard.is_closed() {
            return;
        }
        let answer = self.decode(lexicon, samples).await.map(Heard::Final);
        // Whoever does not want to know any more has gone.
        let _ = lender.heard.send(answer).await;
    }

    async fn decode(&self, lexicon: Arc<Lexicon>, mut samples: Vec<i16>) -> Result<Phrase, EarError> {
        cut_tail(&mut samples);
        let (answer, answered) = oneshot::channel();
        let least_score = self.limits.least_score;
        self.pool.submit(Job { lexicon, samples, least_score, answer }).await?;
        match tokio::time::timeout(self.limits.time, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(EarError::Closed),
            Err(_) => Err(EarError::Timeout),
        }
    }
}

/// Leaves a quarter of a second of the silence at the end.
fn cut_tail(samples: &mut Vec<i16>) {
    let audible = |frame: &[i16]| codec::goertzel::rms(frame) > AUDIBLE;
    let frames = samples.chunks(EAR_FRAME);
    let last = frames.rev().position(audible);
    if let Some(silent) = last {
        let keep = samples.len().div_ceil(EAR_FRAME) - silent + TAIL_FRAMES;
        samples.truncate(keep * EAR_FRAME);
    }
}
