//! The sound of a call, or what is said in it, on an application's WebSocket (ACS media streaming and
//! transcription).
//!
//! Set up with the call, then started and stopped as often as the application likes. What was started
//! ends in one of `…Started` or `…Failed`; what has begun, in one of `…Stopped` or `…Failed`.

use std::sync::Arc;

use clock::Now;
use identifier::{CallConnectionId, OperationId, TapId};
use media_plan::{ApplicationSocket, Listening, Purpose, Streaming, TapEnd, TapReport, Transcription};

use crate::event::CallEventKind;
use crate::outbox::Timer;
use crate::outcome::{Outcome, ResultInformation};
use crate::request::{Reading, StreamingOptions, TranscriptionOptions};
use crate::stage::{Stage, Ticket};
use crate::taps::Voices;
use crate::timing;

/// What is understood when nobody says which language is spoken.
const LANGUAGE: &str = "en-US";
/// Changes, and summaries, that may be awaited at once.
const MOST_AWAITED: usize = 16;

/// A WebSocket of the application, and whether something is sent there.
#[derive(Debug)]
pub(crate) struct Subscription {
    what: What,
    /// Of the last start.
    tap: Option<TapId>,
    /// Of the next one.
    next: TapId,
    life: Life,
    /// Changes that are not in force yet.
    updates: Vec<Ticket>,
    /// Summaries that were asked for.
    summaries: Vec<(TapId, Ticket)>,
}

#[derive(Debug)]
enum What {
    Streaming(StreamingOptions),
    Transcription(TranscriptionOptions),
}

#[derive(Debug)]
enum Life {
    Idle,
    Starting(Ticket),
    Running(Ticket),
}

/// Why a subscription does not do what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionError {
    /// Nobody has answered yet.
    #[error("stream or transcribe a call that is not established")]
    NotEstablished,
    /// It was not set up with the call.
    #[error("stream or transcribe: it was not configured when the call was made, answered or connected to")]
    NotConfigured,
    /// It runs already.
    #[error("start what runs already")]
    Running,
    /// It does not run.
    #[error("stop or change what does not run")]
    NotRunning,
    /// Too much was asked for at once.
    #[error("await more than {limit} changes of one transcription")]
    TooMany {
        /// Changes and summaries that may be awaited.
        limit: usize,
    },
}

impl Subscription {
    pub(crate) fn streaming(options: StreamingOptions, stage: &mut Stage) -> Self {
        Self::new(What::Streaming(options), stage)
    }

    pub(crate) fn transcription(options: TranscriptionOptions, stage: &mut Stage) -> Self {
        Self::new(What::Transcription(options), stage)
    }

    fn new(what: What, stage: &mut Stage) -> Self {
        let next = stage.tap_id();
        Self { what, tap: None, next, life: Life::Idle, updates: Vec::new(), summaries: Vec::new() }
    }

    /// Whether it begins with the call.
    pub(crate) fn starts_with_call(&self) -> bool {
        match &self.what {
            What::Streaming(options) => options.start,
            What::Transcription(options) => options.start,
        }
    }

    /// The name that is told on the WebSocket, too.
    pub(crate) fn id(&self) -> TapId {
        self.tap.unwrap_or(self.next)
    }

    /// Whether this tap's reports are about it.
    pub(crate) fn knows(&self, tap: TapId) -> bool {
        self.tap == Some(tap) || self.summaries.iter().any(|(other, _)| *other == tap)
    }

    pub(crate) fn is_active(&self) -> bool {
        match self.life {
            Life::Running(_) => true,
            Life::Idle | Life::Starting(_) => false,
        }
    }

    /// The language that is spoken, and whether guesses are told.
    pub(crate) fn reads(&self) -> (Option<Arc<str>>, bool) {
        match &self.what {
            What::Streaming(_) => (None, false),
            What::Transcription(options) => (Some(language(&options.reading)), options.intermediate),
        }
    }

    // What an application asks.

