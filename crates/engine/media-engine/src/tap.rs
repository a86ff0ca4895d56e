//! Somebody who listens to a call without being a leg.

use identifier::{LegId, TapId};

use crate::band::{Band, Wide};
use crate::frame::{WIDE_FRAME_SAMPLES, WideSamples};
use crate::live_voice::LiveVoice;
use crate::mixer::Mix;
use crate::player::Player;
use crate::speaker::Speaker;

/// A frame in which no sample is larger is silence: A-law knows no zero.
const QUIET: i16 = 16;
/// Of how loud somebody was, so much is left after a frame, in sixteenths: half of it after 200 ms.
const FADING: u64 = 15;
/// Who is among the loudest stays there until another is louder by so much (3 dB, of the power).
const FAVOR: u64 = 2;

/// What a tap hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hearing {
    /// Each voice for itself, of so many of the loudest at most; else the sum of all.
    pub apart: Option<usize>,
    /// What is played to those who are listened to is heard as well, and so are live voices.
    pub played: bool,
    /// Of live voices, this one is heard in any case.
    pub live: Option<TapId>,
}

/// Which sound it is that a tap hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Track {
    /// All of it.
    Mixed,
    /// One voice.
    Leg(LegId),
    /// What is played to the legs, where voices are apart.
    Played,
}

/// A tap in its graph.
#[derive(Debug)]
pub(crate) struct Ear {
    pub(crate) id: TapId,
    pub(crate) hearing: Hearing,
    /// Whom it would listen to, here or not.
    pub(crate) legs: Vec<LegId>,
    voices: Vec<Heard>,
    /// Positions in `voices`, the loudest first.
    order: Vec<usize>,
    /// The sum: of all, or of what is played.
    mixed: WideSamples,
    is_silent: bool,
}

/// One voice, as a tap hears it.
#[derive(Clone, Copy, Debug)]
struct Heard {
    seat: usize,
    leg: LegId,
    /// The power of the last moments.
    level: u64,
    is_chosen: bool,
    is_silent: bool,
}

impl Ear {
    pub(crate) fn new(id: TapId, legs: Vec<LegId>, hearing: Hearing) -> Self {
        let (voices, order) = (Vec::new(), Vec::new());
        Self { id, hearing, legs, voices, order, mixed: [0; WIDE_FRAME_SAMPLES], is_silent: true }
    }

    /// Finds those who are here.
    pub(crate) fn reconcile(&mut self, seat_of: impl Fn(&LegId) -> Option<usize>) {
        let before = std::mem::take(&mut self.voices);
        let known = |leg: &LegId| before.iter().find(|voice| voice.leg == *leg);
        let voice = |leg: &LegId| {
            let (level, is_chosen) = known(leg).map_or((0, false), |voice| (voice.level, voice.is_chosen));
            Some(Heard { seat: seat_of(leg)?, leg: *leg, level, is_chosen, is_silent: true })
        };
        self.voices = self.legs.iter().filter_map(voice).collect();
        self.order = (0..self.voices.len()).collect();
    }

    /// Makes what is heard in this frame.
    pub(crate) fn listen(&mut self, speakers: &mut [Speaker], players: &[Player], live: &[LiveVoice]) {
        if self.hearing.apart.is_some() {
            self.listen_apart(speakers);
        } else {
            for voice in &self.voices {
                let speaker = &mut speakers[voice.seat];
                if speaker.is_heard() {
                    Wide::decode(speaker);
                }
            }
        }
        let is_apart = self.hearing.apart.is_some();
        let voices = self.voices.iter().map(|voice| &speakers[voice.seat]);
        let voices = voices.filter(|speaker| !is_apart && speaker.is_heard()).map(Wide::samples);
        let hears = |seats: &[usize]| self.voices.iter().any(|voice| seats.contains(&voice.seat));
        let playing = players
            .iter()
            .filter(|player| self.hearing.played && player.is_audible() && hears(&player.seats));
        let speaking = live.iter().filter(|voice| {
            let is_asked_for =
                self.hearing.live == Some(voice.id) || (self.hearing.played && hears(&voice.seats));
            voice.is_audible() && is_asked_for
        });
        let others = playing.map(Wide::playing).chain(speaking.map(Wide::live));
        self.is_silent = !add_up(voices.map(<[i16; _]>::as_slice).chain(others), &mut self.mixed);
    }

