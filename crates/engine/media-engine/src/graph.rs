//! Who hears what in one call.

use std::collections::VecDeque;
use std::sync::Arc;

use codec::Law;
use identifier::{LegId, PlaybackId};
use media_plan::{MediaPlan, MediaReport, Playback, Unplayable};

use crate::frame::{Codes, FRAME_SAMPLES};
use crate::mixer::{Ingress, Mix};
use crate::player::{Player, Progress};
use crate::sound::Sound;

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
    voices: Vec<Ingress>,
    players: Vec<Player>,
    plan: MediaPlan,
    /// The sum of all voices that anyone hears, in a crowd.
    crowd: Mix,
    reports: VecDeque<MediaReport>,
}

/// A leg as one that hears.
#[derive(Debug)]
struct Listener {
    leg: LegId,
    /// Seats of the legs that it hears.
    hears: Vec<usize>,
    /// It hears all voices but its own.
    hears_the_crowd: bool,
    /// Somebody hears it.
    is_heard: bool,
    codes: Codes,
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
            voices: Vec::new(),
            players: Vec::new(),
            plan: MediaPlan::default(),
            crowd: Mix::silent(),
            reports: VecDeque::with_capacity(8),
        }
    }

    /// A leg comes, speaking and hearing `law`. It hears what the plan says for it.
    pub fn join(&mut self, leg: LegId, law: Law) -> Seat {
        let listener = Listener {
            leg,
            hears: Vec::new(),
            hears_the_crowd: false,
            is_heard: false,
            codes: [law.silence(); FRAME_SAMPLES],
        };
        let free = self.seats.iter().position(Option::is_none);
        let seat = free.unwrap_or(self.seats.len());
        if free.is_none() {
            self.seats.push(None);
            self.voices.push(Ingress::new(law));
        }
        self.seats[seat] = Some(listener);
        self.voices[seat] = Ingress::new(law);
        self.reconcile();
        Seat(seat)
    }

    /// The leg at `seat` speaks and hears another law from now on.
    pub fn set_law(&mut self, seat: Seat, law: Law) {
        self.voices[seat.0] = Ingress::new(law);
    }

    /// The leg at `seat` is gone.
    pub fn leave(&mut self, seat: Seat) {
        self.seats[seat.0] = None;
        self.voices[seat.0].spoken = false;
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

    /// The call is over: nobody hears anybody, and nothing plays.
    pub fn release(&mut self) {
        self.players.clear();
        self.reports.clear();
        self.connect(MediaPlan::default());
    }

    /// What the leg at `seat` said in this frame; `None` is silence.
    pub fn handle_voice(&mut self, seat: Seat, codes: Option<&Codes>) {
        let voice = &mut self.voices[seat.0];
        voice.spoken = codes.is_some();
        voice.decoded = false;
        if let Some(codes) = codes {
            voice.codes = *codes;
        }
    }

    /// Makes what every leg hears in this frame.
    pub fn advance(&mut self) {
        self.advance_players();
        self.gather_crowd();
        for seat in 0..self.seats.len() {
            self.mix_for(seat);
        }
        for voice in &mut self.voices {
            voice.spoken = false;
        }
    }

    /// What the leg at `seat` hears in this frame, in its law.
    pub fn heard_by(&self, seat: Seat) -> &Codes {
        &self.seats[seat.0].as_ref().expect("a seat is asked only while its leg is there").codes
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

    /// Whether nothing plays and nobody is connected.
    pub fn is_idle(&self) -> bool {
        self.players.is_empty() && self.plan.hears.is_empty()
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
        for player in &mut self.players {
            player.seats = player.playback.audience.iter().filter_map(seat_of).collect();
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
        if !self.seats.iter().flatten().any(|listener| listener.hears_the_crowd) {
            return;
        }
        self.crowd = Mix::silent();
        for (listener, voice) in self.seats.iter().zip(&mut self.voices) {
            if voice.spoken && listener.as_ref().is_some_and(|listener| listener.is_heard) {
                voice.decode();
                self.crowd.add(&voice.samples);
            }
        }
    }

    fn mix_for(&mut self, seat: usize) {
        let Some(listener) = &mut self.seats[seat] else { return };
        let law = self.voices[seat].law;
        let mut players =
            self.players.iter().filter(|player| player.is_audible() && player.seats.contains(&seat));
        let mut speakers = listener.hears.iter().copied().filter(|speaker| self.voices[*speaker].spoken);
        match (speakers.next(), speakers.next(), players.next(), players.next()) {
            (None, _, None, _) => return listener.codes.fill(law.silence()),
            // One voice goes on as it came: nothing is lost, and next to nothing is done.
            (Some(only), None, None, _) if self.voices[only].law == law => {
                listener.codes = self.voices[only].codes;
                return;
            }
            (None, _, Some(only), None) => {
                if let Some(codes) = only.shared_codes(law) {
                    return listener.codes.copy_from_slice(codes);
                }
            }
            _ => {}
        }
        let mut mix = Mix::silent();
        if listener.hears_the_crowd {
            mix = self.crowd.clone();
            if listener.is_heard && self.voices[seat].spoken {
                mix.subtract(&self.voices[seat].samples);
            }
        } else {
            for speaker in &listener.hears {
                let voice = &mut self.voices[*speaker];
                if voice.spoken {
                    voice.decode();
                    mix.add(&voice.samples);
                }
            }
        }
        for player in &self.players {
            if player.is_audible() && player.seats.contains(&seat) {
                mix.add(player.samples());
            }
        }
        mix.encode(law, &mut listener.codes);
    }
}
