//! An ear for each who speaks.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use identifier::{CommunicationIdentifier, LegId};
use media_edge::TapSamples;
use media_plan::{Grammar, Transcription};
use speech_edge::{Ear, EarError, FRAME_TICKS, Heard, Hearing, Opening, Span, SpeechToText};

use crate::transcript_frames::Said;

/// Frames that wait until an ear is ready: five seconds.
const MOST_WAITING: usize = 250;
/// A silence of half a second ends what is said.
const END_SILENCE: std::time::Duration = std::time::Duration::from_millis(500);

/// Who is heard on which leg.
type Voices = BTreeMap<LegId, CommunicationIdentifier>;

/// All ears of a transcript.
pub(crate) struct Speakers {
    ears: Arc<dyn SpeechToText>,
    hearing: Hearing,
    /// Who is in the call.
    present: BTreeMap<LegId, Arc<str>>,
    /// Opened before anybody speaks, to know that there are ears; for the first who does.
    spare: Option<State>,
    speaking: BTreeMap<LegId, Speaker>,
    /// What goes on to be said by those whose ears are not listened with any more.
    leaving: Vec<Speaker>,
}

struct Speaker {
    who: Arc<str>,
    state: State,
    /// The frame with which the ear begins.
    begin: u64,
    /// The frame that comes next.
    next: u64,
}

enum State {
    Opening { opening: Opening, waiting: VecDeque<TapSamples>, is_over: bool },
    Open(Ear),
}

impl Speakers {
    pub(crate) fn new(ears: Arc<dyn SpeechToText>, transcription: &Transcription, voices: &Voices) -> Self {
        let mut speakers = Self {
            ears,
            hearing: hearing(transcription),
            present: names(voices),
            spare: None,
            speaking: BTreeMap::new(),
            leaving: Vec::new(),
        };
        speakers.spare = Some(speakers.open());
        speakers
    }

    /// Whether the first ear is ready, so that all others may be.
    pub(crate) async fn ready(&mut self) -> Result<(), EarError> {
        if let Some(State::Opening { opening, .. }) = &mut self.spare {
            let ear = opening.await?;
            self.spare = Some(State::Open(ear));
        }
        Ok(())
    }

    /// Others shall listen, or in another way; what was said until now is still told.
    pub(crate) fn change(&mut self, transcription: &Transcription) {
        let hearing = hearing(transcription);
        if hearing != self.hearing {
            self.hearing = hearing;
            self.finish();
            self.spare = Some(self.open());
        }
    }

    /// These are in the call now. What others have said until they left is still told, and at once.
    pub(crate) fn seat(&mut self, voices: &Voices) {
        self.present = names(voices);
        let gone = self.speaking.extract_if(.., |leg, _| !voices.contains_key(leg));
        self.leaving.extend(gone.map(|(_, speaker)| speaker.finished()));
    }

    /// 20 ms of somebody. Who has not spoken yet needs no ear.
    pub(crate) fn hear(&mut self, frame: u64, leg: LegId, samples: Option<&TapSamples>) {
        if !self.speaking.contains_key(&leg) {
            if samples.is_none() {
                return;
            }
            let state = self.spare.take().unwrap_or_else(|| self.open());
            let who = self.present.get(&leg).cloned().unwrap_or_default();
            self.speaking.insert(leg, Speaker { who, state, begin: frame, next: frame });
        }
        if let Some(speaker) = self.speaking.get_mut(&leg) {
            speaker.hear(frame, samples.unwrap_or(&[0; 320]));
        }
    }

    /// Nobody is listened to any more; what was said until now is still told.
    pub(crate) fn finish(&mut self) {
        self.spare = None;
        let speaking = std::mem::take(&mut self.speaking).into_values();
        self.leaving.extend(speaking.map(Speaker::finished));
    }

    /// Whether everything was told.
    pub(crate) fn is_silent(&self) -> bool {
        self.speaking.is_empty() && self.leaving.is_empty()
    }

