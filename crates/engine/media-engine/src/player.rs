//! One playback: a list of sounds, heard one after another without a gap.

use std::sync::Arc;

use codec::Codec;
use media_plan::{Playback, Unplayable};

use crate::frame::{FRAME_SAMPLES, RATE_HZ, Samples, WIDE_FRAME_SAMPLES, WIDE_RATE_HZ, WideSamples};
use crate::growing_sound::Part;
use crate::playable::Playable;
use crate::seam::Seam;
use crate::sound::Sound;

/// A playback and how far it is.
#[derive(Debug)]
pub(crate) struct Player {
    pub(crate) playback: Playback,
    /// The seats of the audience that are taken.
    pub(crate) seats: Vec<usize>,
    sounds: Vec<Slot>,
    /// The sound that is heard next, the part of it, and the place in that.
    source: usize,
    part: usize,
    offset: usize,
    started: bool,
    /// The rest of the sound is late.
    dry: bool,
    /// Where it stopped and goes on, in both bands.
    seams: [Seam; 2],
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
    Ready(Playable),
    Unplayable(Unplayable),
}

impl Slot {
    fn part(&self, number: usize, with_lead: bool) -> Part<'_> {
        match self {
            Self::Loading => Part::NotYet,
            Self::Unplayable(why) => Part::Broken(*why),
            Self::Ready(sound) if with_lead => sound.part_with_lead(number),
            Self::Ready(sound) => sound.part(number),
        }
    }
}

/// What is heard in the current frame.
#[derive(Debug)]
enum Now {
    Silence,
    /// A whole frame of one sound: its shared companding can be used as it is.
    Within(Arc<Sound>, usize),
    /// Put together from several sounds, or from the end of one, or beside a gap.
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
            part: 0,
            offset: 0,
            started: false,
            dry: false,
            seams: [Seam::new(RATE_HZ), Seam::new(WIDE_RATE_HZ)],
            over: false,
            now: Now::Silence,
            assembled: [0; FRAME_SAMPLES],
            assembled_wide: [0; WIDE_FRAME_SAMPLES],
            shares: [false; Codec::ALL.len()],
        }
    }

    /// A sound of the list is there, or never will be. What is said first of a place holds: it may be
    /// playing, and another sound may be shorter. That one is given back.
    pub(crate) fn handle_sound(
        &mut self,
        source: usize,
        sound: Result<Playable, Unplayable>,
    ) -> Option<Playable> {
        let Some(slot @ Slot::Loading) = self.sounds.get_mut(source) else { return sound.ok() };
        *slot = match sound {
            Ok(sound) => Slot::Ready(sound),
            Err(why) => Slot::Unplayable(why),
        };
        None
    }

    /// How many sounds the list has.
    pub(crate) fn count(&self) -> usize {
        self.sounds.len()
    }

    /// The sounds that are there, of a playback that is over.
    pub(crate) fn take_sounds(&mut self) -> impl Iterator<Item = Playable> {
        // It holds a part of one of them.
        self.now = Now::Silence;
        self.sounds.drain(..).filter_map(|slot| match slot {
            Slot::Ready(sound) => Some(sound),
            Slot::Loading | Slot::Unplayable(_) => None,
        })
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
        let before = [self.samples(), self.wide_samples()].map(|samples| samples.last().copied());
        self.now = Now::Silence;
        let mut filled = 0;
        // Sounds without any sample must not keep a repeating list turning for ever.
        let mut empty = 0;
        while filled < FRAME_SAMPLES {
            let Some(slot) = self.sounds.get(self.source) else { break };
            let begins = self.part == 0 && self.offset == 0;
            match slot.part(self.part, begins || self.dry) {
                Part::There(sound) => {
                    if begins {
                        self.shares = Codec::ALL.map(|codec| sound.is_prepared(codec));
                    }
                    let length = sound.samples().len();
                    let taken = (length - self.offset).min(FRAME_SAMPLES - filled);
                    if taken == FRAME_SAMPLES && self.seams[0].is_closed() {
                        self.now = Now::Within(sound.clone(), self.offset);
                    } else {
                        let heard = &mut self.assembled[filled..filled + taken];
                        heard.copy_from_slice(&sound.samples()[self.offset..][..taken]);
                        self.seams[0].flow(heard);
                        let heard = &mut self.assembled_wide[2 * filled..][..2 * taken];
                        heard.copy_from_slice(&sound.wide_samples()[2 * self.offset..][..2 * taken]);
                        self.seams[1].flow(heard);
                    }
                    (self.dry, filled, self.offset) = (false, filled + taken, self.offset + taken);
                    if self.offset == length {
                        (self.part, self.offset) = (self.part + 1, 0);
                    }
                    empty = if taken == 0 { empty } else { 0 };
                }
                Part::End => {
                    empty += 1;
                    if empty > self.sounds.len() {
                        return Progress::Failed { source: self.source, why: Unplayable::Empty };
                    }
                    self.next_source();
                }
                // It stopped in its middle.
                part @ (Part::NotYet | Part::Broken(_)) if self.part > 0 => {
                    if self.dry && self.seams[0].is_faded() {
                        return waiting(part, self.source);
                    }
                    self.fade(filled, before);
                    return Progress::Audible { first: false, last: false };
                }
                part if filled == 0 => return waiting(part, self.source),
                // What is there is heard first; the rest of the frame is silent.
                Part::NotYet | Part::Broken(_) => break,
            }
        }
        // Whether this was the last frame shows now, where the end has been said.
        if self.part > 0
            && let Some(Part::End) = self.sounds.get(self.source).map(|slot| slot.part(self.part, false))
        {
            self.next_source();
        }
        self.conclude(filled)
    }

    /// Fills the frame, of which so much is there, with what is heard where a sound stops; `before` is what was heard
    /// last.
    fn fade(&mut self, filled: usize, before: [Option<i16>; 2]) {
        if !std::mem::replace(&mut self.dry, true) {
            let last = match filled {
                0 => before,
                _ => [self.assembled[..filled].last(), self.assembled_wide[..2 * filled].last()]
                    .map(Option::<&i16>::copied),
            };
            for (seam, last) in self.seams.iter_mut().zip(last) {
                seam.open(last.unwrap_or_default());
            }
        }
        self.seams[0].gap(&mut self.assembled[filled..]);
        self.seams[1].gap(&mut self.assembled_wide[2 * filled..]);
        self.now = Now::Assembled;
    }

    fn next_source(&mut self) {
        (self.part, self.offset) = (0, 0);
        self.source += 1;
        if self.source == self.sounds.len() && self.playback.repeat {
            self.source = 0;
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

/// What a frame is in which nothing of a sound is heard.
fn waiting(part: Part<'_>, source: usize) -> Progress {
    match part {
        Part::Broken(why) => Progress::Failed { source, why },
        Part::There(_) | Part::NotYet | Part::End => Progress::Waiting,
    }
}
