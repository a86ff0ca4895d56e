//! Phones of every codec, on real sockets.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use codec::{Codec, Law, g722, goertzel, opus, tone};
use identifier::LegId;
use media_edge::Negotiated;
use media_plan::{MediaPlan, MediaRequest};
use rtp::Packet;

use crate::stage::{CALL, Stage};

const OPUS: u8 = 111;

/// Says a tone of 16 kHz sound, and keeps what it hears, at 16 kHz too.
struct WidePhone {
    socket: UdpSocket,
    codec: Codec,
    voice: Vec<i16>,
    frames: usize,
    peer: SocketAddr,
    encoder: (g722::Encoder, opus::Encoder),
    decoder: (g722::Decoder, opus::Decoder),
    heard: Vec<i16>,
    /// Every so many packets one is not sent; never when zero.
    loses_each: usize,
}

impl WidePhone {
    fn answering(stage: &Stage, leg: u128, codec: Codec, tone_hz: f64) -> (Self, LegId) {
        let leg = LegId::from_u128(leg);
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let peer = stage.media.open(CALL, leg).unwrap().address;
        let address = socket.local_addr().unwrap();
        stage.media.connect(leg, Negotiated::plain(address, codec, payload_type(codec)));
        let phone = Self {
            socket,
            codec,
            voice: tone::sine(16_000, tone_hz, Duration::from_secs(1), 0.2).samples,
            frames: 0,
            peer,
            encoder: (g722::Encoder::default(), opus::Encoder::new()),
            decoder: (g722::Decoder::default(), opus::Decoder::new(16_000)),
            heard: Vec::new(),
            loses_each: 0,
        };
        (phone, leg)
    }

    fn say(&mut self) {
        let samples: &[i16; 320] = self.voice[self.frames % 50 * 320..][..320].try_into().unwrap();
        let mut payload = [0; opus::MOST_BYTES];
        let length = match self.codec {
            Codec::Pcmu | Codec::Pcma => {
                let narrow: Vec<i16> = samples.iter().copied().step_by(2).collect();
                law(self.codec).encode(&narrow, &mut payload[..160]);
                160
            }
            Codec::G722 => {
                self.encoder.0.encode(samples, &mut payload[..160]);
                160
            }
            Codec::Opus => self.encoder.1.encode(samples, &mut payload),
        };
        let packet = Packet {
            payload_type: payload_type(self.codec),
            sequence: self.frames as u16,
            timestamp: self.frames as u32 * self.codec.clock_hz() / 50,
            ssrc: 7,
            payload: &payload[..length],
            ..Packet::default()
        };
        self.frames += 1;
        if self.loses_each == 0 || !self.frames.is_multiple_of(self.loses_each) {
            let mut buffer = [0; 1_500];
            let length = packet.write(&mut buffer).unwrap();
            self.socket.send_to(&buffer[..length], self.peer).unwrap();
        }
    }

    /// Takes one packet, waiting for it at most a millisecond.
    fn listen(&mut self) {
        let mut buffer = [0; 2_048];
        let Ok((length, _)) = self.socket.recv_from(&mut buffer) else { return };
        let packet = Packet::parse(&buffer[..length]).expect("we send only RTP to this port");
        assert_eq!(packet.payload_type, payload_type(self.codec));
        let mut samples = [0; 320];
        match self.codec {
            Codec::Pcmu | Codec::Pcma => {
                let mut narrow = [0; 160];
                law(self.codec).decode(packet.payload, &mut narrow);
                // Each sample twice: tones of the telephone band stay what they are.
                samples = std::array::from_fn(|index| narrow[index / 2]);
            }
            Codec::G722 => self.decoder.0.decode(packet.payload, &mut samples),
            Codec::Opus => assert_eq!(self.decoder.1.decode(packet.payload, &mut samples), Some(320)),
        }
        self.heard.extend(samples);
    }

