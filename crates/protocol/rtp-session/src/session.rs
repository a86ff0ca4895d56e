//! One session: what comes, what goes, and for whom.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use clock::{Deadline, Now};
use codec::dtmf::KeyChange;
use codec::{Codec, Voice};
use rtp::control::{self, CompoundWriter, ControlPacket};
use rtp::{Packet, TelephoneEvent};

use crate::egress::Egress;
use crate::frame::Frame;
use crate::in_band_keys::InBandKeys;
use crate::ingress::Ingress;
use crate::latch::Latch;
use crate::reception::Reception;
use crate::statistics::Statistics;
use crate::terms::{Kind, Terms};
use crate::tone_receiver::ToneReceiver;
use crate::tone_sender::{ToneSender, ToneStep};

/// Between two RTCP reports (RFC 3550 §6.2).
const CONTROL_INTERVAL: Duration = Duration::from_secs(5);
/// For so long packets of the source before may still come, overtaken by those of the new one.
const OVERTAKEN: Duration = Duration::from_millis(200);

/// What a session begins with. The numbers are random, so that nobody guesses them (RFC 3550 §5.1).
#[derive(Clone, Debug)]
pub struct Start {
    /// Our source.
    pub ssrc: u32,
    /// The first packet's number.
    pub sequence: u16,
    /// The first packet's moment.
    pub timestamp: u32,
    /// Our name in RTCP (RFC 7022: random too).
    pub cname: String,
    /// A peer that should send and does not for this long is reported once; never when zero.
    pub silent_after: Duration,
}

/// What was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionReport {
    /// A key (RFC 4733 event code, 0 to 15) went down.
    ToneStarted(u8),
    /// It came up.
    ToneEnded(u8),
    /// The last key of the oldest sequence was sent.
    TonesSent,
    /// The peer should send and has not for the configured time.
    Silent,
}

impl From<KeyChange> for SessionReport {
    fn from(change: KeyChange) -> Self {
        match change {
            KeyChange::Down(event) => Self::ToneStarted(event),
            KeyChange::Up(event) => Self::ToneEnded(event),
        }
    }
}

/// Why keys cannot be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendTonesError {
    /// The peer did not agree to telephone-event, or nothing may be sent to it now.
    #[error("send tones to a peer that does not take them")]
    NotTaken,
    /// More keys wait than there is room for.
    #[error("send more tones before the last ones have been sent")]
    TooMany,
}

/// One RTP session.
#[derive(Debug)]
pub struct Session {
    terms: Option<Terms>,
    latch: Option<Latch>,
    egress: Egress,
    reception: Option<Reception>,
    /// The source before, and when it was replaced.
    former: Option<(u32, Now)>,
    ingress: Ingress,
    tone_receiver: ToneReceiver,
    /// There while keys are looked for in the peer's sound.
    in_band_keys: Option<Box<InBandKeys>>,
    tone_sender: ToneSender,
    /// What the sender of tones does in this frame, where that had to be known early.
    step: Option<ToneStep>,
    cname: String,
    control_due: Option<Deadline>,
    silent_after: Duration,
    last_heard: Now,
    silence_reported: bool,
    reports: VecDeque<SessionReport>,
    /// What has been counted here; the rest is counted where it happens.
    statistics: Statistics,
}

impl Session {
    /// A session whose peer is not known yet.
    pub fn new(start: Start, now: Now) -> Self {
        Self {
            terms: None,
            latch: None,
            egress: Egress::new(&start),
            reception: None,
            former: None,
            ingress: Ingress::new(),
            tone_receiver: ToneReceiver::default(),
            in_band_keys: None,
            tone_sender: ToneSender::default(),
            step: None,
            cname: start.cname,
            control_due: None,
            silent_after: start.silent_after,
            last_heard: now,
            silence_reported: false,
            reports: VecDeque::with_capacity(8),
            statistics: Statistics::default(),
        }
    }

