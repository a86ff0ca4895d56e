//! Collecting the keys that one participant presses (ACS `CallMedia_Recognize`).
//!
//! Prompts are heard first, by the target alone. The first key must come within
//! the initial silence, which begins when the last prompt has left the socket;
//! each further one within the inter-tone time, which begins when a key comes
//! up. Ends in exactly one of `RecognizeCompleted`, `RecognizeFailed` or
//! `RecognizeCanceled`.

use std::ops::ControlFlow::{Break, Continue};

use clock::Now;
use identifier::{LegId, PlaybackId};
use media_plan::{MediaReport, Tone};

use super::{Input, Step};
use crate::event::{CallEvent, CallEventKind, Recognized};
use crate::outbox::Timer;
use crate::outcome::{Outcome, ResultInformation};
use crate::request::{DtmfOptions, Recognize};
use crate::stage::{Stage, Ticket};
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The prompt is prepared or heard.
    Prompting { prompt: PlaybackId, stray_key: bool },
    /// No key yet. A key that went down during an uninterruptible prompt does not count.
    Listening { stray_key: bool },
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
        let state = if prompts.is_empty() {
            stage.wake(Timer::Operation(ticket.id), now.after(request.initial_silence));
            State::Listening { stray_key: false }
        } else {
            State::Prompting { prompt: stage.play(vec![leg], prompts, false), stray_key: false }
        };
        Continue(Self { ticket, leg, request, state, tones: Vec::new() })
    }

    pub(crate) fn on(self, input: Input<'_>, stage: &mut Stage, now: Now) -> Step<Self> {
        match input {
            Input::Media(report) => self.on_media(report, stage, now),
            Input::Timeout(id) if id == self.ticket.id => Break(self.on_timeout(stage, now)),
            Input::Left(leg) if leg == self.leg => Break(self.cancel(Outcome::ParticipantGone, stage, now)),
            Input::Answered(_)
            | Input::Unanswered(..)
            | Input::Left(_)
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
                stage.wake(Timer::Operation(self.ticket.id), now.after(self.request.initial_silence));
                Continue(self)
            }
            (MediaReport::Failed { playback, source, why }, State::Prompting { prompt, .. })
                if *playback == prompt =>
            {
                let kind = CallEventKind::RecognizeFailed { source: Some(*source) };
                let result = ResultInformation::of(Outcome::PromptFailed(*why));
                Break(stage.event(&self.ticket, kind, result, now))
            }
            (MediaReport::ToneStarted(leg, _), _) if *leg == self.leg => {
                self.on_key_down(stage, now);
                Continue(self)
            }
            (MediaReport::ToneEnded(leg, tone), _) if *leg == self.leg => self.on_key_up(*tone, stage, now),
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
                State::Prompting { .. } | State::Listening { .. } | State::KeyDown | State::Between,
            ) => Continue(self),
        }
    }

    fn on_key_down(&mut self, stage: &mut Stage, now: Now) {
        match self.state {
            State::Prompting { prompt, .. } if !self.request.interrupt_prompt => {
                self.state = State::Prompting { prompt, stray_key: true };
                return;
            }
            State::Prompting { prompt, .. } => stage.stop(prompt),
            State::Listening { .. } | State::KeyDown | State::Between => {}
        }
        self.state = State::KeyDown;
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
            State::Listening { stray_key: false } | State::KeyDown | State::Between => {}
        }
        match self.request.dtmf.clone() {
            DtmfOptions::Choices(choices) => Break(self.chosen(tone, &choices, stage, now)),
            DtmfOptions::Collect { max_tones, stop_tones, inter_tone } => {
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
        self,
        tone: Tone,
        choices: &[(Tone, std::sync::Arc<str>)],
        stage: &mut Stage,
        now: Now,
    ) -> CallEvent {
        stage.sleep(Timer::Operation(self.ticket.id));
        let (kind, outcome) = match choices.iter().find(|(choice, _)| *choice == tone) {
            Some((_, label)) => {
                let recognized = Recognized::Choice { label: label.clone() };
                (CallEventKind::RecognizeCompleted(recognized), Outcome::ChoiceToneMatched)
            }
            None => (CallEventKind::RecognizeFailed { source: None }, Outcome::IncorrectTone),
        };
        stage.event(&self.ticket, kind, ResultInformation::of(outcome), now)
    }

    fn completed(self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        stage.sleep(Timer::Operation(self.ticket.id));
        let kind = CallEventKind::RecognizeCompleted(Recognized::Tones(self.tones));
        stage.event(&self.ticket, kind, ResultInformation::of(outcome), now)
    }

    fn on_timeout(self, stage: &mut Stage, now: Now) -> CallEvent {
        let outcome = match self.state {
            State::Prompting { .. } | State::Listening { .. } => Outcome::InitialSilenceTimeout,
            State::KeyDown | State::Between => Outcome::InterToneTimeout,
        };
        // What was typed is not lost because the next key did not come (contract §22).
        if !self.tones.is_empty() {
            return self.completed(outcome, stage, now);
        }
        let kind = CallEventKind::RecognizeFailed { source: None };
        stage.event(&self.ticket, kind, ResultInformation::of(outcome), now)
    }

    pub(crate) fn cancel(self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        if let State::Prompting { prompt, .. } = self.state {
            stage.stop(prompt);
        }
        stage.sleep(Timer::Operation(self.ticket.id));
        canceled(&self.ticket, outcome, stage, now)
    }
}

/// What is said of a recognition that was cancelled, before it began or while it ran.
pub(crate) fn canceled(ticket: &Ticket, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
    stage.event(ticket, CallEventKind::RecognizeCanceled, ResultInformation::of(outcome), now)
}
