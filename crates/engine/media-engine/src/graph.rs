//! Who hears what in one call.

use std::collections::VecDeque;

use codec::{Codec, Voice, opus, tone};
use identifier::{LegId, PlaybackId, TapId};
use media_plan::{MediaPlan, MediaReport, Playback, Unplayable};

use crate::band::{Band, Narrow, Wide};
use crate::frame::{FRAME_SAMPLES, WIDE_FRAME_SAMPLES, WideSamples};
use crate::listener::{Listener, Said};
use crate::live_voice::LiveVoice;
use crate::mixer::Mix;
use crate::playable::Playable;
use crate::player::{Player, Progress};
use crate::speaker::Speaker;
use crate::tap::{Ear, Hearing, Track};

/// From this many voices at once on, a mix is made by taking one voice out of the sum of all.
const CROWD: usize = 4;

/// Most calls have so many legs.
const USUAL: usize = 2;

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
    /// Where each leg sits, by leg.
    places: Vec<(LegId, usize)>,
    /// Seats of those who speak in the conversation, and of those of them who are heard in this frame.
    speaking: Vec<usize>,
    audible: Vec<usize>,
    /// The sum of all who are heard in the conversation; there where they may be a crowd.
    crowd: Option<Box<Crowd>>,
    /// Seats whose mix was encoded in this frame, for others who hear the same.
    encoded: Vec<usize>,
    reports: VecDeque<MediaReport>,
    /// Sounds that are played no longer, for who has time to free their memory.
    spent: Vec<Playable>,
}

/// The sum of many, in either band.
#[derive(Debug)]
struct Crowd {
    narrow: Mix<FRAME_SAMPLES>,
    wide: Mix<WIDE_FRAME_SAMPLES>,
}