    /// How much of what was heard, without its beginning, is this tone.
    fn share(&self, tone_hz: f64) -> f64 {
        goertzel::share(&self.heard[6_400..], 16_000, tone_hz)
    }
}

fn law(codec: Codec) -> Law {
    codec.law().expect("it is G.711")
}

fn payload_type(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => rtp::PCMU,
        Codec::Pcma => rtp::PCMA,
        Codec::G722 => 9,
        Codec::Opus => OPUS,
    }
}

fn talk(phones: &mut [WidePhone], ms: u64) {
    let begin = Instant::now();
    let mut next = begin;
    while begin.elapsed() < Duration::from_millis(ms) {
        if Instant::now() >= next {
            next += Duration::from_millis(20);
            phones.iter_mut().for_each(WidePhone::say);
        }
        phones.iter_mut().for_each(WidePhone::listen);
    }
}

#[test]
fn phones_of_any_two_codecs_hear_each_other() {
    for one in Codec::ALL {
        for other in Codec::ALL.into_iter().filter(|other| *other as usize >= one as usize) {
            let stage = Stage::new();
            let (first, second) = (
                WidePhone::answering(&stage, 1, one, 700.0),
                WidePhone::answering(&stage, 2, other, 1_100.0),
            );
            stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone([first.1, second.1])));
            let mut phones = [first.0, second.0];
            talk(&mut phones, 1_200);
            for (phone, theirs, own) in [(&phones[0], 1_100.0, 700.0), (&phones[1], 700.0, 1_100.0)] {
                let (theirs, own) = (phone.share(theirs), phone.share(own));
                assert!(theirs > 0.75 && own < 0.01, "{one:?} with {other:?}: {theirs} {own}");
            }
        }
    }
}

#[test]
fn four_phones_of_four_codecs_hear_the_three_others() {
    let stage = Stage::new();
    let tones = [400.0, 700.0, 1_100.0, 1_500.0];
    let (mut phones, legs): (Vec<_>, Vec<_>) = (0..4)
        .map(|index| WidePhone::answering(&stage, index as u128, Codec::ALL[index], tones[index]))
        .unzip();
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(legs)));
    talk(&mut phones, 1_500);
    for (listener, phone) in phones.iter().enumerate() {
        for (speaker, tone) in tones.iter().enumerate() {
            let share = phone.share(*tone);
            let heard = if speaker == listener { share < 0.01 } else { share > 0.15 };
            assert!(heard, "{listener} hears {share} of {speaker}");
        }
    }
}

#[test]
fn one_packet_of_twenty_that_is_lost_is_hardly_heard() {
    for codec in Codec::ALL {
        let stage = Stage::new();
        let (mut speaker, one) = WidePhone::answering(&stage, 1, codec, 700.0);
        let (listener, other) = WidePhone::answering(&stage, 2, Codec::Pcmu, 1_100.0);
        speaker.loses_each = 20;
        stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone([one, other])));
        let mut phones = [speaker, listener];
        talk(&mut phones, 2_000);
        let share = phones[1].share(700.0);
        assert!(share > 0.75, "{codec:?}: {share}");
        let silent = phones[1].heard[6_400..].chunks(320).filter(|frame| goertzel::rms(frame) < 50.0).count();
        assert_eq!(silent, 0, "{codec:?}");
    }
}

#[test]
fn a_leg_prefers_what_the_others_in_its_call_speak() {
    let stage = Stage::new();
    let waiting = LegId::from_u128(9);
    stage.media.open(CALL, waiting).unwrap();
    assert_eq!(stage.media.codecs(waiting), Codec::ALL);
    let (_phone, leg) = WidePhone::answering(&stage, 1, Codec::Opus, 700.0);
    assert_eq!(stage.media.codecs(waiting)[0], Codec::Opus);
    assert_eq!(stage.media.codecs(leg), Codec::ALL, "nobody else speaks yet");
    stage.media.close(leg);
    assert_eq!(stage.media.codecs(waiting), Codec::ALL);
}
