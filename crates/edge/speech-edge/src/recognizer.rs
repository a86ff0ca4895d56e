//! Waiting for one utterance of one speaker: the keeper of taps whose purpose is to recognize.
//!
//! It hears the beginning of speech itself, frame by frame, so that a prompt stops at once; only then
//! an ear is asked for, and what was heard before it is ready waits for it. The end of speech is heard
//! here too, by the silence that the application asked for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use media_edge::{TapFeed, TapKeeper, TapReports, What};
use media_plan::{Grammar, Purpose, Recognition, TapEnd, TapReport, Understood};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::activity::{SpeechChange, VoiceActivity};
use crate::choices::choice_of;
use crate::ear::{EAR_FRAME, Ear, EarError, Heard, Hearing, Opening, Phrase, Span, SpeechToText};
use crate::mind::Mind;

/// What was heard before speech was noticed belongs to it: 400 ms; of choices 200 ms, because in a short word more
/// silence than speech is heard, and is taken for what a voice is like.
const BEFORE_SPEECH: usize = 20;
const BEFORE_CHOICE: usize = 10;
/// Shorter sounds are no words: 80 ms.
const LEAST_SPEECH: u32 = 4;
/// Frames that wait until an ear is ready: ten seconds.
const MOST_WAITING: usize = 500;
/// The longest utterance.
const LONGEST_CHOICE: Duration = Duration::from_secs(20);
const LONGEST_SPEECH: Duration = Duration::from_secs(60);
/// From the end of the sound to the words.
const PATIENCE: Duration = Duration::from_secs(15);

/// What all recognizers together take on.
#[derive(Clone, Copy, Debug)]
pub struct RecognizerLimits {
    /// Recognitions at the same time; more are refused.
    pub at_once: usize,
}

impl Default for RecognizerLimits {
    fn default() -> Self {
        Self { at_once: 4_000 }
    }
}

/// Keeps taps that wait for an utterance; others it refuses.
pub struct Recognizers {
    ears: Arc<dyn SpeechToText>,
    mind: Arc<Mind>,
    runtime: Handle,
    room: Arc<Semaphore>,
}

impl Recognizers {
    /// Listens with `ears`, on `runtime`.
    pub fn new(
        ears: Arc<dyn SpeechToText>,
        mind: Arc<Mind>,
        runtime: Handle,
        limits: RecognizerLimits,
    ) -> Self {
        Self { ears, mind, runtime, room: Arc::new(Semaphore::new(limits.at_once)) }
    }
}

impl TapKeeper for Recognizers {
    fn begin(&self, mut feed: TapFeed) {
        let Purpose::Recognize(recognition) = feed.tap.purpose.clone() else {
            feed.reports.tell(TapReport::Ended(TapEnd::NoProvider));
            return;
        };
        let Ok(turn) = self.room.clone().try_acquire_owned() else {
            tracing::warn!(call.id = %feed.call, "as many recognitions as allowed are under way");
            feed.reports.tell(TapReport::Ended(TapEnd::Full));
            return;
        };
        let (ears, mind) = (self.ears.clone(), self.mind.clone());
        self.runtime.spawn(async move {
            let mut recognizing = Recognizing::new(recognition, ears);
            let call = feed.call;
            match recognizing.run(&mut feed).await {
                Ok(Some(phrase)) => {
                    let understood = understood(phrase, &recognizing.recognition, &mind).await;
                    feed.reports.tell(TapReport::Understood(understood));
                }
                Ok(None) => {}
                Err(error) => {
                    match error {
                        EarError::NoChoice | EarError::NotUnderstood => {
                            tracing::debug!(call.id = %call, reason = %error, "nothing was recognized");
                        }
                        _ => tracing::warn!(call.id = %call, reason = %error, "speech is not recognized"),
                    }
                    feed.reports.tell(TapReport::Ended(error.end()));
                }
            }
            drop(turn);
        });
    }
}

struct Recognizing {
    recognition: Recognition,
    ears: Arc<dyn SpeechToText>,
    activity: VoiceActivity,
    started: bool,
    /// What waits for an ear; before anybody speaks, the newest of it.
    waiting: VecDeque<[i16; EAR_FRAME]>,
    /// Frames since speech began.
    spoken: usize,
}

/// Where an utterance is.
enum Stage {
    Quiet,
    Opening(Opening),
    Listening(Ear),
    Deciding(Ear),
}

impl Recognizing {
    fn new(recognition: Recognition, ears: Arc<dyn SpeechToText>) -> Self {
        let activity = VoiceActivity::new(recognition.end_silence_ms.clamp(100, 10_000));
        Self { recognition, ears, activity, started: false, waiting: VecDeque::new(), spoken: 0 }
    }

