//! One playback: a list of sounds, heard one after another without a gap.

use std::sync::Arc;

use codec::Codec;
use media_plan::{Playback, Unplayable};

use crate::frame::{FRAME_SAMPLES, Samples, WIDE_FRAME_SAMPLES, WideSamples};
use crate::sound::Sound;

/// A playback and how far it is.
#[derive(Debug)]
pub(crate) struct Player {
    pub(crate) playback: Playback,
    /// The seats of the audience that are taken.
    pub(crate) seats: Vec<usize>,
    sounds: Vec<Slot>,
    /// The sound that is heard next, and the place in it.
    source: usize,
    offset: usize,
    started: bool,
    /// Its last frame is the current one, or it has failed.
    over: bool,
    now: Now,
    assembled: Samples,
    assembled_wide: WideSamples,
    /// Whether the sound that is heard had been prepared when it began; by codec. In its middle, listeners do not
    /// change from a stream of their own to one that others share.
    shares: [bool; Codec::ALL.len()],
}

/// A place in the list.
#[derive(Clone, Debug)]
enum Slot {
    Loading,
    Ready(Arc<Sound>),
    Unplayable(Unplayable),
}

/// What is heard in the current frame.
#[derive(Debug)]
enum Now {
    Silence,
    /// A whole frame of one sound: its shared companding can be used as it is.
    Within(Arc<Sound>, usize),
    /// Put together from several sounds, or from the end of one.
    Assembled,
}

/// What the current frame means for the playback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing is there to be heard yet.
    Waiting,
    /// Heard; `first` and `last` of its frames.
    Audible { first: bool, last: bool },
    /// The source cannot be played.
    Failed { source: usize, why: Unplayable },
}

impl Player {
    pub(crate) fn new(playback: Playback) -> Self {
        Self {
            sounds: vec![Slot::Loading; playback.sources.len()],
            seats: Vec::with_capacity(playback.audience.len()),
            playback,
            source: 0,
            offset: 0,
            started: false,
            over: false,
            now: Now::Silence,
            assembled: [0; FRAME_SAMPLES],
            assembled_wide: [0; WIDE_FRAME_SAMPLES],
            shares: [false; Codec::ALL.len()],
        }
    }

    /// A sound of the list is there, or never will be. What is said first of a place holds: it may be
    /// playing, and another sound may be shorter.
    pub(crate) fn handle_sound(&mut self, source: usize, sound: Result<Arc<Sound>, Unplayable>) {
        if let Some(slot @ Slot::Loading) = self.sounds.get_mut(source) {
            *slot = match sound {
                Ok(sound) => Slot::Ready(sound),
                Err(why) => Slot::Unplayable(why),
            };
        }
    }

    /// Whether no further frame comes.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether something is heard in the current frame.
    pub(crate) fn is_audible(&self) -> bool {
        !matches!(self.now, Now::Silence)
    }

    /// The current frame.
    pub(crate) fn samples(&self) -> &[i16] {
        match &self.now {
            Now::Silence => &[],
            Now::Within(sound, at) => &sound.samples()[*at..*at + FRAME_SAMPLES],
            Now::Assembled => &self.assembled,
        }
    }

    /// The current frame in wideband.
    pub(crate) fn wide_samples(&self) -> &[i16] {
        match &self.now {
            Now::Silence => &[],
            Now::Within(sound, at) => &sound.wide_samples()[2 * *at..2 * *at + WIDE_FRAME_SAMPLES],
            Now::Assembled => &self.assembled_wide,
        }
    }

    /// The current frame as it goes on the wire, where that has been made once for all.
    pub(crate) fn shared_codes(&self, codec: Codec) -> Option<&[u8]> {
        match &self.now {
            Now::Within(sound, at) if self.shares[codec as usize] => sound.coded(codec, *at),
            Now::Within(..) | Now::Silence | Now::Assembled => None,
        }
    }

    /// Goes on to the next frame.
    pub(crate) fn advance(&mut self) -> Progress {
        let progress = self.next_frame();
        self.over = matches!(progress, Progress::Failed { .. } | Progress::Audible { last: true, .. });
        progress
    }

    fn next_frame(&mut self) -> Progress {
        self.now = Now::Silence;
        let mut filled = 0;
        // Sounds without any sample must not keep a repeating list turning for ever.
        let mut empty = 0;
        while filled < FRAME_SAMPLES {
            let sound = match self.sounds.get(self.source) {
                None => break,
                Some(Slot::Ready(sound)) => sound,
                Some(Slot::Loading) if filled == 0 => return Progress::Waiting,
                Some(Slot::Unplayable(why)) if filled == 0 => {
                    return Progress::Failed { source: self.source, why: *why };
                }
                // What is there is heard first; the rest of the frame is silent.
                Some(Slot::Loading | Slot::Unplayable(_)) => break,
            };
            if self.offset == 0 {
                self.shares = Codec::ALL.map(|codec| sound.is_prepared(codec));
            }
            let rest = &sound.samples()[self.offset..];
            let taken = rest.len().min(FRAME_SAMPLES - filled);
            if taken == FRAME_SAMPLES {
                self.now = Now::Within(sound.clone(), self.offset);
            } else {
                self.assembled[filled..filled + taken].copy_from_slice(&rest[..taken]);
                let wide = &sound.wide_samples()[2 * self.offset..][..2 * taken];
                self.assembled_wide[2 * filled..][..2 * taken].copy_from_slice(wide);
            }
            empty = if taken == 0 { empty + 1 } else { 0 };
            if empty > self.sounds.len() {
                return Progress::Failed { source: self.source, why: Unplayable::Empty };
            }
            filled += taken;
            let ends = taken == rest.len();
            self.step(taken, ends);
        }
        self.conclude(filled)
    }

    fn step(&mut self, taken: usize, ends: bool) {
        self.offset += taken;
        if ends {
            self.offset = 0;
            self.source += 1;
            if self.source == self.sounds.len() && self.playback.repeat {
                self.source = 0;
            }
        }
    }

    fn conclude(&mut self, filled: usize) -> Progress {
        if (1..FRAME_SAMPLES).contains(&filled) {
            self.assembled[filled..].fill(0);
            self.assembled_wide[2 * filled..].fill(0);
        }
        if filled > 0 && !self.is_audible() {
            self.now = Now::Assembled;
        }
        let last = self.source >= self.sounds.len();
        if filled == 0 && last && !self.started {
            let source = self.sounds.len().saturating_sub(1);
            return Progress::Failed { source, why: Unplayable::Empty };
        }
        let first = !std::mem::replace(&mut self.started, true);
        Progress::Audible { first, last }
    }
}
