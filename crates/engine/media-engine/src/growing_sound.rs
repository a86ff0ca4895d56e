//! A sound that is heard while it still comes.

use std::sync::{Arc, OnceLock};

use media_plan::Unplayable;

use crate::frame::FRAME_SAMPLES;
use crate::sound::Sound;

/// Samples of every part but the last: 100 ms, whole frames, so that a listener hears them as they lie.
pub(crate) const PART_SAMPLES: usize = 5 * FRAME_SAMPLES;
/// Parts for which memory is taken at once.
const SHELF: usize = 64;

/// Parts that are never changed, one after the other, and an end that is said once.
///
/// A [`SoundWriter`](crate::SoundWriter) adds to it. Whoever hears it takes no lock and no memory: what is there is
/// an atomic load away. Its parts are not encoded for all, as it is heard but once; what is kept of it is the whole
/// [`Sound`] that the writer makes of it at its end.
#[derive(Debug)]
pub struct GrowingSound {
    shelves: Box<[OnceLock<Shelf>]>,
    end: OnceLock<Result<(), Unplayable>>,
}

type Shelf = Box<[OnceLock<Arc<Sound>>; SHELF]>;

/// What is at a place of a sound.
#[derive(Debug)]
pub(crate) enum Part<'a> {
    There(&'a Arc<Sound>),
    NotYet,
    End,
    Broken(Unplayable),
}

impl GrowingSound {
    /// Room for so many parts.
    pub(crate) fn with_room(parts: usize) -> Self {
        let shelves = (0..parts.div_ceil(SHELF)).map(|_| OnceLock::new()).collect();
        Self { shelves, end: OnceLock::new() }
    }

    pub(crate) fn part(&self, number: usize) -> Part<'_> {
        // The end is said after the last part: whoever looks for it first misses none.
        let end = self.end.get();
        match (self.there(number), end) {
            (Some(sound), _) => Part::There(sound),
            (None, None) => Part::NotYet,
            (None, Some(Ok(()))) => Part::End,
            (None, Some(Err(why))) => Part::Broken(*why),
        }
    }

    /// What is there of it.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Sound> + Clone {
        (0..).map_while(|number| self.there(number).map(|part| &**part))
    }

    /// `false`: there is no room, or it is taken.
    pub(crate) fn add(&self, number: usize, part: Sound) -> bool {
        let Some(shelf) = self.shelves.get(number / SHELF) else { return false };
        let shelf = shelf.get_or_init(|| Box::new([const { OnceLock::new() }; SHELF]));
        shelf[number % SHELF].set(Arc::new(part)).is_ok()
    }

    /// What is said first holds.
    pub(crate) fn end(&self, how: Result<(), Unplayable>) {
        let _ = self.end.set(how);
    }

    fn there(&self, number: usize) -> Option<&Arc<Sound>> {
        self.shelves.get(number / SHELF)?.get()?[number % SHELF].get()
    }
}