    /// Media flows on these terms from now on.
    pub fn handle_terms(&mut self, terms: Terms, now: Now) {
        let before = self.terms.replace(terms);
        match &mut self.latch {
            Some(latch) => latch.signal(terms.remote, terms.signaling),
            None => self.latch = Some(Latch::new(terms.remote, terms.signaling)),
        }
        if before.is_none_or(|before| before.codec != terms.codec) {
            self.ingress.change(terms.codec);
            if self.egress.change_clock(terms.codec.clock_hz()) {
                self.tone_sender.cut();
            }
        }
        if !terms.receives {
            self.ingress.forget();
        }
        self.tone_sender.set_rate(terms.telephone_event_rate_hz);
        if terms.keys_are_in_sound() {
            self.in_band_keys.get_or_insert_default().prepare(terms.codec);
        }
        if !terms.receives {
            let change = self.tone_receiver.reset();
            self.report_key(change);
        }
        if !terms.keys_are_in_sound()
            && let Some(mut keys) = self.in_band_keys.take()
        {
            let change = keys.reset();
            self.report_key(change);
        }
        if terms.receives && !before.is_some_and(|before| before.receives) {
            (self.last_heard, self.silence_reported) = (now, false);
        }
        if !before.is_some_and(|before| before.sends) {
            self.egress.begin_again();
        }
        self.control_due.get_or_insert(now.after(CONTROL_INTERVAL));
    }

    /// A datagram came to the RTP port.
    pub fn handle_packet(&mut self, datagram: &[u8], from: SocketAddr, now: Now) {
        self.statistics.received += 1;
        let (Some(terms), Some(latch)) = (self.terms, self.latch.as_mut()) else { return };
        let packet = Packet::parse(datagram).ok();
        let Some((packet, kind)) = packet.and_then(|packet| Some((packet, terms.kind(packet.payload_type)?)))
        else {
            self.statistics.malformed += 1;
            return;
        };
        if !latch.admits(from, packet.ssrc) {
            self.statistics.strangers += 1;
            return;
        }
        (self.last_heard, self.silence_reported) = (now, false);
        if self.former.is_some_and(|(former, since)| former == packet.ssrc && now.since(since) < OVERTAKEN) {
            self.statistics.late += 1;
            return;
        }
        if terms.receives {
            self.count(&packet, now);
            match kind {
                Kind::Voice(codec) => self.take_voice(codec, &packet),
                Kind::Tone => self.take_tone(&packet, now),
                Kind::ComfortNoise => self.ingress.pause(packet.payload),
            }
        }
    }

    /// A datagram came to the RTCP port.
    pub fn handle_control(&mut self, datagram: &[u8], from: SocketAddr, now: Now) {
        // RTCP has a port, and behind a NAT an unpredictable one, but no other address.
        if self.peer().is_none_or(|peer| peer.ip() != from.ip()) {
            return;
        }
        for packet in control::parse(datagram) {
            let Ok(packet) = packet else { return };
            if let ControlPacket::SenderReport { ssrc, info, .. } = packet
                && let Some(reception) = self.reception.as_mut().filter(|reception| reception.ssrc == ssrc)
            {
                reception.note_sender_report(info.ntp, now);
            }
            (self.last_heard, self.silence_reported) = (now, false);
        }
    }

    /// What has been counted since the last time somebody asked.
    pub fn take_statistics(&mut self) -> Statistics {
        Statistics {
            sent: self.egress.take_sent(),
            late: self.ingress.take_late() + self.statistics.late,
            lost: self.reception.as_mut().map_or(0, Reception::take_lost),
            jitter: self.reception.as_ref().and_then(Reception::jitter),
            ..std::mem::take(&mut self.statistics)
        }
    }

    /// Time passes; to be called every frame.
    pub fn handle_timeout(&mut self, now: Now) {
        let change = self.tone_receiver.handle_timeout(now);
        self.report_key(change);
        let expects = self.terms.is_some_and(|terms| terms.receives) && !self.silent_after.is_zero();
        if expects && !self.silence_reported && now.since(self.last_heard) >= self.silent_after {
            self.silence_reported = true;
            self.reports.push_back(SessionReport::Silent);
        }
    }

