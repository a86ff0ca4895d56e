//! What a playback may be given to play.

use std::sync::Arc;

use crate::growing_sound::{GrowingSound, Part};
use crate::sound::Sound;

/// A sound, as far as it is there.
#[derive(Clone, Debug)]
pub enum Playable {
    /// All of it.
    Whole(Arc<Sound>),
    /// The rest is on its way.
    Growing(Arc<GrowingSound>),
}

impl Playable {
    pub(crate) fn part(&self, number: usize) -> Part<'_> {
        match (self, number) {
            (Self::Whole(sound), 0) => Part::There(sound),
            (Self::Whole(_), _) => Part::End,
            (Self::Growing(sound), _) => sound.part(number),
        }
    }

    /// The same, but only where more is there than this part, or no more comes: who begins with less soon stops again.
    pub(crate) fn part_with_lead(&self, number: usize) -> Part<'_> {
        match (self.part(number), self.part(number + 1)) {
            (Part::There(_), Part::NotYet) => Part::NotYet,
            (part, _) => part,
        }
    }
}

impl From<Arc<Sound>> for Playable {
    fn from(sound: Arc<Sound>) -> Self {
        Self::Whole(sound)
    }
}

impl From<Arc<GrowingSound>> for Playable {
    fn from(sound: Arc<GrowingSound>) -> Self {
        Self::Growing(sound)
    }
}
