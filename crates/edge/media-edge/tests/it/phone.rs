//! A phone: a socket that says one tone, and keeps what it hears.

use std::collections::{BTreeSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use codec::{Law, goertzel, tone};
use rtp::{Packet, TelephoneEvent};
use srtp::Protection;

pub const EVENTS: u8 = 101;
const FRAME: Duration = Duration::from_millis(20);

pub struct Phone {
    socket: UdpSocket,
    law: Law,
    /// What it says; silence of its own is sent as well, as phones do.
    voice: Vec<i16>,
    /// What it says before that: the sound of keys.
    sound: VecDeque<i16>,
    peer: Option<SocketAddr>,
    sequence: u16,
    timestamp: u32,
    /// All samples that arrived, in order.
    pub heard: Vec<i16>,
    /// When each voice packet arrived.
    pub arrivals: Vec<Instant>,
    /// Keys whose end arrived, once each.
    pub keys: Vec<u8>,
    last_key: Option<u32>,
    /// Timestamps of voice packets.
    pub timestamps: Vec<u32>,
    /// Sequence numbers of all packets, and whose they were.
    pub sequences: Vec<u16>,
    pub sources: BTreeSet<u32>,
    /// The keys of a phone whose sound is encrypted.
    pub protection: Option<Protection>,
    /// What it sends is changed on its way.
    pub tampers: bool,
    /// What arrived, byte for byte, of an encrypted call.
    pub wire: Vec<Vec<u8>>,
}

impl Phone {
    pub fn new(law: Law, tone_hz: Option<f64>) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let voice = match tone_hz {
            Some(tone_hz) => tone::sine(8_000, tone_hz, Duration::from_secs(1), 0.2).samples,
            None => vec![0; 8_000],
        };
        Self {
            socket,
            law,
            voice,
            sound: VecDeque::new(),
            peer: None,
            sequence: 0,
            timestamp: 0,
            heard: Vec::new(),
            arrivals: Vec::new(),
            keys: Vec::new(),
            last_key: None,
            timestamps: Vec::new(),
            sequences: Vec::new(),
            sources: BTreeSet::new(),
            protection: None,
            tampers: false,
            wire: Vec::new(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    pub fn law(&self) -> Law {
        self.law
    }

    pub fn talk_to(&mut self, peer: SocketAddr) {
        self.peer = Some(peer);
    }

    pub fn hang_up(&mut self) {
        self.peer = None;
    }

    /// Presses a key: three updates and three ends, 20 ms each in RTP's time, all at once in ours.
    pub fn press(&mut self, event: u8) {
        for step in 1..=6_u16 {
            let event = TelephoneEvent { event, end: step > 3, volume: 10, duration: step.min(4) * 160 };
            self.send(EVENTS, &event.to_bytes());
        }
        self.timestamp = self.timestamp.wrapping_add(960);
    }

    /// Sounds a key for 70 ms, and is silent for as long.
    pub fn sound(&mut self, event: u8) {
        let mut sound = [0; 560];
        tone::write_dtmf(8_000, event, 0, &mut sound);
        self.say_once(&sound);
        self.say_once(&[0; 560]);
    }

    /// Says something once, after what it is saying.
    pub fn say_once(&mut self, samples: &[i16]) {
        self.sound.extend(samples);
    }

    /// Whether all keys have been sounded.
    pub fn is_quiet(&self) -> bool {
        self.sound.is_empty()
    }

    /// How much of what was heard is this tone.
    pub fn share(&self, tone_hz: f64) -> f64 {
        goertzel::share(&self.heard, 8_000, tone_hz)
    }

    fn say(&mut self) {
        let at = self.timestamp as usize % self.voice.len();
        let mut codes = [0; 160];
        let mut samples: [i16; 160] = self.voice[at..at + 160].try_into().unwrap();
        let sounding = self.sound.len().min(160);
        for (sample, sound) in samples.iter_mut().zip(self.sound.drain(..sounding)) {
            *sample = sound;
        }
        self.law.encode(&samples, &mut codes);
        let payload_type = if self.law == Law::Mu { rtp::PCMU } else { rtp::PCMA };
        self.send(payload_type, &codes);
        self.timestamp = self.timestamp.wrapping_add(160);
    }

    fn send(&mut self, payload_type: u8, payload: &[u8]) {
        let Some(peer) = self.peer else { return };
        let packet = Packet {
            payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: u32::from(self.address().port()),
            payload,
            ..Packet::default()
        };
        let mut buffer = [0; 256];
        let mut length = packet.write(&mut buffer).unwrap();
        if let Some(protection) = &mut self.protection {
            length = protection.protect(&mut buffer, length).unwrap();
            buffer[length / 2] ^= u8::from(self.tampers);
        }
        self.socket.send_to(&buffer[..length], peer).unwrap();
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// Takes one packet, waiting for it at most a millisecond.
    fn listen(&mut self) {
        let mut buffer = [0; 2_048];
        let Ok((mut length, _)) = self.socket.recv_from(&mut buffer) else { return };
        if let Some(protection) = &mut self.protection {
            self.wire.push(buffer[..length].to_vec());
            // Under the keys before, perhaps.
            let Ok(unprotected) = protection.unprotect(&mut buffer[..length]) else { return };
            length = unprotected;
        }
        let packet = Packet::parse(&buffer[..length]).expect("we send only RTP to this port");
        self.sequences.push(packet.sequence);
        self.sources.insert(packet.ssrc);
        if packet.payload_type == EVENTS {
            let event = TelephoneEvent::parse(packet.payload).unwrap();
            if event.end && self.last_key.replace(packet.timestamp) != Some(packet.timestamp) {
                self.keys.push(event.event);
            }
            return;
        }
        let mut samples = vec![0; packet.payload.len()];
        self.law.decode(packet.payload, &mut samples);
        self.heard.extend(samples);
        self.arrivals.push(Instant::now());
        self.timestamps.push(packet.timestamp);
    }
}

/// All phones talk and listen for a while, or until `enough`.
pub fn talk(phones: &mut [&mut Phone], most: Duration, mut enough: impl FnMut(&[&mut Phone]) -> bool) {
    let begin = Instant::now();
    let mut next = begin;
    while begin.elapsed() < most && !enough(phones) {
        if Instant::now() >= next {
            next += FRAME;
            phones.iter_mut().for_each(|phone| phone.say());
        }
        phones.iter_mut().for_each(|phone| phone.listen());
    }
}

/// All phones talk and listen for so many milliseconds.
pub fn talk_for(phones: &mut [&mut Phone], ms: u64) {
    talk(phones, Duration::from_millis(ms), |_| false);
}
