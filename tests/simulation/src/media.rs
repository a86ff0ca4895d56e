//! The media side: playbacks of random length, sources that fail, tones that are refused, taps that begin late or
//! never, break, and are back.

use std::collections::BTreeMap;

use identifier::{CallId, PlaybackId, TapId};
use media_plan::{
    Grammar, MediaReport, MediaRequest, Playback, Purpose, Tap, TapEnd, TapReport, Understood, Unplayable,
};

use crate::agenda::{Agenda, Happening};

/// A point in the life of a playback.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    Begins,
    Ends,
    Fails(usize, Unplayable),
}

/// All media.
#[derive(Debug, Default)]
pub(crate) struct Media {
    playing: BTreeMap<PlaybackId, CallId>,
    tapping: BTreeMap<TapId, CallId>,
    /// A summary may come after all else.
    summing_up: BTreeMap<TapId, CallId>,
}

impl Media {
    pub(crate) fn on_request(&mut self, call: CallId, request: &MediaRequest, agenda: &mut Agenda) {
        match request {
            MediaRequest::Connect(_) => {}
            MediaRequest::Listen(tap) => self.listen(call, tap, agenda),
            MediaRequest::StopListening(id) => {
                self.tapping.remove(id);
            }
            MediaRequest::Play(playback) => self.play(call, playback, agenda),
            MediaRequest::StopPlayback(id) => {
                self.playing.remove(id);
            }
            MediaRequest::SendTones(sequence) => {
                let id = sequence.operation;
                let sent_ms = 150 * sequence.tones.len() as u64;
                match agenda.number(0, 9) {
                    0 => agenda.after_ms(1, Happening::MediaReport(call, MediaReport::TonesRefused(id))),
                    1 => {}
                    _ => agenda.after_ms(sent_ms, Happening::MediaReport(call, MediaReport::TonesSent(id))),
                }
            }
            MediaRequest::Release => {
                self.playing.retain(|_, owner| *owner != call);
                self.tapping.retain(|_, owner| *owner != call);
                self.summing_up.retain(|_, owner| *owner != call);
            }
        }
    }

    fn listen(&mut self, call: CallId, tap: &Tap, agenda: &mut Agenda) {
        let at = |agenda: &mut Agenda, wait_ms, report| {
            agenda.after_ms(wait_ms, Happening::Tapped(call, tap.id, report));
        };
        if let Purpose::Transcribe(transcription) = &tap.purpose
            && transcription.summary.is_some()
            && agenda.chance(80)
        {
            self.summing_up.insert(tap.id, call);
            let wait_ms = agenda.number(1_000, 60_000);
            at(agenda, wait_ms, TapReport::Summary(Ok("They talked.".into())));
        }
        if self.tapping.insert(tap.id, call).is_some() {
            if agenda.chance(70) {
                at(agenda, 200, TapReport::Changed);
            }
            return;
        }
        let ready_ms = agenda.number(1, 3_000);
        let ends = [TapEnd::Unreachable, TapEnd::Provider, TapEnd::Closed, TapEnd::Storage];
        let end = *agenda.pick(&ends).expect("there are ends");
        match (&tap.purpose, agenda.number(0, 9)) {
            (Purpose::Recognize(recognition), lot) => {
                let speaks_ms = agenda.number(100, 15_000);
                at(agenda, speaks_ms, TapReport::SpeechStarted);
                let choice = matches!(recognition.grammar, Grammar::Choices(_)).then_some(1);
                let understood = Understood {
                    text: "yes".into(),
                    confidence_ppm: 900_000,
                    choice,
                    language: None,
                    sentiment: None,
                };
                let outcome = match lot {
                    0 => TapReport::Ended(TapEnd::NoProvider),
                    1 => TapReport::Ended(TapEnd::NotUnderstood),
                    2 => return,
                    _ => TapReport::Understood(understood),
                };
                at(agenda, speaks_ms + 700, outcome);
            }
            // Nothing is ever heard of it.
            (_, 0) => {}
            (_, 1) => at(agenda, ready_ms, TapReport::Ended(end)),
            (_, 2) => {
                at(agenda, ready_ms, TapReport::Started);
                at(agenda, ready_ms + 5_000, TapReport::Started);
                at(agenda, ready_ms + 20_000, TapReport::Ended(end));
            }
            (_, _) => at(agenda, ready_ms, TapReport::Started),
        }
    }

    /// Something happens to a tap, unless it was stopped before.
    pub(crate) fn on_tapped(&mut self, call: CallId, id: TapId, report: TapReport, agenda: &mut Agenda) {
        let is_there = match report {
            TapReport::Summary(_) => self.summing_up.remove(&id).is_some(),
            TapReport::Ended(_) | TapReport::Understood(_) => self.tapping.remove(&id).is_some(),
            TapReport::Started | TapReport::Changed | TapReport::SpeechStarted => {
                self.tapping.contains_key(&id)
            }
        };
        if is_there {
            agenda.after_ms(3, Happening::MediaReport(call, MediaReport::Tapped(id, report)));
        }
    }

    fn play(&mut self, call: CallId, playback: &Playback, agenda: &mut Agenda) {
        self.playing.insert(playback.id, call);
        let begins_ms = agenda.number(0, 800);
        let lasts_ms = agenda.number(20, 15_000);
        let source = agenda.number(0, playback.sources.len() as u64 - 1) as usize;
        let problems = [Unplayable::Format, Unplayable::Download, Unplayable::Speech, Unplayable::Empty];
        let problem = *agenda.pick(&problems).expect("there are problems");
        let at = |agenda: &mut Agenda, wait_ms, moment| {
            agenda.after_ms(wait_ms, Happening::Moment(call, playback.id, moment));
        };
        if agenda.chance(8) {
            return at(agenda, begins_ms, Moment::Fails(source, problem));
        }
        at(agenda, begins_ms, Moment::Begins);
        if agenda.chance(5) {
            at(agenda, begins_ms + lasts_ms, Moment::Fails(source, problem));
        } else if !playback.repeat {
            at(agenda, begins_ms + lasts_ms, Moment::Ends);
        }
    }

    /// A playback comes to a point, unless it was stopped before.
    pub(crate) fn on_moment(&mut self, call: CallId, id: PlaybackId, moment: Moment, agenda: &mut Agenda) {
        if !self.playing.contains_key(&id) {
            return;
        }
        let report = match moment {
            Moment::Begins => MediaReport::Started(id),
            Moment::Ends => MediaReport::Finished(id),
            Moment::Fails(source, why) => MediaReport::Failed { playback: id, source, why },
        };
        if !matches!(moment, Moment::Begins) {
            self.playing.remove(&id);
        }
        // The same way for all reports of a playback, so that they stay in order.
        agenda.after_ms(3, Happening::MediaReport(call, report));
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.playing.is_empty()
    }
}