    /// Begins; `reading` says what differs from what was set up.
    pub(crate) fn start(
        &mut self,
        reading: Option<Reading>,
        ticket: Ticket,
        stage: &mut Stage,
        now: Now,
    ) -> Result<(), SubscriptionError> {
        if !matches!(self.life, Life::Idle) {
            return Err(SubscriptionError::Running);
        }
        if let (What::Transcription(options), Some(reading)) = (&mut self.what, reading) {
            options.reading.adopt(reading);
        }
        let purpose = self.purpose(ticket.connection, stage);
        let tap = std::mem::replace(&mut self.next, stage.tap_id());
        self.tap = Some(tap);
        stage.listen(tap, Voices::Everybody, purpose);
        stage.wake(Timer::Operation(ticket.id), now.after(timing::TAP_READY));
        self.life = Life::Starting(ticket);
        Ok(())
    }

    /// Ends; what was only being started has failed.
    pub(crate) fn stop(
        &mut self,
        ticket: &Ticket,
        stage: &mut Stage,
        now: Now,
    ) -> Result<(), SubscriptionError> {
        match std::mem::replace(&mut self.life, Life::Idle) {
            Life::Idle => return Err(SubscriptionError::NotRunning),
            Life::Starting(started) => self.fail(&started, Outcome::Canceled, stage, now),
            Life::Running(_) => {}
        }
        self.let_go(stage, now);
        self.tell(ticket, self.stopped(), Outcome::Completed, stage, now);
        Ok(())
    }

    /// Another language, another model.
    pub(crate) fn update(
        &mut self,
        reading: Reading,
        ticket: Ticket,
        stage: &mut Stage,
        now: Now,
    ) -> Result<(), SubscriptionError> {
        let What::Transcription(options) = &mut self.what else {
            return Err(SubscriptionError::NotConfigured);
        };
        if matches!(self.life, Life::Idle) {
            return Err(SubscriptionError::NotRunning);
        }
        if self.updates.len() >= MOST_AWAITED {
            return Err(SubscriptionError::TooMany { limit: MOST_AWAITED });
        }
        options.reading.adopt(reading);
        if self.restate(ticket.connection, stage) {
            stage.wake(Timer::Operation(ticket.id), now.after(timing::TAP_READY));
            self.updates.push(ticket);
        } else {
            self.tell(&ticket, CallEventKind::TranscriptionUpdated, Outcome::Completed, stage, now);
        }
        Ok(())
    }

    /// The call is summed up as far as it went.
    pub(crate) fn summarize(
        &mut self,
        reading: Reading,
        ticket: Ticket,
        stage: &mut Stage,
        now: Now,
    ) -> Result<(), SubscriptionError> {
        let (What::Transcription(options), Life::Running(_), Some(tap)) =
            (&mut self.what, &self.life, self.tap)
        else {
            return Err(SubscriptionError::NotRunning);
        };
        if self.summaries.len() >= MOST_AWAITED {
            return Err(SubscriptionError::TooMany { limit: MOST_AWAITED });
        }
        options.reading.adopt(reading);
        let language = summary_language(&options.reading);
        // Asked for by a wish that changes to it, also when there is one already.
        for wanted in [None, Some(language)] {
            stage.listen_otherwise(tap, |purpose| {
                if let Purpose::Transcribe(transcription) = purpose {
                    transcription.summary = wanted;
                }
            });
        }
        stage.wake(Timer::Operation(ticket.id), now.after(timing::SUMMARY));
        self.summaries.push((tap, ticket));
        Ok(())
    }

    // What media saw.

    pub(crate) fn on_report(&mut self, tap: TapId, report: &TapReport, stage: &mut Stage, now: Now) {
        if let TapReport::Summary(summary) = report {
            return self.on_summary(tap, summary, stage, now);
        }
        if self.tap != Some(tap) {
            return;
        }
        match report {
            TapReport::Started => self.on_started(stage, now),
            TapReport::Changed => {
                for ticket in std::mem::take(&mut self.updates) {
                    stage.sleep(Timer::Operation(ticket.id));
                    self.tell(&ticket, CallEventKind::TranscriptionUpdated, Outcome::Completed, stage, now);
                }
            }
            TapReport::Ended(why) => self.on_ended(*why, stage, now),
            TapReport::SpeechStarted | TapReport::Understood(_) | TapReport::Summary(_) => {}
        }
    }

    fn on_started(&mut self, stage: &mut Stage, now: Now) {
        match std::mem::replace(&mut self.life, Life::Idle) {
            Life::Idle => {}
            Life::Starting(ticket) => {
                stage.sleep(Timer::Operation(ticket.id));
                self.tell(&ticket, self.started(false), Outcome::Completed, stage, now);
                self.life = Life::Running(ticket);
            }
            Life::Running(ticket) => {
                self.tell(&ticket, self.started(true), Outcome::Completed, stage, now);
                self.life = Life::Running(ticket);
            }
        }
    }

