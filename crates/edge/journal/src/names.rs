//! Short names for what has long ids.

use std::collections::{HashMap, HashSet};

use identifier::{LegId, OperationId, PlaybackId};

/// Names in the order in which they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Names {
    legs: HashMap<LegId, usize>,
    plays: HashMap<PlaybackId, usize>,
    tones: HashMap<OperationId, usize>,
    arrived: HashSet<LegId>,
    connected: HashSet<LegId>,
}

impl Names {
    pub(crate) fn leg(&mut self, id: LegId) -> String {
        let next = self.legs.len() + 1;
        format!("leg{}", self.legs.entry(id).or_insert(next))
    }

    pub(crate) fn play(&mut self, id: PlaybackId) -> String {
        let next = self.plays.len() + 1;
        format!("play{}", self.plays.entry(id).or_insert(next))
    }

    pub(crate) fn tones(&mut self, id: OperationId) -> String {
        let next = self.tones.len() + 1;
        format!("tones{}", self.tones.entry(id).or_insert(next))
    }

    /// The leg called us.
    pub(crate) fn arrives(&mut self, leg: LegId) {
        self.arrived.insert(leg);
    }

    pub(crate) fn connects(&mut self, leg: LegId) {
        self.connected.insert(leg);
    }

    pub(crate) fn is_inbound(&self, leg: LegId) -> bool {
        self.arrived.contains(&leg)
    }

    pub(crate) fn is_connected(&self, leg: LegId) -> bool {
        self.connected.contains(&leg)
    }
}
