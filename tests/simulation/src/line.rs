//! Two ends of a line and the network between them, which loses, doubles and reorders packets.
//!
//! Both ends are real RTP sessions. One speaks all the time, in any codec and now and then in another from the
//! middle on, and presses keys; the other listens; a stranger sends whatever it likes. Every key arrives exactly
//! once, and the voice never stays away.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use clock::Now;
use codec::{Codec, Voice, opus};
use entropy::Entropy;
use rtp_session::{Session, SessionReport, Start, Terms};

use crate::agenda::Seed;
use crate::tally::Tally;
use crate::watch::{Verdict, rule};

/// A conversation lasts so many frames of 20 ms.
const FRAMES: u64 = 300;
/// After the last frame everything that is under way arrives.
const AFTERMATH: u64 = 40;
const FRAME_US: u64 = 20_000;
const FRAME_CODES: usize = 160;
/// A sound that is nothing like silence.
const VOICE: u8 = 0x12;
/// So many packets are lost in a row: a key has more.
const LONGEST_BURST: u64 = 3;
/// The voice stays away no longer than a burst and the time the buffer needs after it.
const LONGEST_GAP: u64 = 16;
const EVENTS: u8 = 101;
/// 20 ms of Opus.
static PACKET: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = [0; opus::MOST_BYTES];
    let samples = std::array::from_fn(|at| if at % 40 < 20 { 9_000 } else { -9_000 });
    let length = opus::Encoder::new().encode(&samples, &mut bytes);
    bytes[..length].to_vec()
});

/// How bad the network is.
#[derive(Clone, Copy, Debug)]
struct Weather {
    lost_percent: u64,
    doubled_percent: u64,
    jitter_us: u64,
    is_stranger_about: bool,
}

/// A line and its two ends.
#[derive(Debug)]
struct Line {
    dice: Entropy,
    weather: Weather,
    /// What the speaker speaks, and what from the middle on.
    codecs: [Codec; 2],
    now_us: u64,
    speaker: Session,
    listener: Session,
    /// What is under way, by when it arrives.
    network: BTreeMap<(u64, u64), Vec<u8>>,
    sent: u64,
    burst: u64,
    pressed: Vec<u8>,
    down: Vec<u8>,
    up: Vec<u8>,
    /// A codec that nobody spoke.
    misheard: Option<Codec>,
}

/// Talks over the line of a seed.
pub(crate) fn talk(seed: Seed, tally: &mut Tally) -> Verdict {
    let mut line = Line::new(seed);
    let (mut gap, mut longest, mut heard) = (0, 0, 0);
    // What the listener hears of a key is not voice.
    let mut last_key = 0;
    for frame in 0..FRAMES + AFTERMATH {
        let is_talking = frame < FRAMES;
        line.now_us = frame * FRAME_US;
        if is_talking {
            line.change_codec(frame);
            line.press_something(frame);
            line.speak();
            line.meddle(frame);
        }
        // The listener's clock ticks between the speaker's, and not always in time.
        line.now_us += line.dice.below(15_000);
        line.arrive();
        let before = line.down.len() + line.up.len();
        line.listen();
        if line.down.len() != line.up.len() || line.down.len() + line.up.len() != before {
            last_key = frame;
        }
        let is_voice = line.hears();
        heard += u64::from(is_voice);
        // The first packets fill the buffer; the last ones empty it.
        let counts = frame > 20 && is_talking && frame > last_key + 10 && !line.is_pressing();
        gap = if is_voice || !counts { 0 } else { gap + 1 };
        longest = longest.max(gap);
    }
    let Line { weather, codecs, pressed, down, up, misheard, .. } = &line;
    let line_is = format!("{codecs:?} in {weather:?}");
    rule!(down == pressed, "pressed {pressed:?}, heard {down:?} go down: {line_is}");
    rule!(up == pressed, "pressed {pressed:?}, heard {up:?} come up: {line_is}");
    rule!(longest <= LONGEST_GAP, "the voice stayed away for {longest} frames: {line_is}");
    rule!(heard > FRAMES / 2, "the voice was heard in {heard} of {FRAMES} frames: {line_is}");
    rule!(misheard.is_none(), "{misheard:?} was heard: {line_is}");
    tally.add_to("line: keys pressed", pressed.len() as u64);
    tally.add_to("line: frames heard", heard);
    codecs.iter().for_each(|codec| tally.count(&format!("line: {codec:?}")));
    tally.add_to("line: codec changed", u64::from(codecs[0] != codecs[1]));
    tally.count("line");
    Ok(())
}

impl Line {
    fn new(seed: Seed) -> Self {
        // Not the dice of the world of the same seed.
        let mut dice = Entropy::from_number(seed.0).fork();
        let weather = Weather {
            lost_percent: dice.below(16),
            doubled_percent: dice.below(16),
            jitter_us: [0, 5_000, 30_000, 60_000][dice.below(4) as usize],
            is_stranger_about: dice.below(2) == 0,
        };
        let first = Codec::ALL[dice.below(4) as usize];
        let second = if dice.below(3) == 0 { Codec::ALL[dice.below(4) as usize] } else { first };
        let mut end = |ssrc: u32, remote: &str| {
            let start = Start {
                ssrc,
                sequence: dice.next_u64() as u16,
                timestamp: dice.next_u64() as u32,
                cname: "end".into(),
                silent_after: Duration::from_secs(3),
            };
            let mut session = Session::new(start, Now::new(0, 0));
            session.handle_terms(terms(remote, first), Now::new(0, 0));
            session
        };
        let (speaker, listener) = (end(1, LISTENER), end(2, SPEAKER));
        Self {
            dice,
            weather,
            codecs: [first, second],
            now_us: 0,
            speaker,
            listener,
            network: BTreeMap::new(),
            sent: 0,
            burst: 0,
            pressed: Vec::new(),
            down: Vec::new(),
            up: Vec::new(),
            misheard: None,
        }
    }

