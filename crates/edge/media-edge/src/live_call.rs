//! One call on its media thread.

use std::sync::Arc;

use clock::Now;
use codec::Codec;
use identifier::{CallId, LegId, PlaybackId, TapId};
use media_engine::{FRAME_MS, Graph, Playable};
use media_plan::{MediaPlan, MediaReport, Tap, ToneSequence, Unplayable};
use rtp_session::{Session, Start, Terms};
use srtp::Protection;

use crate::clockwork::PHASES;
use crate::doorbells::Doorbells;
use crate::live_leg::{LONGEST_DATAGRAM, LiveLeg};
use crate::live_tap::LiveTap;
use crate::ports::Sockets;
use crate::reporter::{Departure, Reporter};

// A packet carries one frame of the graph.
const _: () = assert!(FRAME_MS == rtp_session::FRAME_MS);

/// Frames between two looks at RTCP: a second.
const CONTROL_FRAMES: u64 = 1_000 / FRAME_MS as u64;

/// Who listens and is not in a hurry is woken once in this time: for five frames.
const TURN_US: u64 = 100_000;

pub(crate) struct LiveCall {
    id: CallId,
    pub(crate) graph: Graph,
    legs: Vec<LiveLeg>,
    taps: Vec<LiveTap>,
    /// Somebody who listens is to be woken.
    rings: bool,
    frames: u64,
}

impl LiveCall {
    pub(crate) fn new(id: CallId) -> Self {
        Self { id, graph: Graph::new(), legs: Vec::new(), taps: Vec::new(), rings: false, frames: 0 }
    }

    pub(crate) fn open(
        &mut self,
        leg: LegId,
        sockets: Sockets,
        start: Start,
        now: Now,
        doorbells: &mut Doorbells,
    ) {
        doorbells.hang(&sockets.rtp);
        // The codec is settled when the leg is connected.
        let seat = self.graph.join(leg, Codec::Pcmu);
        self.legs.push(LiveLeg::new(leg, seat, sockets, Session::new(start, now)));
    }

    pub(crate) fn connect(
        &mut self,
        leg: LegId,
        terms: Terms,
        protection: Option<Box<Protection>>,
        now: Now,
    ) {
        let Some(leg) = self.legs.iter_mut().find(|live| live.id == leg) else { return };
        self.graph.set_codec(leg.seat, terms.codec);
        self.graph.set_opus(leg.seat, terms.opus);
        leg.protect(protection, terms.remote);
        leg.session.handle_terms(terms, now);
    }

    /// Who hears whom from now on.
    pub(crate) fn arrange(&mut self, plan: MediaPlan) {
        self.graph.connect(plan);
        self.end_unheard_keys();
    }

    pub(crate) fn close(&mut self, leg: LegId, now: Now, reporter: &mut Reporter, doorbells: &mut Doorbells) {
        let Some(index) = self.legs.iter().position(|live| live.id == leg) else { return };
        let mut leg = self.legs.swap_remove(index);
        self.graph.leave(leg.seat);
        self.end_unheard_keys();
        leg.say_goodbye(now);
        doorbells.take_down(&leg.sockets.rtp);
        for operation in leg.sending.drain(..).flatten() {
            reporter.send(Departure::Report(self.id, MediaReport::TonesRefused(operation), now));
        }
        reporter.send(Departure::Retired(leg.sockets));
    }

    /// The leg leaves for another call.
    pub(crate) fn hand_over(&mut self, leg: LegId, doorbells: &mut Doorbells) -> Option<LiveLeg> {
        let index = self.legs.iter().position(|live| live.id == leg)?;
        let leg = self.legs.swap_remove(index);
        self.graph.leave(leg.seat);
        self.end_unheard_keys();
        doorbells.take_down(&leg.sockets.rtp);
        Some(leg)
    }

    /// The leg comes from another call, as it is.
    pub(crate) fn take_in(&mut self, mut leg: LiveLeg, doorbells: &mut Doorbells) {
        doorbells.hang(&leg.sockets.rtp);
        let codec = leg.session.terms().map_or(Codec::Pcmu, |terms| terms.codec);
        leg.seat = self.graph.join(leg.id, codec);
        self.graph.set_opus(leg.seat, leg.session.terms().map_or_else(Default::default, |terms| terms.opus));
        self.legs.push(leg);
        self.end_unheard_keys();
    }

    pub(crate) fn handle_sound(
        &mut self,
        playback: PlaybackId,
        source: usize,
        sound: Result<Playable, Unplayable>,
    ) {
        self.graph.handle_sound(playback, source, sound);
    }

    /// Somebody listens.
    pub(crate) fn begin_tap(&mut self, tap: LiveTap) {
        tap.arrange(&mut self.graph);
        self.taps.push(tap);
    }

    /// Somebody listens otherwise. One that ended by itself is not begun again.
    pub(crate) fn change_tap(&mut self, tap: Arc<Tap>) {
        if let Some(live) = self.taps.iter_mut().find(|live| live.id() == tap.id) {
            live.change(tap);
            live.arrange(&mut self.graph);
        }
    }

    /// Nobody listens there any more.
    pub(crate) fn end_tap(&mut self, tap: TapId) {
        self.graph.stop_listening(tap);
        self.taps.retain(|live| live.id() != tap);
    }

