//! Who hears what in one call.

use std::collections::VecDeque;
use std::sync::Arc;

use codec::{Codec, Voice, opus, tone};
use identifier::{LegId, PlaybackId, TapId};
use media_plan::{MediaPlan, MediaReport, Playback, Unplayable};

use crate::band::{Band, Narrow, Wide};
use crate::frame::{FRAME_SAMPLES, WIDE_FRAME_SAMPLES, WideSamples};
use crate::listener::{Listener, Said};
use crate::live_voice::LiveVoice;
use crate::mixer::Mix;
use crate::player::{Player, Progress};
use crate::sound::Sound;
use crate::speaker::Speaker;
use crate::tap::{Ear, Hearing, Track};

/// From this many voices on, a mix is made by taking one voice out of the sum of all.
const CROWD: usize = 4;

/// The place of a leg in its graph, for as long as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat(usize);

/// The media of one call.
#[derive(Debug)]
pub struct Graph {
    /// A seat that is left is taken by the next leg.
    seats: Vec<Option<Listener>>,
    /// By seat, apart from the listeners so that one can be written while others are read.
    speakers: Vec<Speaker>,
    players: Vec<Player>,
    /// Who listens without being a leg.
    ears: Vec<Ear>,
    /// Who speaks without being a leg.
    live: Vec<LiveVoice>,
    plan: MediaPlan,
    /// The sum of all voices that anyone hears, in a crowd.
    crowd: Mix<FRAME_SAMPLES>,
    wide_crowd: Box<Mix<WIDE_FRAME_SAMPLES>>,
    /// Seats whose mix was encoded in this frame, for others who hear the same.
    encoded: Vec<usize>,
    reports: VecDeque<MediaReport>,
}

impl Default for Graph {
    fn default() -> Self {
        Self::new()
    }
}

impl Graph {
    /// A call without legs.
    pub fn new() -> Self {
        Self {
            seats: Vec::new(),
            speakers: Vec::new(),
            players: Vec::new(),
            ears: Vec::new(),
            live: Vec::new(),
            plan: MediaPlan::default(),
            crowd: Mix::silent(),
            wide_crowd: Box::new(Mix::silent()),
            encoded: Vec::new(),
            reports: VecDeque::with_capacity(8),
        }
    }

    /// A leg comes, speaking and hearing `codec`. It hears what the plan says for it.
    pub fn join(&mut self, leg: LegId, codec: Codec) -> Seat {
        let free = self.seats.iter().position(Option::is_none);
        let seat = free.unwrap_or(self.seats.len());
        if free.is_none() {
            self.seats.push(None);
            self.speakers.push(Speaker::new(codec));
            self.encoded.reserve(self.seats.len());
        }
        self.seats[seat] = Some(Listener::new(leg, codec));
        self.speakers[seat] = Speaker::new(codec);
        self.reconcile();
        Seat(seat)
    }

    /// The leg at `seat` speaks and hears another codec from now on.
    pub fn set_codec(&mut self, seat: Seat, codec: Codec) {
        if let Some(listener) = &mut self.seats[seat.0]
            && listener.codec != codec
        {
            listener.set_codec(codec);
            self.speakers[seat.0] = Speaker::new(codec);
            self.reconcile();
        }
    }

    /// What the leg at `seat` wants of Opus from now on.
    pub fn set_opus(&mut self, seat: Seat, opus: opus::Receiver) {
        if let Some(listener) = &mut self.seats[seat.0] {
            listener.set_opus(opus);
        }
    }

    /// The leg at `seat` is gone.
    pub fn leave(&mut self, seat: Seat) {
        self.seats[seat.0] = None;
        self.speakers[seat.0] = Speaker::new(Codec::Pcmu);
        self.reconcile();
    }

    /// Who hears whom from now on.
    pub fn connect(&mut self, plan: MediaPlan) {
        self.plan = plan;
        self.reconcile();
    }

    /// Plays, as soon as [`handle_sound`](Self::handle_sound) brings the first sound.
    pub fn play(&mut self, playback: Playback) {
        self.stop(playback.id);
        self.players.push(Player::new(playback));
        self.reconcile();
    }

    /// A sound of a playback is there, or never will be. A failure is reported when its turn comes.
    pub fn handle_sound(
        &mut self,
        playback: PlaybackId,
        source: usize,
        sound: Result<Arc<Sound>, Unplayable>,
    ) {
        // For a playback that was stopped meanwhile, the sound is late, not wrong.
        if let Some(player) = self.players.iter_mut().find(|player| player.playback.id == playback) {
            player.handle_sound(source, sound);
        }
    }

