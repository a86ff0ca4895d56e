//! The media side: playbacks of random length, sources that fail, tones that are refused.

use std::collections::BTreeMap;

use identifier::{CallId, PlaybackId};
use media_plan::{MediaReport, MediaRequest, Playback, Unplayable};

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
}

impl Media {
    pub(crate) fn on_request(&mut self, call: CallId, request: &MediaRequest, agenda: &mut Agenda) {
        match request {
            MediaRequest::Connect(_) | MediaRequest::Listen(_) | MediaRequest::StopListening(_) => {}
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
            MediaRequest::Release => self.playing.retain(|_, owner| *owner != call),
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