    /// What is heard in this frame: each track once, and `None` for one that is silent.
    pub(crate) fn heard<'a>(
        &'a self,
        speakers: &'a [Speaker],
    ) -> impl Iterator<Item = (Track, Option<&'a WideSamples>)> {
        let is_apart = self.hearing.apart.is_some();
        let sum = (!self.is_silent).then_some(&self.mixed);
        let whole = match is_apart {
            false => Some((Track::Mixed, sum)),
            // Where voices are apart, nothing played is no track.
            true => sum.map(|sum| (Track::Played, Some(sum))),
        };
        let chosen = self.voices.iter().filter(move |voice| is_apart && voice.is_chosen);
        let voices = chosen.map(|voice| {
            let samples = (!voice.is_silent).then(|| Wide::samples(&speakers[voice.seat]));
            (Track::Leg(voice.leg), samples)
        });
        voices.chain(whole)
    }

    fn listen_apart(&mut self, speakers: &mut [Speaker]) {
        let most = self.hearing.apart.unwrap_or_default();
        let is_crowd = self.voices.len() > most;
        for voice in &mut self.voices {
            let speaker = &mut speakers[voice.seat];
            voice.is_chosen |= !is_crowd;
            voice.is_silent = !speaker.is_heard();
            if is_crowd {
                voice.level = voice.level * FADING / 16;
            }
            if !voice.is_silent {
                Wide::decode(speaker);
                let samples = Wide::samples(speaker);
                voice.is_silent = is_quiet(samples);
                if is_crowd {
                    voice.level = voice.level.max(power(samples));
                }
            }
        }
        if is_crowd {
            let voices = &self.voices;
            let rank = |at: &usize| {
                let voice = &voices[*at];
                std::cmp::Reverse(voice.level * if voice.is_chosen { FAVOR } else { 1 })
            };
            // In place, and stable where levels are equal.
            self.order.sort_unstable_by_key(|at| (rank(at), *at));
            for (place, at) in self.order.iter().enumerate() {
                self.voices[*at].is_chosen = place < most;
            }
        }
    }
}

/// The sum of all of these; `false`: it is silence. Two need no room for a sum that is larger than what can be said.
fn add_up<'a>(mut sounds: impl Iterator<Item = &'a [i16]>, sum: &mut WideSamples) -> bool {
    let Some(first) = sounds.next() else { return false };
    match (sounds.next(), sounds.next()) {
        (None, _) => sum.iter_mut().zip(first).for_each(|(sum, sample)| *sum = *sample),
        (Some(second), None) => {
            for ((sum, first), second) in sum.iter_mut().zip(first).zip(second) {
                *sum = first.saturating_add(*second);
            }
        }
        (Some(second), Some(third)) => {
            let mut mix = Mix::silent();
            [first, second, third].into_iter().chain(sounds).for_each(|samples| mix.add(samples));
            *sum = mix.samples();
        }
    }
    !is_quiet(sum)
}

fn is_quiet(samples: &WideSamples) -> bool {
    // Two plain comparisons for several samples at once cost less than one of sizes.
    let (least, most) = samples
        .iter()
        .fold((0, 0), |(least, most): (i16, i16), sample| (least.min(*sample), most.max(*sample)));
    least >= -QUIET && most <= QUIET
}

fn power(samples: &WideSamples) -> u64 {
    let sum: u64 = samples.iter().map(|sample| i64::from(*sample).pow(2) as u64).sum();
    sum / WIDE_FRAME_SAMPLES as u64
}