    /// Silence at once; nothing more is reported of the playback.
    pub fn stop(&mut self, playback: PlaybackId) {
        self.players.retain(|player| player.playback.id != playback);
        self.reports.retain(|report| match report {
            MediaReport::Started(id) | MediaReport::Finished(id) => *id != playback,
            MediaReport::Failed { playback: id, .. } => *id != playback,
            _ => true,
        });
    }

    /// Somebody listens to these legs, and as `hearing` says from now on. Legs that are not here are heard when
    /// they come.
    pub fn listen(&mut self, tap: TapId, legs: Vec<LegId>, hearing: Hearing) {
        match self.ears.iter_mut().find(|ear| ear.id == tap) {
            Some(ear) => (ear.legs, ear.hearing) = (legs, hearing),
            None => self.ears.push(Ear::new(tap, legs, hearing)),
        }
        self.reconcile();
    }

    /// A tap may speak as well, to all legs that the plan names.
    pub fn give_voice(&mut self, tap: TapId) {
        if self.live.iter().all(|voice| voice.id != tap) {
            self.live.push(LiveVoice::new(tap));
            self.reconcile();
        }
    }

    /// Nobody listens there any more, nor speaks.
    pub fn stop_listening(&mut self, tap: TapId) {
        self.ears.retain(|ear| ear.id != tap);
        self.live.retain(|voice| voice.id != tap);
    }

    /// What the voice of a tap says in this frame; one of which nothing is said is silent.
    pub fn handle_live_voice(&mut self, tap: TapId, samples: &[i16; WIDE_FRAME_SAMPLES]) {
        if let Some(voice) = self.live.iter_mut().find(|voice| voice.id == tap) {
            voice.say(samples);
        }
    }

    /// What a tap hears in this frame, after [`advance`](Self::advance): each track once, at 16 kHz; `None` is
    /// silence.
    pub fn heard_by_tap(&self, tap: TapId) -> impl Iterator<Item = (Track, Option<&WideSamples>)> {
        let ear = self.ears.iter().find(|ear| ear.id == tap);
        ear.into_iter().flat_map(|ear| ear.heard(&self.speakers))
    }

    /// The call is over: nobody hears anybody, and nothing plays.
    pub fn release(&mut self) {
        self.players.clear();
        self.ears.clear();
        self.live.clear();
        self.reports.clear();
        self.connect(MediaPlan::default());
    }

    /// What the leg at `seat` says in this frame; a leg of which nothing is said is silent.
    pub fn handle_voice(&mut self, seat: Seat, voice: Voice<'_>) {
        self.speakers[seat.0].handle_voice(voice);
    }

    /// The leg at `seat` hears a key in this frame (RFC 4733 event code), which has been down for so many frames.
    pub fn sound_key(&mut self, seat: Seat, event: u8, frames: u32) {
        if let Some(listener) = &mut self.seats[seat.0] {
            listener.key = Some((event, frames));
        }
    }

    /// Makes what every leg hears in this frame.
    pub fn advance(&mut self) {
        self.speakers.iter_mut().for_each(Speaker::begin_frame);
        self.advance_players();
        self.gather_crowd();
        self.encoded.clear();
        for seat in 0..self.seats.len() {
            self.serve(seat);
        }
        // Last: decoders are where the wire is while legs are served.
        for ear in &mut self.ears {
            ear.listen(&mut self.speakers, &self.players, &self.live);
        }
        self.live.iter_mut().for_each(LiveVoice::end_frame);
        self.speakers.iter_mut().for_each(Speaker::end_frame);
    }

    /// What the leg at `seat` hears in this frame, in its codec. `None`: it was lost on its way here, and of a
    /// codec whose decoder knows best what to do.
    pub fn heard_by(&self, seat: Seat) -> Option<&[u8]> {
        let listener = self.seats[seat.0].as_ref().expect("a seat is asked only while its leg is there");
        match listener.said {
            Said::Own => Some(listener.payload()),
            Said::As(speaker) => Some(self.speakers[speaker].payload()),
            Said::Lost(_) => None,
        }
    }

    /// Whether the leg at `seat` hears this one now.
    pub fn hears(&self, seat: Seat, speaker: LegId) -> bool {
        let leg_at = |seat: &usize| self.seats[*seat].as_ref().map(|listener| listener.leg);
        let listener = self.seats[seat.0].as_ref();
        listener.is_some_and(|listener| listener.hears.iter().any(|heard| leg_at(heard) == Some(speaker)))
    }

    /// What happened; to be taken after the frame was sent, because that is what it says.
    pub fn poll_report(&mut self) -> Option<MediaReport> {
        self.reports.pop_front()
    }

