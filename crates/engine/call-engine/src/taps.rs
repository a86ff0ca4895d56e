//! Listeners that are no legs, and whom they hear.

use std::collections::{BTreeMap, BTreeSet};

use identifier::{LegId, TapId};
use media_plan::{Purpose, Tap};

use crate::participant::Participant;
use crate::topology;

/// Whose voices a tap hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Voices {
    /// All who are heard in the call, whoever comes and goes.
    Everybody,
    /// Of those, only these.
    Those(BTreeSet<LegId>),
    /// One leg, also when nobody else hears it.
    One(LegId),
}

/// The wishes as media knows them.
#[derive(Debug, Default)]
pub(crate) struct Taps {
    wishes: BTreeMap<TapId, (Voices, Tap)>,
}

impl Taps {
    pub(crate) fn begin(
        &mut self,
        id: TapId,
        voices: Voices,
        purpose: Purpose,
        participants: &[Participant],
    ) -> Tap {
        let tap = Tap { id, voices: topology::voices(&voices, participants), purpose };
        self.wishes.insert(id, (voices, tap.clone()));
        tap
    }

    /// The wish as it is now, if the change makes a difference.
    pub(crate) fn change(&mut self, id: TapId, change: impl FnOnce(&mut Purpose)) -> Option<Tap> {
        let (_, tap) = self.wishes.get_mut(&id)?;
        let before = tap.purpose.clone();
        change(&mut tap.purpose);
        (tap.purpose != before).then(|| tap.clone())
    }

    /// It hears others from the next [`restate`](Self::restate) on.
    pub(crate) fn turn(&mut self, id: TapId, voices: Voices) {
        if let Some((scope, _)) = self.wishes.get_mut(&id) {
            *scope = voices;
        }
    }

    /// Whether there was one.
    pub(crate) fn forget(&mut self, id: TapId) -> bool {
        self.wishes.remove(&id).is_some()
    }

    /// The wishes that differ because people came or went.
    pub(crate) fn restate(&mut self, participants: &[Participant]) -> Vec<Tap> {
        let mut changed = Vec::new();
        for (scope, tap) in self.wishes.values_mut() {
            let voices = topology::voices(scope, participants);
            if voices != tap.voices {
                tap.voices = voices;
                changed.push(tap.clone());
            }
        }
        changed
    }
}
