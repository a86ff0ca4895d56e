//! Collecting what one participant presses or says (ACS `CallMedia_Recognize`).
//!
//! Prompts are heard first, by the target alone. The first key or word must come within
//! the initial silence, which begins when the last prompt has left the socket;
//! each further key within the inter-tone time, which begins when a key comes
//! up. Where both count, the first of them decides: a key ends the listening to
//! speech, and what was understood ends the waiting for keys. Ends in exactly one of `RecognizeCompleted`, `RecognizeFailed` or
//! `RecognizeCanceled`.

use std::ops::ControlFlow::{Break, Continue};

use clock::Now;
use identifier::{LegId, PlaybackId, TapId};
use media_plan::{
    Grammar, Listening, MediaReport, Purpose, Recognition, TapEnd, TapReport, Tone, Understood,
};

use super::{Input, Step};
use crate::event::{CallEvent, CallEventKind, Heard, Recognized};
use crate::outbox::Timer;
use crate::outcome::{Outcome, ResultInformation};
use crate::request::{DtmfOptions, Recognize, SpeechOptions};
use crate::stage::{Stage, Ticket};
use crate::taps::Voices;
use crate::timing;

/// Nobody types more keys than this in one go.
const MOST_TONES: usize = 1_000;

/// A recognition whose prompt is heard or which listens.
#[derive(Debug)]
pub(crate) struct Recognizing {
    ticket: Ticket,
    leg: LegId,
    request: Recognize,
    state: State,
    tones: Vec<Tone>,
    /// Listens to speech.
    ear: Option<TapId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The prompt is prepared or heard.
    Prompting { prompt: PlaybackId, stray_key: bool },
    /// No key and no word yet. A key that went down during an uninterruptible prompt does not count.
    Listening { stray_key: bool },
    /// Something is being said.
    Hearing,
    /// A key is down.
    KeyDown,
    /// Between two keys.
    Between,
}

impl Recognizing {
    pub(crate) fn start(mut request: Recognize, ticket: Ticket, stage: &mut Stage, now: Now) -> Step<Self> {
        let Some(target) = stage.participant(&request.target) else {
            return Break(canceled(&ticket, Outcome::ParticipantGone, stage, now));
        };
        let leg = target.leg;
        let prompts = std::mem::take(&mut request.prompts);
        let is_at_once = prompts.is_empty() || request.interrupt_prompt;
        let state = if prompts.is_empty() {
            stage.wake(Timer::Operation(ticket.id), now.after(request.initial_silence));
            State::Listening { stray_key: false }
        } else {
            State::Prompting { prompt: stage.play(vec![leg], prompts, false), stray_key: false }
        };
        let mut recognizing = Self { ticket, leg, request, state, tones: Vec::new(), ear: None };
        if is_at_once {
            recognizing.lend_an_ear(stage);
        }
        Continue(recognizing)
    }

    /// Speech counts from now on.
    fn lend_an_ear(&mut self, stage: &mut Stage) {
        let Some(speech) = &self.request.speech else { return };
        let endpoint = stage.connection(self.ticket.connection).and_then(|holder| holder.speech.clone());
        let recognition = recognition(speech, endpoint);
        let ear = stage.tap_id();
        self.ear = Some(ear);
        stage.listen(ear, Voices::One(self.leg), Purpose::Recognize(recognition));
    }

    /// Nothing of this lasts longer than the operation.
    fn hush(&mut self, stage: &mut Stage) {
        if let State::Prompting { prompt, .. } = self.state {
            stage.stop(prompt);
        }
        if let Some(ear) = self.ear.take() {
            stage.stop_listening(ear);
        }
        stage.sleep(Timer::Operation(self.ticket.id));
    }

    pub(crate) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    pub(crate) fn on(self, input: Input<'_>, stage: &mut Stage, now: Now) -> Step<Self> {
        match input {
            Input::Media(report) => self.on_media(report, stage, now),
            Input::Timeout(id) if id == self.ticket.id => Break(self.on_timeout(stage, now)),
            Input::Left(leg) if leg == self.leg => Break(self.cancel(Outcome::ParticipantGone, stage, now)),
            Input::Answered(..)
            | Input::Unanswered(..)
            | Input::Left(_)
            | Input::Ended(..)
            | Input::Referred(..)
            | Input::Timeout(_) => Continue(self),
        }
    }