    /// Whether nothing plays, and nobody is connected or listens.
    pub fn is_idle(&self) -> bool {
        self.players.is_empty() && self.plan.hears.is_empty() && self.ears.is_empty()
    }

    /// Finds the seats of everybody whom plan and playbacks name.
    fn reconcile(&mut self) {
        let seats: Vec<Option<LegId>> =
            self.seats.iter().map(|seat| seat.as_ref().map(|listener| listener.leg)).collect();
        let seat_of = |leg: &LegId| seats.iter().position(|taken| taken.as_ref() == Some(leg));
        for listener in self.seats.iter_mut().flatten() {
            let speakers = self.plan.hears.get(&listener.leg).into_iter().flatten();
            // An absent leg is heard by nobody, whoever names it.
            let present = speakers.filter(|speaker| self.plan.hears.contains_key(speaker));
            listener.hears = present.filter_map(seat_of).collect();
        }
        let mut is_heard = vec![false; self.seats.len()];
        for listener in self.seats.iter().flatten() {
            listener.hears.iter().for_each(|speaker| is_heard[*speaker] = true);
        }
        let speakers = is_heard.iter().filter(|heard| **heard).count();
        for (seat, listener) in self.seats.iter_mut().enumerate() {
            let Some(listener) = listener else { continue };
            listener.is_heard = is_heard[seat];
            let others = speakers - usize::from(is_heard[seat]);
            listener.hears_the_crowd =
                others >= CROWD && listener.hears.len() == others && !listener.hears.contains(&seat);
        }
        // Where somebody speaks or hears wideband, everybody may be heard so; taps always hear so.
        if !self.ears.is_empty() || self.seats.iter().flatten().any(|listener| listener.codec.is_wideband()) {
            self.speakers.iter_mut().for_each(Speaker::prepare_wide);
        }
        for player in &mut self.players {
            player.seats = player.playback.audience.iter().filter_map(seat_of).collect();
        }
        for voice in &mut self.live {
            voice.seats = self.plan.hears.keys().filter_map(seat_of).collect();
        }
        for ear in &mut self.ears {
            ear.reconcile(seat_of);
        }
    }

    fn advance_players(&mut self) {
        self.players.retain(|player| !player.is_over());
        let reports = &mut self.reports;
        for player in &mut self.players {
            let playback = player.playback.id;
            match player.advance() {
                Progress::Waiting => {}
                Progress::Audible { first, last } => {
                    reports.extend(first.then_some(MediaReport::Started(playback)));
                    reports.extend(last.then_some(MediaReport::Finished(playback)));
                }
                Progress::Failed { source, why } => {
                    reports.push_back(MediaReport::Failed { playback, source, why });
                }
            }
        }
    }

    fn gather_crowd(&mut self) {
        let [mut narrow, mut wide] = [false; 2];
        for listener in self.seats.iter().flatten().filter(|listener| listener.hears_the_crowd) {
            *(if listener.codec.is_wideband() { &mut wide } else { &mut narrow }) = true;
        }
        if narrow {
            gather::<_, Narrow>(&self.seats, &mut self.speakers, &mut self.crowd);
        }
        if wide {
            gather::<_, Wide>(&self.seats, &mut self.speakers, &mut self.wide_crowd);
        }
    }

    /// Makes what one leg hears.
    fn serve(&mut self, seat: usize) {
        let Some(listener) = &mut self.seats[seat] else { return };
        let codec = listener.codec;
        let key = listener.key.take();
        let mut players =
            self.players.iter().filter(|player| player.is_audible() && player.seats.contains(&seat));
        let mut voices = listener.hears.iter().copied().filter(|voice| self.speakers[*voice].is_heard());
        // What is mixed in anyhow.
        let is_mixed =
            key.is_some() || self.live.iter().any(|live| live.is_audible() && live.seats.contains(&seat));
        let is_one = match (voices.next(), voices.next(), players.next(), players.next()) {
            (None, _, None, _) if !is_mixed => {
                self.take_over(seat);
                return self.seats[seat].iter_mut().for_each(Listener::hear_nothing);
            }
            // One voice goes on as it came: nothing is lost, and next to nothing is done.
            (Some(only), None, None, _) if !is_mixed => {
                if self.speakers[only].passes(codec) && listener.may_pass() {
                    let is_lost = self.speakers[only].is_lost();
                    return listener.pass(if is_lost { Said::Lost(only) } else { Said::As(only) });
                }
                true
            }
            (None, _, Some(only), None) if !is_mixed => {
                if let Some(payload) = only.shared_codes(codec)
                    && listener.may_share()
                {
                    return listener.hear_shared(payload);
                }
                true
            }
            _ => false,
        };
        if codec.is_wideband() {
            self.serve_wide(seat, key, is_one);
        } else {
            let sounds = (&*self.players, &*self.live);
            let mix = mixed::<_, Narrow>(listener, seat, &mut self.speakers, sounds, &self.crowd);
            listener.encode(&mix.samples());
        }
    }

