//! What everybody hears before they are recorded.
//!
//! Whoever has not heard it is not recorded: not those who were there before it was heard to its end, and not
//! those who come later, until each has heard it themselves.

use std::collections::BTreeSet;

use identifier::{LegId, PlaybackId};
use media_plan::{MediaReport, PlaySource, Unplayable};

use crate::stage::Stage;
use crate::topology;

/// An announcement, and who has heard it.
#[derive(Debug)]
pub(crate) struct Announcement {
    source: PlaySource,
    /// For whom it has been played, or is.
    addressed: BTreeSet<LegId>,
    heard: BTreeSet<LegId>,
    playing: Vec<(PlaybackId, Vec<LegId>)>,
}

/// What a report says about an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Announced {
    /// Some have heard it to its end.
    Heard,
    /// It could not be played.
    Failed(Unplayable),
}

impl Announcement {
    pub(crate) fn new(source: PlaySource) -> Self {
        Self { source, addressed: BTreeSet::new(), heard: BTreeSet::new(), playing: Vec::new() }
    }

    /// Those who have heard it to its end.
    pub(crate) fn heard(&self) -> &BTreeSet<LegId> {
        &self.heard
    }

    /// Plays it to those who talk and have not been addressed; says whether there are any.
    pub(crate) fn address(&mut self, stage: &mut Stage) -> bool {
        let is_new = |leg: &LegId| !self.addressed.contains(leg);
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
        self.addressed.extend(&newcomers);
        let playback = stage.play(newcomers.clone(), vec![self.source.clone()], false);
        self.playing.push((playback, newcomers));
        true
    }

    /// Media saw something; nothing if it is not about this.
    pub(crate) fn on_media(&mut self, report: &MediaReport) -> Option<Announced> {
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
        }
        Some(announced)
    }

    /// Nobody hears it any further.
    pub(crate) fn stop(&mut self, stage: &mut Stage) {
        for (playback, _) in self.playing.drain(..) {
            stage.stop(playback);
        }
    }
}