    /// Tells what is heard now; to be called every frame.
    ///
    /// `hear` is called once, not at all for silence, and several times where short packets of Opus fill the frame.
    pub fn take_frame(&mut self, mut hear: impl FnMut(Voice<'_>)) {
        if !self.terms.is_some_and(|terms| terms.receives) {
            return;
        }
        let Self { ingress, tone_receiver, in_band_keys, reports, .. } = self;
        if let Some(keys) = in_band_keys {
            keys.begin_frame();
        }
        ingress.take_frame(tone_receiver.is_pressed(), |voice| {
            voice.into_iter().for_each(&mut hear);
            if let Some(keys) = in_band_keys {
                keys.hear(voice, |change| reports.push_back(change.into()));
            }
        });
    }

    /// The key that the peer shall hear in the frame that goes out now, and since how many frames: it did not agree
    /// to telephone-event, and only who makes its sound can mix it in. Of G.711, this session does so itself.
    pub fn sounding_key(&mut self) -> Option<(u8, u32)> {
        let terms = self.terms.filter(|terms| terms.sends && terms.telephone_event.is_none())?;
        if terms.codec.law().is_some() {
            return None;
        }
        let step = *self.step.get_or_insert_with(|| self.tone_sender.step());
        step.packet.filter(|tone| !tone.event.end).map(|tone| (tone.event.event, tone.age))
    }

    /// Writes the packet that goes out now, of 20 ms in [`Terms::codec`] or of a key; to be called every frame.
    ///
    /// A voice of `None` was lost on its way to us, and so it is for the peer, who can tell by the number that is
    /// missing and knows best what to do. An empty voice is a pause, in which nothing is sent (RFC 7587 §3.1.3).
    /// `None`: nothing goes out.
    pub fn write_frame(&mut self, voice: Option<&[u8]>, buffer: &mut [u8]) -> Option<usize> {
        let timestamp = self.egress.next_frame();
        let terms = self.terms?;
        let tone = self.step.take().unwrap_or_else(|| self.tone_sender.step());
        if tone.sequence_sent {
            self.reports.push_back(SessionReport::TonesSent);
        }
        if !terms.sends {
            return None;
        }
        match (tone.packet, terms.telephone_event, voice) {
            (Some(tone), Some(payload_type), _) => {
                let began = timestamp.wrapping_sub(tone.age * self.egress.frame_ticks());
                let payload = &tone.event.to_bytes();
                let packet = Packet {
                    marker: tone.marker,
                    payload_type,
                    timestamp: began,
                    payload,
                    ..Packet::default()
                };
                self.egress.write(packet, buffer)
            }
            (Some(tone), None, Some(voice)) if !tone.event.end => {
                self.expect_echo(tone.event.event);
                match (terms.codec.law(), <&Frame>::try_from(voice)) {
                    (Some(law), Ok(codes)) => {
                        let mut codes = *codes;
                        tone.mix_into(law, &mut codes);
                        self.write_voice(terms.payload_type, timestamp, &codes, buffer)
                    }
                    _ => self.write_voice(terms.payload_type, timestamp, voice, buffer),
                }
            }
            (_, _, Some([])) => {
                self.egress.begin_again();
                None
            }
            (_, _, Some(voice)) => self.write_voice(terms.payload_type, timestamp, voice, buffer),
            (_, _, None) => {
                self.egress.leave_out();
                None
            }
        }
    }

    /// Presses keys (RFC 4733 event codes) one after another; [`SessionReport::TonesSent`] follows.
    pub fn send_tones(&mut self, events: &[u8]) -> Result<(), SendTonesError> {
        let takes = self.terms.is_some_and(|terms| terms.sends && terms.telephone_event.is_some());
        if !takes || self.peer().is_none() {
            return Err(SendTonesError::NotTaken);
        }
        if events.is_empty() {
            self.reports.push_back(SessionReport::TonesSent);
            return Ok(());
        }
        if self.tone_sender.press(events) { Ok(()) } else { Err(SendTonesError::TooMany) }
    }

    /// Somebody whom the peer hears presses a key (RFC 4733 event code): it goes down here too. A peer
    /// that did not agree to telephone-event hears it. While [`send_tones`](Self::send_tones) is under
    /// way it is dropped; those that come too fast wait for a while, those that come too many do not.
    pub fn relay_key(&mut self, event: u8, speaker: u128) {
        if self.terms.is_some_and(|terms| terms.sends) {
            self.tone_sender.relay(event, speaker);
        }
    }

    /// The same for a key that is in the sound of the speaker: a peer that did not agree to
    /// telephone-event hears it there already.
    pub fn relay_sounding_key(&mut self, event: u8, speaker: u128) {
        if self.terms.is_some_and(|terms| terms.sends && terms.telephone_event.is_none()) {
            self.expect_echo(event);
        } else {
            self.relay_key(event, speaker);
        }
    }

    /// The speaker's key has come up.
    pub fn end_relayed_key(&mut self, speaker: u128) {
        self.tone_sender.end_relay(speaker);
    }

    /// All keys come up of speakers whom the peer does not hear any more.
    pub fn retain_relayed_keys(&mut self, is_heard: impl Fn(u128) -> bool) {
        self.tone_sender.retain_relayed(is_heard);
    }

    /// Writes the RTCP report that is due, if one is.
    pub fn write_control(&mut self, now: Now, buffer: &mut [u8]) -> Option<usize> {
        self.control_due.filter(|due| due.is_due(now))?;
        self.control_due = Some(now.after(CONTROL_INTERVAL));
        Some(self.write_report(now, buffer).finish())
    }

    /// Writes the goodbye of a session that had begun.
    pub fn write_bye(&mut self, now: Now, buffer: &mut [u8]) -> Option<usize> {
        self.terms?;
        let ssrc = self.egress.ssrc();
        Some(self.write_report(now, buffer).bye(ssrc).finish())
    }

    /// What was observed since the last call.
    pub fn poll_report(&mut self) -> Option<SessionReport> {
        self.reports.pop_front()
    }

    /// Where packets go; `None` while nobody is there.
    pub fn peer(&self) -> Option<SocketAddr> {
        let peer = self.latch.as_ref()?.peer();
        (peer.port() != 0 && !peer.ip().is_unspecified()).then_some(peer)
    }

    /// Where reports go: the port above (RFC 3550 §11).
    pub fn control_peer(&self) -> Option<SocketAddr> {
        let peer = self.peer()?;
        Some(SocketAddr::new(peer.ip(), peer.port().checked_add(1)?))
    }

    /// Whether the peer's keys are looked for in its sound: it did not agree to telephone-event.
    pub fn hears_keys_in_sound(&self) -> bool {
        self.terms.is_some_and(|terms| terms.keys_are_in_sound())
    }

    /// The terms in force.
    pub fn terms(&self) -> Option<&Terms> {
        self.terms.as_ref()
    }

    fn write_voice(
        &mut self,
        payload_type: u8,
        timestamp: u32,
        payload: &[u8],
        buffer: &mut [u8],
    ) -> Option<usize> {
        let marker = self.egress.take_marker();
        let packet = Packet { marker, payload_type, timestamp, payload, ..Packet::default() };
        self.egress.write(packet, buffer)
    }

    fn count(&mut self, packet: &Packet<'_>, now: Now) {
        let known = self.reception.as_ref().is_some_and(|reception| reception.ssrc == packet.ssrc);
        if !known {
            // A new source is a new stream: nothing of the last one fits to it.
            if let Some(before) = &self.reception {
                self.former = Some((before.ssrc, now));
                self.ingress.forget();
                self.tone_receiver.handle_new_source();
                let change = self.in_band_keys.as_mut().and_then(|keys| keys.reset());
                self.report_key(change);
            }
            self.reception = Some(Reception::new(packet.ssrc, packet.sequence));
        }
        if let Some(reception) = &mut self.reception {
            reception.count(packet.sequence, packet.timestamp, self.ingress.codec().clock_hz(), now);
        }
    }

    fn take_voice(&mut self, codec: Codec, packet: &Packet<'_>) {
        let has_changed = self.ingress.take(codec, packet.timestamp, packet.payload);
        if let Some(keys) = self.in_band_keys.as_mut().filter(|_| has_changed) {
            keys.prepare(codec);
        }
    }

    /// The peer hears the sound of a key now.
    fn expect_echo(&mut self, event: u8) {
        if let Some(keys) = &mut self.in_band_keys {
            keys.expect_echo(event);
        }
    }

    fn take_tone(&mut self, packet: &Packet<'_>, now: Now) {
        let Ok(event) = TelephoneEvent::parse(packet.payload) else { return };
        for change in self.tone_receiver.handle_event(event, packet.timestamp, now) {
            self.report_key(change);
        }
    }

    fn report_key(&mut self, change: Option<KeyChange>) {
        self.reports.extend(change.map(SessionReport::from));
    }

    fn write_report<'b>(&mut self, now: Now, buffer: &'b mut [u8]) -> CompoundWriter<'b> {
        let block = self.reception.as_mut().map(|reception| reception.report(now));
        let blocks = block.as_slice();
        let ssrc = self.egress.ssrc();
        let writer = CompoundWriter::new(buffer);
        let writer = match self.egress.report(now) {
            Some(info) => writer.sender_report(ssrc, info, blocks),
            None => writer.receiver_report(ssrc, blocks),
        };
        writer.cname(ssrc, &self.cname)
    }
}