    fn serve_wide(&mut self, seat: usize, key: Option<(u8, u32)>, is_one: bool) {
        let same = key.is_none().then(|| self.encoded.iter().find(|other| self.hear_the_same(seat, **other)));
        if let Some(other) = same.flatten().copied() {
            if let Ok([Some(listener), Some(other)]) = self.seats.get_disjoint_mut([seat, other]) {
                listener.hear_with(other);
            }
            return;
        }
        self.take_over(seat);
        let Some(listener) = &mut self.seats[seat] else { return };
        let sounds = (&*self.players, &*self.live);
        let mut mix = mixed::<_, Wide>(listener, seat, &mut self.speakers, sounds, &self.wide_crowd);
        if let Some((event, frames)) = key {
            let mut sound = [0; WIDE_FRAME_SAMPLES];
            tone::write_dtmf(Wide::RATE_HZ, event, frames as usize * WIDE_FRAME_SAMPLES, &mut sound);
            mix.add(&sound);
        } else {
            self.encoded.push(seat);
        }
        listener.encode_wide(&mix.samples());
        if !is_one {
            listener.settle();
        }
    }

    /// Where a leg heard somebody as they came, its own encoder goes on from there.
    fn take_over(&mut self, seat: usize) {
        if let Some(listener) = &mut self.seats[seat]
            && let Said::As(speaker) | Said::Lost(speaker) = listener.said
            && listener.codec.is_wideband()
        {
            listener.follow(self.speakers[speaker].g722());
        }
    }

    /// Whether two legs hear the very same in this frame, in the same codec.
    fn hear_the_same(&self, one: usize, other: usize) -> bool {
        let (Some(first), Some(second)) = (&self.seats[one], &self.seats[other]) else { return false };
        let is_in_the_crowd = |seat: usize, leg: &Listener| leg.is_heard && self.speakers[seat].is_heard();
        let is_heard = |voice: &&usize| self.speakers[**voice].is_heard();
        let same_voices = match (first.hears_the_crowd, second.hears_the_crowd) {
            (true, true) => !is_in_the_crowd(one, first) && !is_in_the_crowd(other, second),
            (false, false) => first.hears.iter().filter(is_heard).eq(second.hears.iter().filter(is_heard)),
            _ => false,
        };
        let same_sound = |seats: &[usize]| seats.contains(&one) == seats.contains(&other);
        first.is_served_like(second)
            && same_voices
            && self
                .players
                .iter()
                .filter(|player| player.is_audible())
                .all(|player| same_sound(&player.seats))
            && self.live.iter().filter(|voice| voice.is_audible()).all(|voice| same_sound(&voice.seats))
    }
}

/// Adds up all voices that anyone hears.
fn gather<const N: usize, B: Band<N>>(
    seats: &[Option<Listener>],
    speakers: &mut [Speaker],
    crowd: &mut Mix<N>,
) {
    *crowd = Mix::silent();
    for (listener, speaker) in seats.iter().zip(speakers) {
        if speaker.is_heard() && listener.as_ref().is_some_and(|listener| listener.is_heard) {
            B::decode(speaker);
            crowd.add(B::samples(speaker));
        }
    }
}

/// Adds up what one leg hears.
fn mixed<const N: usize, B: Band<N>>(
    listener: &Listener,
    seat: usize,
    speakers: &mut [Speaker],
    (players, live): (&[Player], &[LiveVoice]),
    crowd: &Mix<N>,
) -> Mix<N> {
    let mut mix = Mix::silent();
    if listener.hears_the_crowd {
        mix = crowd.clone();
        if listener.is_heard && speakers[seat].is_heard() {
            mix.subtract(B::samples(&speakers[seat]));
        }
    } else {
        for speaker in &listener.hears {
            let speaker = &mut speakers[*speaker];
            if speaker.is_heard() {
                B::decode(speaker);
                mix.add(B::samples(speaker));
            }
        }
    }
    for player in players {
        if player.is_audible() && player.seats.contains(&seat) {
            mix.add(B::playing(player));
        }
    }
    for voice in live {
        if voice.is_audible() && voice.seats.contains(&seat) {
            mix.add(B::live(voice));
        }
    }
    mix
}