    /// Until something was said; `None` when the tap was ended before.
    async fn run(&mut self, feed: &mut TapFeed) -> Result<Option<Phrase>, EarError> {
        self.ears.check(&self.hearing())?;
        feed.reports.tell(TapReport::Started);
        let mut stage = Stage::Quiet;
        let mut heard: Vec<Phrase> = Vec::new();
        loop {
            stage = match stage {
                Stage::Quiet => {
                    if !feed.sound.ready().await {
                        return Ok(None);
                    }
                    let ends = self.take(feed);
                    match (self.spoken > 0, ends) {
                        (true, true) => return Err(EarError::NotUnderstood),
                        (true, false) => Stage::Opening(self.ears.listen(self.hearing())),
                        (false, _) => Stage::Quiet,
                    }
                }
                Stage::Opening(mut opening) => tokio::select! {
                    opened = &mut opening => {
                        let mut ear = opened?;
                        for frame in self.waiting.drain(..) {
                            ear.hear(&frame);
                        }
                        Stage::Listening(ear)
                    }
                    more = feed.sound.ready() => {
                        if !more {
                            return Ok(None);
                        }
                        if self.take(feed) {
                            let mut ear = tokio::time::timeout(PATIENCE, opening).await.map_err(|_| EarError::Timeout)??;
                            for frame in self.waiting.drain(..) {
                                ear.hear(&frame);
                            }
                            ear.finish();
                            Stage::Deciding(ear)
                        } else {
                            Stage::Opening(opening)
                        }
                    }
                },
                Stage::Listening(mut ear) => tokio::select! {
                    said = ear.next() => match said {
                        Some(said) => {
                            heard.extend(phrase_of(said?));
                            Stage::Listening(ear)
                        }
                        None => return self.decide(heard),
                    },
                    more = feed.sound.ready() => {
                        if !more {
                            return Ok(None);
                        }
                        let ends = self.take(feed);
                        for frame in self.waiting.drain(..) {
                            ear.hear(&frame);
                        }
                        if ends {
                            ear.finish();
                            Stage::Deciding(ear)
                        } else {
                            Stage::Listening(ear)
                        }
                    }
                },
                Stage::Deciding(mut ear) => {
                    let rest = async {
                        while let Some(said) = ear.next().await {
                            heard.extend(phrase_of(said?));
                        }
                        Ok(())
                    };
                    tokio::time::timeout(PATIENCE, rest).await.map_err(|_| EarError::Timeout)??;
                    return self.decide(heard);
                }
            };
        }
    }

    /// Takes what there is to hear; true when the utterance is over.
    fn take(&mut self, feed: &mut TapFeed) -> bool {
        let (sound, reports) = (&mut feed.sound, &mut feed.reports);
        let mut ends = false;
        while !ends
            && sound.take(|heard| {
                if let What::Voice(_, samples) = heard.what {
                    ends = self.hear(samples.unwrap_or(&[0; EAR_FRAME]), reports);
                }
            })
        {}
        ends
    }

    /// One frame; true when the utterance is over.
    fn hear(&mut self, frame: &[i16; EAR_FRAME], reports: &mut TapReports) -> bool {
        let room = match (self.spoken, &self.recognition.grammar) {
            (0, Grammar::Choices(_)) => BEFORE_CHOICE,
            (0, Grammar::Free) => BEFORE_SPEECH,
            _ => MOST_WAITING,
        };
        while self.waiting.len() >= room {
            self.waiting.pop_front();
        }
        self.waiting.push_back(*frame);
        if self.spoken > 0 {
            self.spoken += 1;
        }
        match self.activity.hear(frame) {
            Some(SpeechChange::Started(_)) => {
                self.spoken = self.spoken.max(1);
                if !std::mem::replace(&mut self.started, true) {
                    reports.tell(TapReport::SpeechStarted);
                }
            }
            Some(SpeechChange::Ended(active)) if active >= LEAST_SPEECH || self.spoken > LONG_ENOUGH => {
                return true;
            }
            // A click: there is more to come.
            Some(SpeechChange::Ended(_)) | None => {}
        }
        let longest = match self.recognition.grammar {
            Grammar::Free => LONGEST_SPEECH,
            Grammar::Choices(_) => LONGEST_CHOICE,
        };
        self.spoken >= longest.as_millis() as usize / 20
    }

    fn hearing(&self) -> Hearing {
        let phrases = match &self.recognition.grammar {
            Grammar::Free => Vec::new(),
            Grammar::Choices(choices) => choices.iter().flatten().take(500).cloned().collect(),
        };
        Hearing {
            listening: self.recognition.listening.clone(),
            grammar: self.recognition.grammar.clone(),
            phrases,
            partials: false,
            span: Span::Utterance,
            end_silence: Duration::from_millis(self.recognition.end_silence_ms.into()),
        }
    }

    /// What all that was said comes to.
    fn decide(&self, heard: Vec<Phrase>) -> Result<Option<Phrase>, EarError> {
        let texts: Vec<&str> =
            heard.iter().map(|phrase| phrase.text.trim()).filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            return Err(EarError::NotUnderstood);
        }
        let text: Arc<str> = texts.join(" ").into();
        let told = heard.iter().find_map(|phrase| phrase.choice);
        let choice = match &self.recognition.grammar {
            Grammar::Free => None,
            grammar @ Grammar::Choices(_) => {
                Some(told.or_else(|| choice_of(grammar, &text)).ok_or(EarError::NoChoice)?)
            }
        };
        let confidence_ppm = heard.iter().map(|phrase| phrase.confidence_ppm).min().unwrap_or_default();
        let language = heard.iter().find_map(|phrase| phrase.language.clone());
        Ok(Some(Phrase { text, confidence_ppm, choice, language, ..Phrase::default() }))
    }
}

async fn understood(phrase: Phrase, recognition: &Recognition, mind: &Mind) -> Understood {
    let sentiment = match recognition.listening.sentiment {
        true => Some(mind.sentiment(&phrase.text).await),
        false => None,
    };
    Understood {
        text: phrase.text,
        confidence_ppm: phrase.confidence_ppm,
        choice: phrase.choice,
        language: phrase.language,
        sentiment,
    }
}

/// So many frames after the first sound an utterance is over even if it was only clicks: two seconds.
const LONG_ENOUGH: usize = 100;

fn phrase_of(heard: Heard) -> Option<Phrase> {
    match heard {
        Heard::Final(phrase) => Some(phrase),
        Heard::SpeechStarted(_) | Heard::Partial(_) | Heard::SpeechEnded(_) => None,
    }
}