    /// `false`: the leg takes no tones.
    pub(crate) fn send_tones(&mut self, tones: &ToneSequence) -> bool {
        let Some(leg) = self.legs.iter_mut().find(|live| live.id == tones.leg) else { return false };
        leg.send_tones(tones)
    }

    /// Nothing plays and nobody hears anybody; the legs wait to be closed.
    pub(crate) fn release(&mut self) {
        self.graph.release();
        self.taps.clear();
        self.end_unheard_keys();
        for leg in &mut self.legs {
            leg.sending.iter_mut().for_each(|operation| *operation = None);
        }
    }

    /// No legs, and nothing that was asked for is left.
    pub(crate) fn has_ended(&self) -> bool {
        self.legs.is_empty() && self.taps.is_empty() && self.graph.is_idle()
    }

    /// Gives the sockets up; nothing will be heard of the legs any more.
    pub(crate) fn retire(self, now: Now, reporter: &mut Reporter, doorbells: &mut Doorbells) {
        for leg in self.legs {
            doorbells.take_down(&leg.sockets.rtp);
            reporter.send(Departure::Report(self.id, MediaReport::Silent(leg.id), now));
            reporter.send(Departure::Retired(leg.sockets));
        }
    }

    /// Reads what has come, between two frames.
    pub(crate) fn listen(&mut self, now: Now, reporter: &mut Reporter, doorbells: &mut Doorbells) {
        for leg in &mut self.legs {
            leg.receive(now, doorbells);
        }
        self.report(now, reporter);
    }

    /// One frame: hear, mix, say, report.
    pub(crate) fn tick(&mut self, now: Now, reporter: &mut Reporter, doorbells: &mut Doorbells) {
        self.frames += 1;
        for leg in &mut self.legs {
            leg.receive(now, doorbells);
            leg.session.handle_timeout(now);
            let (graph, seat) = (&mut self.graph, leg.seat);
            leg.session.take_frame(|voice| graph.handle_voice(seat, voice));
            if let Some((event, frames)) = leg.session.sounding_key() {
                graph.sound_key(seat, event, frames);
            }
        }
        self.taps.iter_mut().for_each(|tap| tap.speak(&mut self.graph));
        self.graph.advance();
        let mut buffer = [0; LONGEST_DATAGRAM];
        for leg in &mut self.legs {
            leg.send(self.graph.heard_by(leg.seat), &mut buffer);
        }
        self.let_taps_hear(now);
        if self.frames.is_multiple_of(CONTROL_FRAMES) {
            self.legs.iter_mut().for_each(|leg| leg.exchange_reports(now));
        }
        self.report(now, reporter);
    }

    /// Whether somebody who is no leg has something to hear since this was asked last.
    pub(crate) fn take_ring(&mut self) -> bool {
        std::mem::take(&mut self.rings)
    }

    fn let_taps_hear(&mut self, now: Now) {
        // Calls that are served together have their turns together, and the others in between.
        let phase = self.id.as_u128() as u64 % PHASES as u64;
        let turn = (now.monotonic_us() + phase * TURN_US / PHASES as u64) / TURN_US;
        let (graph, rings) = (&mut self.graph, &mut self.rings);
        self.taps.retain_mut(|tap| {
            let heard = tap.hear(graph, turn);
            match heard {
                Some(is_due) => *rings |= is_due,
                None => graph.stop_listening(tap.id()),
            }
            heard.is_some()
        });
    }

    fn report(&mut self, now: Now, reporter: &mut Reporter) {
        for index in 0..self.legs.len() {
            while let Some(report) = self.legs[index].poll_report() {
                self.pass_on(&report);
                reporter.send(Departure::Report(self.id, report, now));
            }
        }
        while let Some(report) = self.graph.poll_report() {
            reporter.send(Departure::Report(self.id, report, now));
        }
        self.hand_off(reporter);
    }

    /// Sounds that are played no longer leave this thread before they are freed.
    pub(crate) fn hand_off(&mut self, reporter: &mut Reporter) {
        while let Some(sound) = self.graph.poll_spent() {
            reporter.send(Departure::Spent(sound));
        }
    }

    /// A key goes where the voice goes. It does not come back to its own leg, even where the voice
    /// does: two echo tests that call each other would press it for ever.
    fn pass_on(&mut self, report: &MediaReport) {
        match report {
            MediaReport::ToneStarted(speaker, tone) => {
                let speaking = self.legs.iter().find(|leg| leg.id == *speaker);
                let relay = match speaking.is_some_and(|leg| leg.session.hears_keys_in_sound()) {
                    true => Session::relay_sounding_key,
                    false => Session::relay_key,
                };
                for leg in &mut self.legs {
                    if leg.id != *speaker && self.graph.hears(leg.seat, *speaker) {
                        relay(&mut leg.session, tone.event(), speaker.as_u128());
                    }
                }
            }
            MediaReport::ToneEnded(speaker, tone) => {
                self.taps.iter_mut().for_each(|tap| tap.press(*speaker, *tone));
                self.legs.iter_mut().for_each(|leg| leg.session.end_relayed_key(speaker.as_u128()));
            }
            _ => {}
        }
    }

    /// Nobody holds a key toward somebody who does not hear them any more.
    fn end_unheard_keys(&mut self) {
        for leg in &mut self.legs {
            let (graph, seat) = (&self.graph, leg.seat);
            leg.session.retain_relayed_keys(|speaker| graph.hears(seat, LegId::from_u128(speaker)));
        }
    }
}
