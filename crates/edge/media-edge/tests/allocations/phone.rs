//! A phone that talks as its habit is, and counts what it hears.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use codec::{Codec, g722, opus, tone};
use media_edge::{MasterKey, MediaKeys, Mki, Negotiated, Suite};
use rtp::{Packet, TelephoneEvent};
use srtp::{Protection, Receiver, Sender};

const EVENTS: u8 = 101;
const OPUS: u8 = 111;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    Plain,
    /// Every thirteenth packet comes forged before it comes as it is.
    Encrypted(Suite),
    /// Every seventh packet is lost, every thirtieth comes after the next.
    Lossy,
    /// It presses a key now and then, by telephone-event.
    Keys,
    /// It did not agree to telephone-event: keys are looked for in its sound.
    KeysInSound,
    /// Of each second it is silent for the half (RFC 3389).
    Pauses,
}

impl Habit {
    pub const ALL: [Self; 7] = [
        Self::Plain,
        Self::Encrypted(Suite::AeadAes128Gcm),
        Self::Encrypted(Suite::AesCm128HmacSha1_80),
        Self::Lossy,
        Self::Keys,
        Self::KeysInSound,
        Self::Pauses,
    ];
}

#[derive(Debug)]
pub struct Phone {
    codec: Codec,
    habit: Habit,
    socket: UdpSocket,
    peer: SocketAddr,
    number: u32,
    sequence: u16,
    timestamp: u32,
    frame: usize,
    voice: Vec<Vec<u8>>,
    late: Vec<u8>,
    protection: Option<Box<Protection>>,
    /// Packets that came since it was last set to zero.
    pub heard: usize,
    /// … and were well-formed, from the beginning on.
    pub understood: usize,
}

impl Phone {
    pub fn new(codec: Codec, habit: Habit, peer: SocketAddr, number: u32) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let (ours, theirs) = keys(habit).map_or((None, None), |(ours, theirs)| (Some(ours), Some(theirs)));
        let protection = ours.zip(theirs).map(|(ours, theirs)| {
            Box::new(Protection::new(Sender::new(ours), Receiver::new(theirs, Mki::NONE, None)))
        });
        Self {
            codec,
            habit,
            socket,
            peer,
            number,
            sequence: 0,
            timestamp: 0,
            frame: number as usize,
            voice: voice(codec),
            late: Vec::new(),
            protection,
            heard: 0,
            understood: 0,
        }
    }

    pub fn agreed(&self) -> Negotiated {
        let address = self.socket.local_addr().unwrap();
        let events = Some(EVENTS).filter(|_| self.habit != Habit::KeysInSound);
        let keys =
            keys(self.habit).map(|(remote, own)| MediaKeys { own, remote, mki: Mki::NONE, lifetime: None });
        Negotiated {
            telephone_event: events,
            own_telephone_event: events,
            telephone_event_rate_hz: 8_000,
            keys,
            ..Negotiated::plain(address, self.codec, payload_type(self.codec))
        }
    }

    /// 20 ms.
    pub fn say(&mut self) {
        self.frame += 1;
        self.timestamp = self.timestamp.wrapping_add(self.codec.clock_hz() / 50);
        let second = self.frame % 50;
        match self.habit {
            Habit::Keys if second < 8 => {
                let event = TelephoneEvent {
                    event: 5,
                    end: second > 4,
                    volume: 10,
                    duration: second.min(5) as u16 * 160 + 160,
                };
                let began = self.timestamp.wrapping_sub(second as u32 * self.codec.clock_hz() / 50);
                self.send(EVENTS, &event.to_bytes(), began);
            }
            // -60 dB, once and then nothing.
            Habit::Pauses if second == 0 => self.send(rtp::COMFORT_NOISE, &[60], self.timestamp),
            Habit::Pauses if second < 25 => {}
            _ => {
                let voice = std::mem::take(&mut self.voice);
                self.send(payload_type(self.codec), &voice[self.frame % voice.len()], self.timestamp);
                self.voice = voice;
            }
        }
    }

    fn send(&mut self, payload_type: u8, payload: &[u8], timestamp: u32) {
        self.sequence = self.sequence.wrapping_add(1);
        if self.habit == Habit::Lossy && self.sequence.is_multiple_of(7) {
            return;
        }
        let packet = Packet {
            payload_type,
            sequence: self.sequence,
            timestamp,
            ssrc: self.number,
            payload,
            ..Packet::default()
        };
        let mut buffer = [0; 1_500];
        let mut length = packet.write(&mut buffer).unwrap();
        if let Some(protection) = &mut self.protection {
            length = protection.protect(&mut buffer, length).unwrap();
            if self.sequence.is_multiple_of(13) {
                self.forge(&buffer[..length]);
            }
        }
        if self.habit == Habit::Lossy && self.sequence.is_multiple_of(30) {
            self.late = buffer[..length].to_vec();
            return;
        }
        let _ = self.socket.send_to(&buffer[..length], self.peer);
        let late = std::mem::take(&mut self.late);
        if !late.is_empty() {
            let _ = self.socket.send_to(&late, self.peer);
        }
    }

    /// Somebody was faster, and does not have the key. (The library of ciphers keeps a place for errors for each
    /// thread, from the first error on: it is there after the warm-up.)
    fn forge(&self, packet: &[u8]) {
        let mut forged = packet.to_vec();
        forged[packet.len() - 1] ^= 1;
        let _ = self.socket.send_to(&forged, self.peer);
    }

    /// Takes all that has come.
    pub fn listen(&mut self) {
        let mut buffer = [0; 2_048];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let length = match &mut self.protection {
                None => Some(length),
                Some(protection) => protection.unprotect(&mut buffer[..length]).ok(),
            };
            let packet = length.and_then(|length| Packet::parse(&buffer[..length]).ok());
            self.understood += usize::from(packet.is_some());
            self.heard += 1;
        }
    }
}

/// What the phone sends under, and what the platform does.
fn keys(habit: Habit) -> Option<(MasterKey, MasterKey)> {
    let Habit::Encrypted(suite) = habit else { return None };
    let key = |seed| MasterKey::new(suite, &vec![seed; 16 + suite.salt_bytes()]).unwrap();
    Some((key(1), key(2)))
}

fn payload_type(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => rtp::PCMU,
        Codec::Pcma => rtp::PCMA,
        Codec::G722 => 9,
        Codec::Opus => OPUS,
    }
}

/// A second of a sound that comes and goes, in packets of 20 ms.
fn voice(codec: Codec) -> Vec<Vec<u8>> {
    let mut sound = tone::chord(16_000, &[220.0, 660.0, 1_500.0], Duration::from_secs(1), 0.4).samples;
    // The sound of a key is in it, for those whose keys are looked for.
    tone::write_dtmf(16_000, 5, 0, &mut sound[..3_200]);
    let narrow: Vec<i16> = sound.iter().step_by(2).copied().collect();
    let mut g722 = g722::Encoder::default();
    let mut encoder = opus::Encoder::new();
    let frame = |at: usize| {
        let (narrow, wide) = (&narrow[at * 160..][..160], &sound[at * 320..][..320]);
        match codec.law() {
            Some(law) => narrow.iter().map(|sample| law.encode_sample(*sample)).collect(),
            None if codec == Codec::G722 => {
                let mut codes = vec![0; 160];
                g722.encode(wide, &mut codes);
                codes
            }
            None => {
                let mut bytes = [0; opus::MOST_BYTES];
                let length = encoder.encode(wide.try_into().unwrap(), &mut bytes);
                bytes[..length].to_vec()
            }
        }
    };
    (0..50).map(frame).collect()
}
