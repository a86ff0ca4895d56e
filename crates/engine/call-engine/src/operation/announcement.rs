//! What everybody hears before they are recorded.
//!
//! Whoever has not heard it is not recorded: not those who were there before it was heard to its end, and not
//! those who come later, until each has heard it themselves.

use std::collections::{BTreeMap, BTreeSet};

use identifier::{LegId, PlaybackId};
use media_plan::{MediaReport, PlaySource, Unplayable};

use crate::stage::Stage;
use crate::topology;

/// So often it is played to somebody who comes later before they are given up.
const MOST_ATTEMPTS: u8 = 3;

/// An announcement, and who has heard it.
#[derive(Debug)]
pub(crate) struct Announcement {
    source: PlaySource,
    /// For whom it has been played, or is, and how often.
    addressed: BTreeMap<LegId, u8>,
    heard: BTreeSet<LegId>,
    playing: Vec<(PlaybackId, Vec<LegId>)>,
}

/// What a report says about an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Announced {
    /// Some have heard it to its end.
    Heard,
    /// It could not be played, and is tried again.
    Delayed,
    /// It could not be played, and is not tried again.
    Failed(Unplayable),
}

impl Announcement {
    pub(crate) fn new(source: PlaySource) -> Self {
        Self { source, addressed: BTreeMap::new(), heard: BTreeSet::new(), playing: Vec::new() }
    }

    /// Those who have heard it to its end.
    pub(crate) fn heard(&self) -> &BTreeSet<LegId> {
        &self.heard
    }

    /// Plays it to those who talk and have not been addressed; says whether there are any.
    pub(crate) fn address(&mut self, stage: &mut Stage) -> bool {
        let is_new = |leg: &LegId| !self.addressed.contains_key(leg);
        let newcomers: Vec<LegId> = stage
            .participants
            .iter()
            .filter(|one| topology::talks(one))
            .map(|one| one.leg)
            .filter(is_new)
            .collect();
        if newcomers.is_empty() {
            return false;
        }
        self.addressed.extend(newcomers.iter().map(|leg| (*leg, 1)));
        self.play(newcomers, stage);
        true
    }

    fn play(&mut self, audience: Vec<LegId>, stage: &mut Stage) {
        let playback = stage.play(audience.clone(), vec![self.source.clone()], false);
        self.playing.push((playback, audience));
    }

    /// Media saw something; nothing if it is not about this. Somebody who comes later, and for whom it fails, gets
    /// it again.
    pub(crate) fn on_media(&mut self, report: &MediaReport, stage: &mut Stage) -> Option<Announced> {
        let (playback, announced) = match report {
            MediaReport::Finished(playback) => (playback, Announced::Heard),
            MediaReport::Failed { playback, why, .. } => (playback, Announced::Failed(*why)),
            MediaReport::Started(_)
            | MediaReport::ToneStarted(..)
            | MediaReport::ToneEnded(..)
            | MediaReport::TonesSent(_)
            | MediaReport::TonesRefused(_)
            | MediaReport::Silent(_)
            | MediaReport::Tapped(..) => return None,
        };
        let position = self.playing.iter().position(|(playing, _)| playing == playback)?;
        let (_, audience) = self.playing.swap_remove(position);
        if announced == Announced::Heard {
            self.heard.extend(audience);
            return Some(announced);
        }
        let (again, lost): (Vec<LegId>, Vec<LegId>) = audience
            .into_iter()
            .filter(|leg| stage.participant_on(*leg).is_some())
            .partition(|leg| self.addressed.get(leg).is_some_and(|times| *times < MOST_ATTEMPTS));
        // Where nobody has heard it the sound itself may be at fault, and whoever asked for it is told at once.
        if self.heard.is_empty() || again.is_empty() {
            return (!lost.is_empty() || self.heard.is_empty()).then_some(announced);
        }
        again.iter().for_each(|leg| *self.addressed.entry(*leg).or_default() += 1);
        self.play(again, stage);
        Some(Announced::Delayed)
    }

    /// Nobody hears it any further.
    pub(crate) fn stop(&mut self, stage: &mut Stage) {
        for (playback, _) in self.playing.drain(..) {
            stage.stop(playback);
        }
    }
}