impl Default for Crowd {
    fn default() -> Self {
        Self { narrow: Mix::silent(), wide: Mix::silent() }
    }
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
            seats: Vec::with_capacity(USUAL),
            speakers: Vec::with_capacity(USUAL),
            players: Vec::new(),
            ears: Vec::new(),
            live: Vec::new(),
            plan: MediaPlan::default(),
            places: Vec::new(),
            speaking: Vec::new(),
            audible: Vec::new(),
            crowd: None,
            encoded: Vec::new(),
            reports: VecDeque::new(),
            spent: Vec::new(),
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
        // A beginning and an end in one frame, so that no frame asks for memory.
        self.reports.reserve(2 * self.players.len());
        self.spent.reserve(self.players.iter().map(Player::count).sum());
        self.reconcile();
    }

    /// A sound of a playback is there, as far as it is, or never will be. A failure is reported when its turn comes.
    pub fn handle_sound(
        &mut self,
        playback: PlaybackId,
        source: usize,
        sound: Result<impl Into<Playable>, Unplayable>,
    ) {
        // For a playback that was stopped meanwhile, the sound is late, not wrong.
        let sound = sound.map(Into::into);
        match self.players.iter_mut().find(|player| player.playback.id == playback) {
            Some(player) => self.spent.extend(player.handle_sound(source, sound)),
            None => self.spent.extend(sound),
        }
    }

    /// Silence at once; nothing more is reported of the playback.
    pub fn stop(&mut self, playback: PlaybackId) {
        self.end_players(|player| player.playback.id == playback);
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
        self.end_players(|_| true);
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
        let (Some(listener), Some(speaker)) = (&self.seats[seat.0], place(&self.places, &speaker)) else {
            return false;
        };
        let is_another =
            listener.listens && speaker != seat.0 && self.speaking.binary_search(&speaker).is_ok();
        is_another || listener.hears.contains(&speaker)
    }

    /// What happened; to be taken after the frame was sent, because that is what it says.
    pub fn poll_report(&mut self) -> Option<MediaReport> {
        self.reports.pop_front()
    }

    /// A sound that is played no longer. Of a long one there may be much to free.
    pub fn poll_spent(&mut self) -> Option<Playable> {
        self.spent.pop()
    }

    /// Whether nothing plays, and nobody is connected or listens.
    pub fn is_idle(&self) -> bool {
        self.players.is_empty() && self.plan.is_empty() && self.ears.is_empty()
    }

    /// Finds the seats of everybody whom plan and playbacks name.
    fn reconcile(&mut self) {
        let Self { seats, places, plan, speaking, .. } = self;
        places.clear();
        let taken = seats.iter().enumerate();
        places.extend(taken.filter_map(|(seat, listener)| Some((listener.as_ref()?.leg, seat))));
        places.sort_unstable();
        let seat_of = |leg: &LegId| place(places, leg);
        speaking.clear();
        for (seat, listener) in seats.iter_mut().enumerate() {
            let Some(listener) = listener else { continue };
            listener.listens = plan.listening.contains(&listener.leg);
            // An absent leg is heard by nobody, whoever names it.
            listener.speaks = listener.listens && plan.speaking.contains(&listener.leg);
            speaking.extend(listener.speaks.then_some(seat));
        }
        self.audible.clear();
        self.audible.reserve(speaking.len());
        if speaking.len() >= CROWD {
            self.crowd.get_or_insert_default();
        }
        for (seat, listener) in seats.iter_mut().enumerate() {
            let Some(listener) = listener else { continue };
            let apart = plan.hears.get(&listener.leg).into_iter().flatten();
            let present = apart.filter(|speaker| plan.contains(speaker)).filter_map(seat_of);
            // Whom it hears in the conversation, it does not hear twice.
            let is_there = |speaker: &usize| {
                listener.listens && *speaker != seat && speaking.binary_search(speaker).is_ok()
            };
            listener.hears = present.filter(|speaker| !is_there(speaker)).collect();
        }
        // Where somebody speaks or hears wideband, everybody may be heard so; taps always hear so.
        if !self.ears.is_empty() || self.seats.iter().flatten().any(|listener| listener.codec.is_wideband()) {
            self.speakers.iter_mut().for_each(Speaker::prepare_wide);
        }
        let seat_of = |leg: &LegId| place(&self.places, leg);
        for player in &mut self.players {
            player.seats = player.playback.audience.iter().filter_map(seat_of).collect();
            player.seats.sort_unstable();
        }
        for voice in &mut self.live {
            voice.seats = self.plan.legs().filter_map(|leg| seat_of(&leg)).collect();
            voice.seats.sort_unstable();
        }
        for ear in &mut self.ears {
            ear.reconcile(seat_of);
        }
    }

    fn end_players(&mut self, is_over: impl Fn(&Player) -> bool) {
        let spent = &mut self.spent;
        self.players.retain_mut(|player| {
            let is_over = is_over(player);
            if is_over {
                spent.extend(player.take_sounds());
            }
            !is_over
        });
    }

    fn advance_players(&mut self) {
        self.end_players(Player::is_over);
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
        self.audible.clear();
        self.audible.extend(self.speaking.iter().filter(|seat| self.speakers[**seat].is_heard()));
        let Some(crowd) = self.crowd.as_mut().filter(|_| self.audible.len() >= CROWD) else { return };
        let [mut narrow, mut wide] = [false; 2];
        for listener in self.seats.iter().flatten().filter(|listener| listener.listens) {
            *(if listener.codec.is_wideband() { &mut wide } else { &mut narrow }) = true;
        }
        if narrow {
            gather::<_, Narrow>(&self.audible, &mut self.speakers, &mut crowd.narrow);
        }
        if wide {
            gather::<_, Wide>(&self.audible, &mut self.speakers, &mut crowd.wide);
        }
    }

    /// Makes what one leg hears.
    fn serve(&mut self, seat: usize) {
        let Some(listener) = &mut self.seats[seat] else { return };
        let codec = listener.codec;
        let key = listener.key.take();
        let mut players =
            self.players.iter().filter(|player| player.is_audible() && is_among(&player.seats, seat));
        let others = self.audible.iter().filter(|voice| listener.listens && **voice != seat);
        let apart = listener.hears.iter().filter(|voice| self.speakers[**voice].is_heard());
        let mut voices = others.chain(apart).copied();
        // What is mixed in anyhow.
        let is_mixed =
            key.is_some() || self.live.iter().any(|live| live.is_audible() && is_among(&live.seats, seat));
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
            let conversation = (&*self.audible, self.crowd.as_ref().map(|crowd| &crowd.narrow));
            let mix = mixed::<_, Narrow>(listener, seat, &mut self.speakers, conversation, sounds);
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
        let conversation = (&*self.audible, self.crowd.as_ref().map(|crowd| &crowd.wide));
        let mut mix = mixed::<_, Wide>(listener, seat, &mut self.speakers, conversation, sounds);
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
        let is_audible = |seat: usize, leg: &Listener| leg.speaks && self.speakers[seat].is_heard();
        let is_heard = |voice: &&usize| self.speakers[**voice].is_heard();
        // Who speaks hears the others, and is one of those whom the others hear.
        let same_conversation = match (first.listens, second.listens) {
            (true, true) => !is_audible(one, first) && !is_audible(other, second),
            (false, false) => true,
            _ => false,
        };
        let same_voices =
            same_conversation && first.hears.iter().filter(is_heard).eq(second.hears.iter().filter(is_heard));
        let same_sound = |seats: &[usize]| is_among(seats, one) == is_among(seats, other);
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

/// Where a leg sits.
fn place(places: &[(LegId, usize)], leg: &LegId) -> Option<usize> {
    places.binary_search_by_key(leg, |(leg, _)| *leg).ok().map(|at| places[at].1)
}

/// Whether a seat is one of these, which stand in order.
fn is_among(seats: &[usize], seat: usize) -> bool {
    seats.binary_search(&seat).is_ok()
}

/// Adds up all who are heard in the conversation.
fn gather<const N: usize, B: Band<N>>(audible: &[usize], speakers: &mut [Speaker], crowd: &mut Mix<N>) {
    *crowd = Mix::silent();
    for seat in audible {
        let speaker = &mut speakers[*seat];
        B::decode(speaker);
        crowd.add(B::samples(speaker));
    }
}

/// Adds up what one leg hears.
fn mixed<const N: usize, B: Band<N>>(
    listener: &Listener,
    seat: usize,
    speakers: &mut [Speaker],
    (audible, crowd): (&[usize], Option<&Mix<N>>),
    (players, live): (&[Player], &[LiveVoice]),
) -> Mix<N> {
    let mut mix = Mix::silent();
    let add = |mix: &mut Mix<N>, speaker: &mut Speaker| {
        if speaker.is_heard() {
            B::decode(speaker);
            mix.add(B::samples(speaker));
        }
    };
    if let Some(crowd) = crowd.filter(|_| listener.listens && audible.len() >= CROWD) {
        mix = crowd.clone();
        if listener.speaks && speakers[seat].is_heard() {
            mix.subtract(B::samples(&speakers[seat]));
        }
    } else if listener.listens {
        audible.iter().filter(|other| **other != seat).for_each(|other| add(&mut mix, &mut speakers[*other]));
    }
    listener.hears.iter().for_each(|other| add(&mut mix, &mut speakers[*other]));
    for player in players {
        if player.is_audible() && is_among(&player.seats, seat) {
            mix.add(B::playing(player));
        }
    }
    for voice in live {
        if voice.is_audible() && is_among(&voice.seats, seat) {
            mix.add(B::live(voice));
        }
    }
    mix
}
