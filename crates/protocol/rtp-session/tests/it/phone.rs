//! A session, a phone made of bare packets, and the time between them.

use std::net::SocketAddr;
use std::time::Duration;

use clock::Now;
use codec::{Codec, Voice};
use rtp::{Packet, TelephoneEvent};
use rtp_session::{Session, SessionReport, Start, Terms};

/// Codes in 20 ms of G.711.
pub const FRAME_SAMPLES: usize = 160;

pub const PHONE: &str = "192.0.2.10:4000";
pub const EVENTS: u8 = 101;
/// No key has this code.
pub const NO_KEY: u8 = 255;

pub struct World {
    pub session: Session,
    pub now: Now,
    /// Packets that the phone has sent; the next one's number.
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl World {
    pub fn new() -> Self {
        let start = Start {
            ssrc: 1,
            sequence: 65_530,
            timestamp: u32::MAX - 800,
            cname: "us".into(),
            silent_after: Duration::from_secs(3),
        };
        let now = Now::new(0, 1_700_000_000_000_000);
        let mut session = Session::new(start, now);
        session.handle_terms(terms(), now);
        Self { session, now, sequence: 65_535, timestamp: u32::MAX - 320, ssrc: 99 }
    }

    pub fn wait(&mut self, ms: u64) {
        self.now = self.now.advanced(Duration::from_millis(ms));
        self.session.handle_timeout(self.now);
    }

    /// The phone says 20 ms of one code.
    pub fn says(&mut self, code: u8) {
        let packet = self.voice(rtp::PCMU, code);
        self.session.handle_packet(&packet, address(PHONE), self.now);
    }

    /// A voice packet, not delivered yet.
    pub fn voice(&mut self, payload_type: u8, code: u8) -> Vec<u8> {
        self.packet(payload_type, &[code; FRAME_SAMPLES])
    }

    fn packet(&mut self, payload_type: u8, codes: &[u8]) -> Vec<u8> {
        let packet = Packet {
            payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            payload: codes,
            ..Packet::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(FRAME_SAMPLES as u32);
        written(packet)
    }

    pub fn event(&mut self, event: u8, duration: u16, end: bool) {
        let event = TelephoneEvent { event, end, volume: 10, duration };
        let packet = Packet {
            payload_type: EVENTS,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            payload: &event.to_bytes(),
            ..Packet::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.session.handle_packet(&written(packet), address(PHONE), self.now);
    }

    /// The phone sounds a key for so many frames, and they are heard. Codes that are no key are silence.
    pub fn sounds(&mut self, event: u8, frames: usize) {
        let terms = *self.session.terms().unwrap();
        for frame in 0..frames {
            let (mut samples, mut codes) = ([0; FRAME_SAMPLES], [0; FRAME_SAMPLES]);
            codec::tone::write_dtmf(8_000, event, frame * FRAME_SAMPLES, &mut samples);
            terms.codec.law().unwrap().encode(&samples, &mut codes);
            let packet = self.packet(terms.payload_type, &codes);
            self.session.handle_packet(&packet, address(PHONE), self.now);
            self.heard();
        }
    }

    /// The first code of the frame that is heard now.
    pub fn heard(&mut self) -> Option<u8> {
        let mut heard = None;
        self.session.take_frame(|voice| match voice {
            Voice::Coded(_, codes) => heard = Some(codes[0]),
            Voice::Lost(..) | Voice::Noise(_) => {}
        });
        heard
    }

    pub fn reports(&mut self) -> Vec<SessionReport> {
        std::iter::from_fn(|| self.session.poll_report()).collect()
    }

    /// The packet that goes out now.
    pub fn sent(&mut self, code: u8) -> Option<Vec<u8>> {
        let mut buffer = [0; 1_500];
        let length = self.session.write_frame(Some(&[code; FRAME_SAMPLES]), &mut buffer)?;
        Some(buffer[..length].to_vec())
    }
}

pub fn terms() -> Terms {
    Terms {
        remote: address(PHONE),
        signaling: None,
        codec: Codec::Pcmu,
        payload_type: rtp::PCMU,
        own_payload_type: rtp::PCMU,
        also: [None; 3],
        opus: codec::opus::Receiver::default(),
        telephone_event: Some(EVENTS),
        own_telephone_event: Some(EVENTS),
        telephone_event_rate_hz: 8_000,
        sends: true,
        receives: true,
    }
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn written(packet: Packet<'_>) -> Vec<u8> {
    let mut buffer = [0; 1_500];
    let length = packet.write(&mut buffer).unwrap();
    buffer[..length].to_vec()
}