    /// What is said next; an error is that of an ear that hears no more. May be given up and asked again.
    pub(crate) async fn next(&mut self) -> Result<Said, EarError> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Said, EarError>> {
        let mut index = 0;
        while index < self.leaving.len() {
            match self.leaving[index].poll(context) {
                Poll::Ready(Some(Ok(said))) => return Poll::Ready(Ok(said)),
                Poll::Ready(Some(Err(_)) | None) => drop(self.leaving.swap_remove(index)),
                Poll::Pending => index += 1,
            }
        }
        let mut ended = None;
        for (leg, speaker) in &mut self.speaking {
            match speaker.poll(context) {
                Poll::Ready(Some(Ok(said))) => return Poll::Ready(Ok(said)),
                Poll::Ready(Some(Err(error))) => {
                    ended = Some((*leg, Some(error)));
                    break;
                }
                Poll::Ready(None) => {
                    ended = Some((*leg, None));
                    break;
                }
                Poll::Pending => {}
            }
        }
        let Some((leg, error)) = ended else { return Poll::Pending };
        // Who speaks on gets another ear.
        self.speaking.remove(&leg);
        match error {
            Some(error) => Poll::Ready(Err(error)),
            None => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn open(&self) -> State {
        State::Opening {
            opening: self.ears.listen(self.hearing.clone()),
            waiting: VecDeque::new(),
            is_over: false,
        }
    }
}

impl Speaker {
    /// Nothing more comes of them.
    fn finished(mut self) -> Self {
        match &mut self.state {
            State::Open(ear) => ear.finish(),
            State::Opening { is_over, .. } => *is_over = true,
        }
        self
    }

    fn hear(&mut self, frame: u64, samples: &TapSamples) {
        let missed = frame.saturating_sub(self.next);
        self.next = frame + 1;
        match &mut self.state {
            State::Open(ear) => {
                if missed > 0 {
                    ear.skip(u32::try_from(missed).unwrap_or(u32::MAX));
                }
                ear.hear(samples);
            }
            State::Opening { waiting, .. } => {
                for _ in 0..missed.min(MOST_WAITING as u64) {
                    waiting.push_back([0; 320]);
                }
                waiting.push_back(*samples);
                let late = waiting.len().saturating_sub(MOST_WAITING);
                waiting.drain(..late);
                self.begin = self.next - waiting.len() as u64;
            }
        }
    }

    /// `None`: the ear has ended.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Said, EarError>>> {
        if let State::Opening { opening, waiting, is_over } = &mut self.state {
            let mut ear = match opening.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Ok(ear)) => ear,
            };
            for samples in &*waiting {
                ear.hear(samples);
            }
            if *is_over {
                ear.finish();
            }
            self.state = State::Open(ear);
        }
        let State::Open(ear) = &mut self.state else { return Poll::Pending };
        loop {
            let heard = match pin!(ear.next()).poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(EarError::NotUnderstood | EarError::NoChoice))) => continue,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(heard))) => heard,
            };
            let (phrase, is_final) = match heard {
                Heard::Final(phrase) => (phrase, true),
                Heard::Partial(phrase) => (phrase, false),
                Heard::SpeechStarted(_) | Heard::SpeechEnded(_) => continue,
            };
            if !phrase.text.is_empty() {
                let begin_ticks = self.begin * FRAME_TICKS;
                return Poll::Ready(Some(Ok(Said { who: self.who.clone(), begin_ticks, phrase, is_final })));
            }
        }
    }
}

fn names(voices: &Voices) -> BTreeMap<LegId, Arc<str>> {
    voices.iter().map(|(leg, who)| (*leg, who.raw_id().into())).collect()
}

fn hearing(transcription: &Transcription) -> Hearing {
    Hearing {
        listening: transcription.listening.clone(),
        grammar: Grammar::Free,
        phrases: Vec::new(),
        partials: transcription.intermediate,
        span: Span::Conversation,
        end_silence: END_SILENCE,
    }
}
