//! One leg on its media thread: a session and its sockets.

use std::collections::VecDeque;
use std::io::ErrorKind;

use clock::Now;
use identifier::{LegId, OperationId};
use media_engine::Seat;
use media_plan::{MediaReport, Tone, ToneSequence};
use rtp_session::{Session, SessionReport};

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
    /// Operations whose tones are being sent, in order; those of a call that is over are known to nobody.
    pub(crate) sending: VecDeque<Option<OperationId>>,
}

impl LiveLeg {
    pub(crate) fn new(id: LegId, seat: Seat, sockets: Sockets, session: Session) -> Self {
        Self { id, seat, sockets, session, sending: VecDeque::new() }
    }

    /// Reads the datagrams that have come.
    pub(crate) fn receive(&mut self, now: Now) {
        let mut buffer = [0; LONGEST_DATAGRAM];
        for _ in 0..MOST_AT_ONCE {
            match self.sockets.rtp.recv_from(&mut buffer) {
                Ok((length, from)) => self.session.handle_packet(&buffer[..length], from, now),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // A peer that is gone answers with ICMP; the next datagram may be well.
                Err(_) => {}
            }
        }
    }

    /// Sends one frame, or the tone in its place. What was lost on its way here is not sent.
    pub(crate) fn send(&mut self, voice: Option<&[u8]>, buffer: &mut [u8; LONGEST_DATAGRAM]) {
        let Some(length) = self.session.write_frame(voice, buffer) else { return };
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
                Ok((length, from)) => self.session.handle_control(&buffer[..length], from, now),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {}
            }
        }
        let length = self.session.write_control(now, &mut buffer);
        self.send_control(length, &buffer);
    }

    /// The last RTCP packet.
    pub(crate) fn say_goodbye(&mut self, now: Now) {
        let mut buffer = [0; 512];
        let length = self.session.write_bye(now, &mut buffer);
        self.send_control(length, &buffer);
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

    fn send_control(&self, length: Option<usize>, buffer: &[u8]) {
        if let (Some(length), Some(peer)) = (length, self.session.control_peer()) {
            let _ = self.sockets.control.send_to(&buffer[..length], peer);
        }
    }
}
