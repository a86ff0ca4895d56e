//! A whole session, fed with packets in any order by anybody, at any time.

use std::net::SocketAddr;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use clock::Now;
use codec::Codec;
use rtp::{Packet, TelephoneEvent};
use rtp_session::{Session, Start, Terms};

/// What happens to the session, one after another.
#[derive(Arbitrary, Debug)]
enum Step {
    /// A well-formed packet.
    Packet {
        from: Sender,
        payload_type: Kind,
        sequence: u16,
        timestamp: u32,
        ssrc: u8,
        marker: bool,
        length: u8,
    },
    /// A key, as a phone tells it.
    Key { from: Sender, event: u8, end: bool, duration: u16, sequence: u16, timestamp: u32 },
    /// Any bytes to the RTP port.
    Bytes { from: Sender, bytes: Vec<u8> },
    /// Any bytes to the RTCP port.
    Control { from: Sender, bytes: Vec<u8> },
    /// New terms.
    Terms {
        remote: Sender,
        is_signaled: bool,
        codec: Kind,
        event: Option<u8>,
        own_event: Option<u8>,
        sends: bool,
        receives: bool,
    },
    /// Some frames of 20 ms pass.
    Frames(u8),
    /// Time alone passes: the machine was busy.
    Wait(u16),
    /// We press keys.
    Press(Vec<u8>),
    /// Another leg's key is passed on.
    Relay { event: u8, speaker: u8, sounding: bool },
    /// It comes up.
    EndRelay { speaker: u8 },
    /// The other leg is not heard any more.
    ForgetRelays,
    /// The session says goodbye.
    Bye,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Sender {
    Signaled,
    Translated,
    Stranger,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Kind {
    Mu,
    A,
    G722,
    Opus,
    Noise,
    Event,
    Other(u8),
}

impl Sender {
    fn address(self) -> SocketAddr {
        let (last, port) = match self {
            Self::Signaled => (1, 4_000),
            Self::Translated => (1, 61_000),
            Self::Stranger => (66, 4_000),
        };
        SocketAddr::from(([192, 0, 2, last], port))
    }
}

impl Kind {
    fn payload_type(self) -> u8 {
        match self {
            Self::Mu => rtp::PCMU,
            Self::A => rtp::PCMA,
            Self::G722 => 9,
            Self::Opus => 96,
            Self::Noise => rtp::COMFORT_NOISE,
            Self::Event => 101,
            Self::Other(number) => number & 0x7f,
        }
    }

    fn and_type(self) -> (Codec, u8) {
        let codec = match self {
            Self::Mu | Self::Noise | Self::Event => Codec::Pcmu,
            Self::A => Codec::Pcma,
            Self::G722 | Self::Other(_) => Codec::G722,
            Self::Opus => Codec::Opus,
        };
        let payload_type = match codec {
            Codec::Pcmu => rtp::PCMU,
            Codec::Pcma => rtp::PCMA,
            Codec::G722 => 9,
            Codec::Opus => 96,
        };
        (codec, payload_type)
    }
}

/// Our source.
const SSRC: u32 = 0xdead_beef;
/// More than this many frames in one input only costs time.
const MOST_FRAMES: u32 = 400;

struct World {
    session: Session,
    now: Now,
    frames: u32,
}

pub(super) fn run(bytes: &[u8]) {
    let now = Now::new(1_000_000, 1_800_000_000_000_000);
    let start = Start {
        ssrc: SSRC,
        sequence: u16::MAX - 3,
        timestamp: u32::MAX - 320,
        cname: "somebody".to_owned(),
        silent_after: Duration::from_secs(2),
    };
    let mut world = World { session: Session::new(start, now), now, frames: 0 };
    world.session.handle_terms(terms(Sender::Signaled), now);
    let mut input = Unstructured::new(bytes);
    while !input.is_empty() {
        let Ok(step) = Step::arbitrary(&mut input) else { return };
        world.take(step);
    }
}

fn terms(remote: Sender) -> Terms {
    Terms {
        remote: remote.address(),
        signaling: None,
        codec: Codec::Pcmu,
        payload_type: rtp::PCMU,
        own_payload_type: rtp::PCMU,
        also: [Some((rtp::PCMA, Codec::Pcma)), Some((9, Codec::G722)), Some((96, Codec::Opus))],
        opus: codec::opus::Receiver::default(),
        telephone_event: Some(101),
        own_telephone_event: Some(101),
        telephone_event_rate_hz: 8_000,
        sends: true,
        receives: true,
    }
}

impl World {
    fn take(&mut self, step: Step) {
        let (session, now) = (&mut self.session, self.now);
        match step {
            Step::Packet { from, payload_type, sequence, timestamp, ssrc, marker, length } => {
                let payload = vec![0x55; usize::from(length) * 2];
                let packet = Packet {
                    marker,
                    payload_type: payload_type.payload_type(),
                    sequence,
                    timestamp,
                    ssrc: ssrc.into(),
                    payload: &payload,
                    ..Packet::default()
                };
                self.send(&packet, from);
            }
            Step::Key { from, event, end, duration, sequence, timestamp } => {
                let payload = TelephoneEvent { event, end, volume: 10, duration }.to_bytes();
                let packet = Packet {
                    payload_type: 101,
                    sequence,
                    timestamp,
                    ssrc: 1,
                    payload: &payload,
                    ..Packet::default()
                };
                self.send(&packet, from);
            }
            Step::Bytes { from, bytes } => session.handle_packet(&bytes, from.address(), now),
            Step::Control { from, bytes } => session.handle_control(&bytes, from.address(), now),
            Step::Terms { remote, is_signaled, codec, event, own_event, sends, receives } => {
                let (codec, payload_type) = codec.and_type();
                let terms = Terms {
                    signaling: is_signaled.then(|| Sender::Translated.address().ip()),
                    codec,
                    payload_type,
                    own_payload_type: payload_type,
                    telephone_event: event,
                    own_telephone_event: own_event,
                    telephone_event_rate_hz: codec.clock_hz(),
                    sends,
                    receives,
                    ..terms(remote)
                };
                session.handle_terms(terms, now);
            }
            Step::Frames(count) => {
                for _ in 0..count {
                    self.frame();
                }
            }
            Step::Wait(milliseconds) => {
                self.now = now.advanced(Duration::from_millis(milliseconds.into()));
                self.session.handle_timeout(self.now);
            }
            Step::Press(events) => {
                let _ = session.send_tones(&events);
            }
            Step::Relay { event, speaker, sounding: false } => session.relay_key(event, speaker.into()),
            Step::Relay { event, speaker, sounding: true } => {
                session.relay_sounding_key(event, speaker.into());
            }
            Step::EndRelay { speaker } => session.end_relayed_key(speaker.into()),
            Step::ForgetRelays => session.retain_relayed_keys(|_| false),
            Step::Bye => {
                let mut buffer = [0; 1_500];
                let length = session.write_bye(now, &mut buffer).expect("the session has begun");
                assert!(rtp::control::parse(&buffer[..length]).all(|packet| packet.is_ok()));
            }
        }
        self.check();
    }

    fn send(&mut self, packet: &Packet<'_>, from: Sender) {
        let mut buffer = [0; 1_500];
        let length = packet.write(&mut buffer).expect("a packet of half a kilobyte fits");
        let peer = self.session.peer();
        self.session.handle_packet(&buffer[..length], from.address(), self.now);
        if matches!(from, Sender::Signaled) {
            return;
        }
        // Nobody but the signaled address moves a peer that was found.
        let moved = self.session.peer() != peer;
        assert!(!moved || self.session.peer() == Some(from.address()));
    }

    fn frame(&mut self) {
        if self.frames == MOST_FRAMES {
            return;
        }
        self.frames += 1;
        self.now = self.now.advanced(Duration::from_millis(20));
        self.session.handle_timeout(self.now);
        self.session.take_frame(|_| {});
        let mut buffer = [0; 1_500];
        if let Some(length) = self.session.write_frame(Some(&[0x7f; 160]), &mut buffer) {
            let packet = Packet::parse(&buffer[..length]).expect("what we send is RTP");
            // A source that starts anew takes the next number.
            assert!(packet.ssrc.wrapping_sub(SSRC) < 1_000);
            assert!(packet.payload.len() <= 1_276);
        }
        if let Some(length) = self.session.write_control(self.now, &mut buffer) {
            assert!(rtp::control::parse(&buffer[..length]).all(|packet| packet.is_ok()));
        }
    }

    /// Reports do not pile up: one packet, key or frame makes a handful at most.
    fn check(&mut self) {
        let mut reports = 0;
        while self.session.poll_report().is_some() {
            reports += 1;
        }
        assert!(reports <= 64 + self.frames, "{reports} reports at once");
    }
}
