//! One leg on its media thread: a session and its sockets.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::SocketAddr;

use clock::Now;
use identifier::{LegId, OperationId};
use media_engine::Seat;
use media_plan::{MediaReport, Tone, ToneSequence};
use rtp_session::{Session, SessionReport};
use srtp::Protection;

use crate::doorbells::Doorbells;
use crate::ports::Sockets;

/// Datagrams of one leg that are read at one time: a flood on one port starves nobody.
const MOST_AT_ONCE: usize = 16;
/// No datagram of a phone is longer.
pub(crate) const LONGEST_DATAGRAM: usize = 2_048;

pub(crate) struct LiveLeg {
    pub(crate) id: LegId,
    pub(crate) seat: Seat,
    pub(crate) sockets: Sockets,
    pub(crate) session: Session,
    /// Without it, sound is plain.
    protection: Option<Box<Protection>>,
    /// Packets that were not authentic since the last report.
    forged: u64,
    /// The socket may hold more: it was left when it had given one datagram.
    may_hold_more: bool,
    /// Operations whose tones are being sent, in order; those of a call that is over are known to nobody.
    pub(crate) sending: VecDeque<Option<OperationId>>,
}

impl LiveLeg {
    pub(crate) fn new(id: LegId, seat: Seat, sockets: Sockets, session: Session) -> Self {
        Self {
            id,
            seat,
            sockets,
            session,
            protection: None,
            forged: 0,
            may_hold_more: false,
            sending: VecDeque::new(),
        }
    }

    /// Packets are protected as agreed from now on, toward somebody at `remote`.
    pub(crate) fn protect(&mut self, agreed: Option<Box<Protection>>, remote: SocketAddr) {
        match (&mut self.protection, agreed) {
            (Some(protection), Some(agreed)) => {
                protection.renew(*agreed);
                // Another phone of the same call: the one before is not listened to any longer.
                if self.session.terms().is_none_or(|terms| terms.remote != remote) {
                    protection.forget_previous();
                }
            }
            (protection, agreed) => *protection = agreed,
        }
    }

    /// Reads the datagrams that have come.
    ///
    /// A steady stream brings one in a frame, and the socket is looked at twice in that time. So a socket that
    /// gave one is not asked for another before the next look, unless it was left like that the last time.
    pub(crate) fn receive(&mut self, now: Now, doorbells: &mut Doorbells) {
        let was_left = std::mem::take(&mut self.may_hold_more);
        if !doorbells.answer(&self.sockets.rtp) {
            return;
        }
        let mut buffer = [0; LONGEST_DATAGRAM];
        for read in 0..MOST_AT_ONCE {
            if read == 1 && !was_left {
                self.may_hold_more = true;
                return;
            }
            match self.sockets.rtp.recv_from(&mut buffer) {
                // Who cannot protect a packet is not even a candidate for the address of the peer.
                Ok((length, from)) => match &mut self.protection {
                    None => self.session.handle_packet(&buffer[..length], from, now),
                    Some(protection) => match protection.unprotect(&mut buffer[..length]) {
                        Ok(length) => self.session.handle_packet(&buffer[..length], from, now),
                        Err(_) => self.forged += 1,
                    },
                },
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // A peer that is gone answers with ICMP; the next datagram may be well.
                Err(_) => {}
            }
        }
    }

    /// Sends one frame, or the tone in its place. What was lost on its way here is not sent.
    pub(crate) fn send(&mut self, voice: Option<&[u8]>, buffer: &mut [u8; LONGEST_DATAGRAM]) {
        let Some(mut length) = self.session.write_frame(voice, buffer) else { return };
        if let Some(protection) = &mut self.protection {
            // What cannot be protected does not leave.
            let Some(protected) = protection.protect(buffer, length) else { return };
            length = protected;
        }
        if let Some(peer) = self.session.peer() {
            // A packet that the system does not take is a packet lost on the way.
            let _ = self.sockets.rtp.send_to(&buffer[..length], peer);
        }
    }

    /// Reads and writes RTCP.
    pub(crate) fn exchange_reports(&mut self, now: Now) {
        let mut buffer = [0; LONGEST_DATAGRAM];
        for _ in 0..MOST_AT_ONCE {
            match self.sockets.control.recv_from(&mut buffer) {
                Ok((length, from)) => match &mut self.protection {
                    None => self.session.handle_control(&buffer[..length], from, now),
                    Some(protection) => match protection.unprotect_control(&mut buffer[..length]) {
                        Ok(length) => self.session.handle_control(&buffer[..length], from, now),
                        Err(_) => self.forged += 1,
                    },
                },
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {}
            }
        }
        let length = self.session.write_control(now, &mut buffer);
        self.send_control(length, &mut buffer);
        crate::meters::add(self.session.take_statistics(), std::mem::take(&mut self.forged));
    }

    /// The last RTCP packet.
    pub(crate) fn say_goodbye(&mut self, now: Now) {
        let mut buffer = [0; 512];
        let length = self.session.write_bye(now, &mut buffer);
        self.send_control(length, &mut buffer);
        crate::meters::add(self.session.take_statistics(), std::mem::take(&mut self.forged));
    }

    /// `false`: the peer takes no tones.
    pub(crate) fn send_tones(&mut self, tones: &ToneSequence) -> bool {
        let mut events = [0; rtp_session::MOST_TONES];
        let Some(events) = events.get_mut(..tones.tones.len()) else { return false };
        for (event, tone) in events.iter_mut().zip(&tones.tones) {
            *event = tone.event();
        }
        let taken = self.session.send_tones(events).is_ok();
        if taken {
            self.sending.push_back(Some(tones.operation));
        }
        taken
    }

    /// What was observed, in the words of a call.
    pub(crate) fn poll_report(&mut self) -> Option<MediaReport> {
        loop {
            let report = match self.session.poll_report()? {
                SessionReport::ToneStarted(event) => {
                    Tone::from_event(event).map(|tone| MediaReport::ToneStarted(self.id, tone))
                }
                SessionReport::ToneEnded(event) => {
                    Tone::from_event(event).map(|tone| MediaReport::ToneEnded(self.id, tone))
                }
                SessionReport::TonesSent => self.sending.pop_front().flatten().map(MediaReport::TonesSent),
                SessionReport::Silent => Some(MediaReport::Silent(self.id)),
            };
            if report.is_some() {
                return report;
            }
        }
    }

    fn send_control(&mut self, length: Option<usize>, buffer: &mut [u8]) {
        let length = match &mut self.protection {
            None => length,
            Some(protection) => length.and_then(|length| protection.protect_control(buffer, length)),
        };
        if let (Some(length), Some(peer)) = (length, self.session.control_peer()) {
            let _ = self.sockets.control.send_to(&buffer[..length], peer);
        }
    }
}