    fn on_media(mut self, report: &MediaReport, stage: &mut Stage, now: Now) -> Step<Self> {
        match (report, self.state) {
            (MediaReport::Finished(playback), State::Prompting { prompt, stray_key })
                if *playback == prompt =>
            {
                self.state = State::Listening { stray_key };
                if self.ear.is_none() {
                    self.lend_an_ear(stage);
                }
                stage.wake(Timer::Operation(self.ticket.id), now.after(self.request.initial_silence));
                Continue(self)
            }
            (MediaReport::Failed { playback, source, why }, State::Prompting { prompt, .. })
                if *playback == prompt =>
            {
                // It has stopped by itself.
                self.state = State::Listening { stray_key: false };
                self.hush(stage);
                let kind = CallEventKind::RecognizeFailed { source: Some(*source) };
                let result = ResultInformation::of(Outcome::PromptFailed(*why));
                Break(stage.event(&self.ticket, kind, result, now))
            }
            (MediaReport::Tapped(tap, report), _) if self.ear == Some(*tap) => {
                self.on_ear(report, stage, now)
            }
            (MediaReport::ToneStarted(leg, _), _) if *leg == self.leg && self.request.dtmf.is_some() => {
                self.on_key_down(stage, now);
                Continue(self)
            }
            (MediaReport::ToneEnded(leg, tone), _) if *leg == self.leg && self.request.dtmf.is_some() => {
                self.on_key_up(*tone, stage, now)
            }
            (
                MediaReport::Started(_)
                | MediaReport::Finished(_)
                | MediaReport::Failed { .. }
                | MediaReport::ToneStarted(..)
                | MediaReport::ToneEnded(..)
                | MediaReport::TonesSent(_)
                | MediaReport::TonesRefused(_)
                | MediaReport::Silent(_)
                | MediaReport::Tapped(..),
                State::Prompting { .. }
                | State::Listening { .. }
                | State::Hearing
                | State::KeyDown
                | State::Between,
            ) => Continue(self),
        }
    }

    fn on_ear(mut self, report: &TapReport, stage: &mut Stage, now: Now) -> Step<Self> {
        match report {
            TapReport::SpeechStarted => {
                match self.state {
                    State::Prompting { prompt, .. } => stage.stop(prompt),
                    State::Listening { .. } | State::Hearing | State::KeyDown | State::Between => {}
                }
                self.state = State::Hearing;
                stage.wake(Timer::Operation(self.ticket.id), now.after(timing::UTTERANCE));
                Continue(self)
            }
            TapReport::Understood(understood) => {
                // A recognizer that has understood is over by itself.
                self.forget_ear(stage);
                Break(self.understood(understood, stage, now))
            }
            TapReport::Ended(why) => {
                self.forget_ear(stage);
                Break(self.failed(Outcome::TapEnded(*why), stage, now))
            }
            TapReport::Started | TapReport::Changed | TapReport::Summary(_) => Continue(self),
        }
    }

    fn forget_ear(&mut self, stage: &mut Stage) {
        if let Some(ear) = self.ear.take() {
            stage.forget_tap(ear);
        }
    }

    fn understood(mut self, understood: &Understood, stage: &mut Stage, now: Now) -> CallEvent {
        let choices = self.request.speech.as_ref().map(|speech| &speech.choices[..]).unwrap_or_default();
        let said = understood.choice.and_then(|choice| choices.get(usize::from(choice)));
        let label = said.map(|choice| choice.label.clone());
        if label.is_none() && !choices.is_empty() {
            return self.failed(Outcome::TapEnded(TapEnd::NoChoice), stage, now);
        }
        self.hush(stage);
        let heard = Heard {
            text: understood.text.clone(),
            confidence_ppm: understood.confidence_ppm,
            language: understood.language.clone(),
            sentiment: understood.sentiment,
        };
        let (recognized, outcome) = match label {
            Some(label) => (Recognized::Choice { label, heard: Some(heard) }, Outcome::ChoicePhraseMatched),
            None => (Recognized::Speech(heard), Outcome::SpeechRecognized),
        };
        let kind = CallEventKind::RecognizeCompleted(recognized);
        stage.event(&self.ticket, kind, ResultInformation::of(outcome), now)
    }

    fn failed(mut self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        self.hush(stage);
        let kind = CallEventKind::RecognizeFailed { source: None };
        stage.event(&self.ticket, kind, ResultInformation::of(outcome), now)
    }