    fn on_ended(&mut self, why: TapEnd, stage: &mut Stage, now: Now) {
        let life = std::mem::replace(&mut self.life, Life::Idle);
        if let Some(tap) = self.tap {
            stage.forget_tap(tap);
        }
        self.give_up_updates(Outcome::TapEnded(why), stage, now);
        match (life, why) {
            (Life::Idle, _) => {}
            (Life::Running(ticket), TapEnd::Closed) => {
                self.tell(&ticket, self.stopped(), Outcome::TapEnded(why), stage, now);
            }
            (Life::Starting(ticket) | Life::Running(ticket), _) => {
                self.fail(&ticket, Outcome::TapEnded(why), stage, now);
            }
        }
    }

    fn on_summary(&mut self, tap: TapId, summary: &Result<Arc<str>, TapEnd>, stage: &mut Stage, now: Now) {
        let Some(position) = self.summaries.iter().position(|(other, _)| *other == tap) else { return };
        let (_, ticket) = self.summaries.remove(position);
        stage.sleep(Timer::Operation(ticket.id));
        sum_up(&ticket, summary, stage, now);
        let at_end = self.sums_up_at_end();
        if self.tap == Some(tap) && at_end.is_none() {
            stage.listen_otherwise(tap, |purpose| {
                if let Purpose::Transcribe(transcription) = purpose {
                    transcription.summary = None;
                }
            });
        }
    }

    /// Nothing was heard of what was asked for.
    pub(crate) fn on_timeout(&mut self, id: OperationId, stage: &mut Stage, now: Now) {
        let late = Outcome::TapEnded(TapEnd::Timeout);
        match std::mem::replace(&mut self.life, Life::Idle) {
            Life::Starting(ticket) if ticket.id == id => {
                self.let_go(stage, now);
                return self.fail(&ticket, late, stage, now);
            }
            life @ (Life::Idle | Life::Starting(_) | Life::Running(_)) => self.life = life,
        }
        if let Some(position) = self.updates.iter().position(|ticket| ticket.id == id) {
            let ticket = self.updates.remove(position);
            self.tell(&ticket, CallEventKind::TranscriptionFailed, late, stage, now);
        }
        if let Some(position) = self.summaries.iter().position(|(_, ticket)| ticket.id == id) {
            let (_, ticket) = self.summaries.remove(position);
            sum_up(&ticket, &Err(TapEnd::Timeout), stage, now);
        }
    }

    /// The application's part in the call ends. What is left to be waited for is the summary of the call.
    pub(crate) fn close(&mut self, stage: &mut Stage, now: Now) -> Option<TapId> {
        let last = self.sums_up_at_end().and(self.tap);
        let life = std::mem::replace(&mut self.life, Life::Idle);
        for (_, ticket) in std::mem::take(&mut self.summaries) {
            stage.sleep(Timer::Operation(ticket.id));
            sum_up(&ticket, &Err(TapEnd::Closed), stage, now);
        }
        self.let_go(stage, now);
        match life {
            Life::Idle => None,
            Life::Starting(ticket) => {
                self.fail(&ticket, Outcome::Canceled, stage, now);
                None
            }
            Life::Running(ticket) => {
                self.tell(&ticket, self.stopped(), Outcome::Completed, stage, now);
                last
            }
        }
    }

    // How it is said.

    fn let_go(&mut self, stage: &mut Stage, now: Now) {
        if let Some(tap) = self.tap {
            stage.stop_listening(tap);
        }
        self.give_up_updates(Outcome::Canceled, stage, now);
    }

    fn give_up_updates(&mut self, outcome: Outcome, stage: &mut Stage, now: Now) {
        for ticket in std::mem::take(&mut self.updates) {
            stage.sleep(Timer::Operation(ticket.id));
            self.tell(&ticket, CallEventKind::TranscriptionFailed, outcome, stage, now);
        }
    }

    fn fail(&self, ticket: &Ticket, outcome: Outcome, stage: &mut Stage, now: Now) {
        stage.sleep(Timer::Operation(ticket.id));
        let kind = match self.what {
            What::Streaming(_) => CallEventKind::MediaStreamingFailed,
            What::Transcription(_) => CallEventKind::TranscriptionFailed,
        };
        self.tell(ticket, kind, outcome, stage, now);
    }