    fn now(&self) -> Now {
        Now::new(self.now_us, self.now_us as i64)
    }

    fn press_something(&mut self, frame: u64) {
        // A key takes eleven frames; those that are begun are finished.
        if frame + 60 < FRAMES && !self.is_pressing() && self.dice.below(40) == 0 {
            let keys: Vec<u8> = (0..1 + self.dice.below(3)).map(|_| self.dice.below(16) as u8).collect();
            if self.speaker.send_tones(&keys).is_ok() {
                self.pressed.extend(keys);
            }
        }
    }

    /// From the middle on the speaker uses another codec of those that were agreed on, without a word (RFC 3264 §7).
    fn change_codec(&mut self, frame: u64) {
        if self.codecs[0] != self.codecs[1] && frame >= FRAMES / 2 && !self.is_pressing() {
            let now = self.now();
            let is_new = self.speaker.terms().is_some_and(|terms| terms.codec != self.codecs[1]);
            if is_new {
                self.speaker.handle_terms(terms(LISTENER, self.codecs[1]), now);
            }
        }
    }

    fn is_pressing(&self) -> bool {
        self.up.len() < self.pressed.len()
    }

    fn speak(&mut self) {
        let mut buffer = [0; 1_500];
        let now = self.now();
        self.speaker.handle_timeout(now);
        let codec = self.speaker.terms().map_or(Codec::Pcmu, |terms| terms.codec);
        let voice = if codec == Codec::Opus { &PACKET[..] } else { &[VOICE; FRAME_CODES] };
        let Some(length) = self.speaker.write_frame(Some(voice), &mut buffer) else { return };
        self.send(&buffer[..length]);
    }

    fn send(&mut self, packet: &[u8]) {
        let is_lost = self.burst < LONGEST_BURST && self.dice.below(100) < self.weather.lost_percent;
        self.burst = if is_lost { self.burst + 1 } else { 0 };
        if is_lost {
            return;
        }
        let copies = 1 + u64::from(self.dice.below(100) < self.weather.doubled_percent);
        for _ in 0..copies {
            let at_us = self.now_us + 1_000 + self.dice.below(self.weather.jitter_us + 1);
            self.sent += 1;
            self.network.insert((at_us, self.sent), packet.to_vec());
        }
    }

    /// A stranger presses keys and makes noise once the line is known to be the speaker's.
    fn meddle(&mut self, frame: u64) {
        if !self.weather.is_stranger_about || frame < 25 || self.dice.below(5) > 0 {
            return;
        }
        let sequence = (self.dice.next_u64() as u16).to_be_bytes();
        let (payload_type, payload): (u8, &[u8]) =
            if self.dice.below(2) == 0 { (EVENTS, &[9, 10, 1, 64]) } else { (0, &[0; FRAME_CODES]) };
        let mut packet = vec![0x80, payload_type, sequence[0], sequence[1], 0, 0, 0, 1, 0, 0, 0, 1];
        packet.extend_from_slice(payload);
        let now = self.now();
        self.listener.handle_packet(&packet, address(STRANGER), now);
    }

    fn arrive(&mut self) {
        while let Some(entry) = self.network.first_entry().filter(|entry| entry.key().0 <= self.now_us) {
            let ((at_us, _), packet) = entry.remove_entry();
            self.listener.handle_packet(&packet, address(SPEAKER), Now::new(at_us, at_us as i64));
        }
    }

    fn listen(&mut self) {
        let now = self.now();
        self.listener.handle_timeout(now);
        while let Some(report) = self.listener.poll_report() {
            match report {
                SessionReport::ToneStarted(key) => self.down.push(key),
                SessionReport::ToneEnded(key) => self.up.push(key),
                SessionReport::TonesSent | SessionReport::Silent => {}
            }
        }
        while self.speaker.poll_report().is_some() {}
    }

    /// Whether the listener hears something in this frame.
    fn hears(&mut self) -> bool {
        let Self { listener, codecs, misheard, .. } = self;
        let mut is_voice = false;
        listener.take_frame(|voice| match voice {
            Voice::Coded(codec, _) | Voice::Lost(codec, _) => {
                is_voice = true;
                *misheard = misheard.or(Some(codec).filter(|codec| !codecs.contains(codec)));
            }
            Voice::Noise(_) => {}
        });
        is_voice
    }
}

const SPEAKER: &str = "192.0.2.1:4000";
const LISTENER: &str = "192.0.2.2:4000";
const STRANGER: &str = "203.0.113.9:4000";

/// Each end takes all codecs, and sends one.
fn terms(remote: &str, codec: Codec) -> Terms {
    let mut others = Codec::ALL.into_iter().filter(|other| *other != codec);
    Terms {
        remote: address(remote),
        signaling: None,
        codec,
        payload_type: payload_type(codec),
        own_payload_type: payload_type(codec),
        also: std::array::from_fn(|_| others.next().map(|other| (payload_type(other), other))),
        opus: opus::Receiver::default(),
        telephone_event: Some(EVENTS),
        own_telephone_event: Some(EVENTS),
        telephone_event_rate_hz: 8_000,
        sends: true,
        receives: true,
    }
}

fn payload_type(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::G722 => 9,
        Codec::Opus => 111,
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("addresses are sound")
}