    fn on_key_down(&mut self, stage: &mut Stage, now: Now) {
        match self.state {
            State::Prompting { prompt, .. } if !self.request.interrupt_prompt => {
                self.state = State::Prompting { prompt, stray_key: true };
                return;
            }
            State::Prompting { prompt, .. } => stage.stop(prompt),
            State::Listening { .. } | State::Hearing | State::KeyDown | State::Between => {}
        }
        self.state = State::KeyDown;
        // From now on keys are what is collected.
        if let Some(ear) = self.ear.take() {
            stage.stop_listening(ear);
        }
        stage.wake(Timer::Operation(self.ticket.id), now.after(timing::KEY_HELD));
    }

    fn on_key_up(mut self, tone: Tone, stage: &mut Stage, now: Now) -> Step<Self> {
        match self.state {
            State::Prompting { prompt, .. } => {
                self.state = State::Prompting { prompt, stray_key: false };
                return Continue(self);
            }
            State::Listening { stray_key: true } => {
                self.state = State::Listening { stray_key: false };
                return Continue(self);
            }
            State::Listening { stray_key: false } | State::Hearing | State::KeyDown | State::Between => {}
        }
        match self.request.dtmf.clone() {
            None => Continue(self),
            Some(DtmfOptions::Choices(choices)) => Break(self.chosen(tone, &choices, stage, now)),
            Some(DtmfOptions::Collect { max_tones, stop_tones, inter_tone }) => {
                if stop_tones.contains(&tone) {
                    return Break(self.completed(Outcome::StopTone, stage, now));
                }
                self.tones.push(tone);
                let most = max_tones.map_or(MOST_TONES, |max| (max as usize).min(MOST_TONES));
                if self.tones.len() >= most {
                    return Break(self.completed(Outcome::MaxTonesReceived, stage, now));
                }
                self.state = State::Between;
                stage.wake(Timer::Operation(self.ticket.id), now.after(inter_tone));
                Continue(self)
            }
        }
    }

    fn chosen(
        mut self,
        tone: Tone,
        choices: &[(Tone, std::sync::Arc<str>)],
        stage: &mut Stage,
        now: Now,
    ) -> CallEvent {
        self.hush(stage);
        let (kind, outcome) = match choices.iter().find(|(choice, _)| *choice == tone) {
            Some((_, label)) => {
                let recognized = Recognized::Choice { label: label.clone(), heard: None };
                (CallEventKind::RecognizeCompleted(recognized), Outcome::ChoiceToneMatched)
            }
            None => (CallEventKind::RecognizeFailed { source: None }, Outcome::IncorrectTone),
        };
        stage.event(&self.ticket, kind, ResultInformation::of(outcome), now)
    }

    fn completed(mut self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        self.hush(stage);
        let kind = CallEventKind::RecognizeCompleted(Recognized::Tones(self.tones));
        stage.event(&self.ticket, kind, ResultInformation::of(outcome), now)
    }

    fn on_timeout(self, stage: &mut Stage, now: Now) -> CallEvent {
        let outcome = match self.state {
            State::Prompting { .. } | State::Listening { .. } => Outcome::InitialSilenceTimeout,
            State::Hearing => Outcome::TapEnded(TapEnd::NotUnderstood),
            State::KeyDown | State::Between => Outcome::InterToneTimeout,
        };
        // What was typed is not lost because the next key did not come (contract §22).
        if !self.tones.is_empty() {
            return self.completed(outcome, stage, now);
        }
        self.failed(outcome, stage, now)
    }

    pub(crate) fn cancel(mut self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        self.hush(stage);
        canceled(&self.ticket, outcome, stage, now)
    }
}

fn recognition(speech: &SpeechOptions, endpoint: Option<std::sync::Arc<str>>) -> Recognition {
    let phrases = || speech.choices.iter().map(|choice| choice.phrases.clone()).collect();
    Recognition {
        listening: Listening {
            languages: speech.languages.clone(),
            endpoint,
            model: speech.model.clone(),
            sentiment: speech.sentiment,
        },
        grammar: if speech.choices.is_empty() { Grammar::Free } else { Grammar::Choices(phrases()) },
        end_silence_ms: u32::try_from(speech.end_silence.as_millis()).unwrap_or(u32::MAX),
    }
}

/// What is said of a recognition that was cancelled, before it began or while it ran.
pub(crate) fn canceled(ticket: &Ticket, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
    stage.event(ticket, CallEventKind::RecognizeCanceled, ResultInformation::of(outcome), now)
}