    fn tell(&self, ticket: &Ticket, kind: CallEventKind, outcome: Outcome, stage: &mut Stage, now: Now) {
        let event = stage.event(ticket, kind, ResultInformation::of(outcome), now);
        stage.publish(event);
    }

    fn started(&self, resumed: bool) -> CallEventKind {
        match self.what {
            What::Streaming(_) => CallEventKind::MediaStreamingStarted { resumed },
            What::Transcription(_) => CallEventKind::TranscriptionStarted { resumed },
        }
    }

    fn stopped(&self) -> CallEventKind {
        match self.what {
            What::Streaming(_) => CallEventKind::MediaStreamingStopped,
            What::Transcription(_) => CallEventKind::TranscriptionStopped,
        }
    }

    fn restate(&self, connection: CallConnectionId, stage: &mut Stage) -> bool {
        let (Some(tap), Purpose::Transcribe(wanted)) = (self.tap, self.purpose(connection, stage)) else {
            return false;
        };
        stage.listen_otherwise(tap, |purpose| {
            if let Purpose::Transcribe(transcription) = purpose {
                transcription.listening = wanted.listening;
                transcription.redacted = wanted.redacted;
            }
        })
    }

    fn sums_up_at_end(&self) -> Option<Arc<str>> {
        match &self.what {
            What::Streaming(_) => None,
            What::Transcription(options) => {
                (options.reading.summary_at_end == Some(true)).then(|| summary_language(&options.reading))
            }
        }
    }

    fn purpose(&self, connection: CallConnectionId, stage: &Stage) -> Purpose {
        let holder = stage.connection(connection);
        let socket = |url: &Arc<str>| ApplicationSocket {
            url: Arc::clone(url),
            connection,
            correlation: stage.correlation,
            resource: holder.map_or(stage.resource, |holder| holder.application.resource),
        };
        match &self.what {
            What::Streaming(options) => Purpose::Stream(Streaming {
                socket: socket(&options.url),
                unmixed: options.unmixed,
                rate_hz: options.rate_hz,
                bidirectional: options.bidirectional,
                keys: options.keys,
                loopback: options.loopback,
            }),
            What::Transcription(options) => {
                let reading = &options.reading;
                let languages = reading.languages.clone().filter(|languages| !languages.is_empty());
                Purpose::Transcribe(Transcription {
                    socket: socket(&options.url),
                    listening: Listening {
                        languages: languages.unwrap_or_else(|| vec![LANGUAGE.into()]),
                        endpoint: holder.and_then(|holder| holder.speech.clone()),
                        model: reading.model.clone(),
                        sentiment: reading.sentiment.unwrap_or(false),
                    },
                    intermediate: options.intermediate,
                    redacted: reading.redacted.unwrap_or(false),
                    paused: false,
                    summary: self.sums_up_at_end(),
                })
            }
        }
    }
}

impl Reading {
    /// What is said now counts instead of what was said before.
    fn adopt(&mut self, newer: Self) {
        let Self { languages, model, sentiment, redacted, summary_at_end, summary_language } = newer;
        self.languages = languages.or(self.languages.take());
        self.model = model.or(self.model.take());
        self.sentiment = sentiment.or(self.sentiment);
        self.redacted = redacted.or(self.redacted);
        self.summary_at_end = summary_at_end.or(self.summary_at_end);
        self.summary_language = summary_language.or(self.summary_language.take());
    }
}

fn language(reading: &Reading) -> Arc<str> {
    let first = reading.languages.as_ref().and_then(|languages| languages.first());
    first.cloned().unwrap_or_else(|| LANGUAGE.into())
}

fn summary_language(reading: &Reading) -> Arc<str> {
    reading.summary_language.clone().unwrap_or_else(|| language(reading))
}

/// What is said of a summary that came, or did not.
fn sum_up(ticket: &Ticket, summary: &Result<Arc<str>, TapEnd>, stage: &mut Stage, now: Now) {
    let outcome = match summary {
        Ok(_) => Outcome::Completed,
        Err(why) => Outcome::TapEnded(*why),
    };
    let kind = CallEventKind::TranscriptionCallSummaryUpdated { summary: summary.as_ref().ok().cloned() };
    let event = stage.event(ticket, kind, ResultInformation::of(outcome), now);
    stage.publish(event);
}
