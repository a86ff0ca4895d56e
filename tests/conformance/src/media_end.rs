//! The ear and mouth of a SIP peer that has none: one RTP stream (RFC 3550), G.711 and keys.
//!
//! `sipp` does the signaling and names our port; the sound is ours to make and to judge.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::patience::until;
use crate::sound::{FRAME, Sound, from_a_law, from_mu_law, mu_law};
use crate::telephone_event;

/// The source that every end calls itself.
pub const SSRC: u32 = 0x5eed;

/// One end of an RTP stream. It sends from the first packet it hears, or from [`MediaEnd::send_to`].
#[derive(Debug)]
pub struct MediaEnd {
    address: SocketAddr,
    line: Arc<Line>,
}

#[derive(Debug)]
struct Line {
    is_open: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    remote: Option<SocketAddr>,
    only_listens: bool,
    voice: Option<Voice>,
    keys: VecDeque<char>,
    heard: Vec<i16>,
    keys_heard: Vec<char>,
    last_event: Option<u32>,
    packets: u32,
    last_packet: Option<Instant>,
}

#[derive(Debug)]
struct Voice {
    samples: Vec<i16>,
    position: usize,
}

impl MediaEnd {
    /// Opens a socket on a free port.
    pub fn open(address: IpAddr) -> Self {
        let socket = UdpSocket::bind((address, 0)).expect("loopback has free ports");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a socket has a timeout");
        let line = Arc::new(Line { is_open: AtomicBool::new(true), state: Mutex::default() });
        let address = socket.local_addr().expect("a bound socket has an address");
        let (ear, mouth) = (socket.try_clone().expect("a second handle"), socket);
        std::thread::spawn({
            let line = line.clone();
            move || listen(&line, &ear)
        });
        std::thread::spawn({
            let line = line.clone();
            move || speak(&line, &mouth)
        });
        Self { address, line }
    }

    /// The port to be named in the session description.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Where to send, before anything was heard.
    pub fn send_to(&self, remote: SocketAddr) {
        self.state().remote = Some(remote);
    }

    /// Where the far end takes our sound, once that is known.
    pub fn far_end(&self) -> Option<SocketAddr> {
        self.state().remote
    }

    /// Sounds a tone from now on.
    pub fn sing(&self, hertz: f64) {
        // A whole second of a whole number of waves joins without a click.
        self.state().voice = Some(Voice { samples: Sound::tone(hertz, 1.0).samples, position: 0 });
    }

    /// Sounds the tones of keys (ITU-T Q.23) for 100 ms each, and then is silent.
    pub fn sound_keys(&self, keys: &str) {
        let samples = keys.chars().flat_map(|key| [dtmf(key), silence(0.1)].concat()).collect();
        self.say(Sound { samples });
    }

    /// Says something once, and then is silent.
    pub fn say(&self, sound: Sound) {
        // The voice begins again at its end, long after the call.
        let samples = [sound.samples, silence(120.0)].concat();
        self.state().voice = Some(Voice { samples, position: 0 });
    }

    /// Is silent from now on.
    pub fn be_silent(&self) {
        self.state().voice = None;
    }

    /// Sends nothing at all from now on, not even silence.
    pub fn only_listen(&self) {
        self.state().only_listens = true;
    }

    /// Presses keys, one after another.
    pub fn press(&self, keys: &str) {
        self.state().keys.extend(keys.chars());
    }

    /// Everything heard so far.
    pub fn heard(&self) -> Sound {
        Sound { samples: self.state().heard.clone() }
    }

    /// The keys heard so far.
    pub fn keys_heard(&self) -> String {
        self.state().keys_heard.iter().collect()
    }

    /// How many packets came so far.
    pub fn packets(&self) -> u32 {
        self.state().packets
    }

    /// How much was heard so far; a mark for [`MediaEnd::since`].
    pub fn now(&self) -> usize {
        self.state().heard.len()
    }

    /// What was heard since a mark.
    pub fn since(&self, mark: usize) -> Sound {
        Sound { samples: self.state().heard.get(mark..).unwrap_or_default().to_vec() }
    }

    /// Waits until a tone sounds, alone or with others.
    pub async fn hears_tone(&self, hertz: f64) {
        let mark = self.now();
        until(&format!("a tone of {hertz} Hz"), || self.since(mark).seconds_with_tone(hertz) > 0.3).await;
    }

    /// Waits until somebody speaks.
    pub async fn hears_speech(&self) {
        let mark = self.now();
        until("somebody to speak", || self.since(mark).seconds_of_speech() > 0.5).await;
    }

    /// Waits until nothing sounds for a while.
    pub async fn hears_silence(&self) {
        self.hears_for("silence", 0.6, |sound| sound.seconds_of_sound() < 0.05).await;
    }

    /// Waits until nothing was sent to us for a while.
    pub async fn hears_nobody(&self) {
        let quiet = Duration::from_millis(500);
        until("the far end to stop sending", || {
            self.state().last_packet.is_none_or(|packet| packet.elapsed() > quiet)
        })
        .await;
    }

    /// Waits until a tone is no longer among what sounds.
    pub async fn hears_no_tone(&self, hertz: f64) {
        let what = format!("{hertz} Hz to end");
        self.hears_for(&what, 0.6, |sound| sound.seconds_with_tone(hertz) < 0.05).await;
    }

    /// Waits until the last seconds, all of them heard after the call of this method, are as described.
    pub async fn hears_for(&self, what: &str, seconds: f64, is_it: impl Fn(&Sound) -> bool) {
        let mark = self.now();
        until(what, || {
            let sound = self.since(mark).last(seconds);
            sound.duration() > seconds * 0.95 && is_it(&sound)
        })
        .await;
    }

    /// Waits until these keys were heard.
    pub async fn hears_keys(&self, keys: &str) {
        until(&format!("the keys {keys}"), || self.keys_heard() == keys).await;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.line.state.lock().expect("nobody panics with the line in hand")
    }
}

impl Drop for MediaEnd {
    fn drop(&mut self) {
        self.line.is_open.store(false, Ordering::Relaxed);
    }
}

fn listen(line: &Line, socket: &UdpSocket) {
    let mut packet = [0; 2048];
    while line.is_open.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut packet) else { continue };
        let mut state = line.state.lock().expect("nobody panics with the line in hand");
        state.remote.get_or_insert(from);
        state.hear(&packet[..length]);
    }
}

impl State {
    fn hear(&mut self, packet: &[u8]) {
        if packet.len() < 12 || packet[0] >> 6 != 2 {
            return;
        }
        self.packets += 1;
        self.last_packet = Some(Instant::now());
        let (payload_type, payload) = (packet[1] & 0x7f, &packet[12..]);
        match payload_type {
            0 => self.heard.extend(payload.iter().map(|byte| from_mu_law(*byte))),
            8 => self.heard.extend(payload.iter().map(|byte| from_a_law(*byte))),
            telephone_event::PAYLOAD_TYPE => self.hear_key(packet, payload),
            _ => {}
        }
    }

    fn hear_key(&mut self, packet: &[u8], payload: &[u8]) {
        let began = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
        // The packets of one key share their timestamp (RFC 4733 §2.5.1.2).
        if self.last_event == Some(began) {
            return;
        }
        self.last_event = Some(began);
        self.keys_heard.extend(payload.first().copied().and_then(telephone_event::key));
    }

    fn next_frame(&mut self) -> Vec<u8> {
        match &mut self.voice {
            Some(voice) => {
                let samples = (0..FRAME).map(|n| voice.samples[(voice.position + n) % voice.samples.len()]);
                let frame = samples.map(mu_law).collect();
                voice.position = (voice.position + FRAME) % voice.samples.len();
                frame
            }
            None => vec![0xff; FRAME],
        }
    }
}

fn silence(seconds: f64) -> Vec<i16> {
    vec![0; Sound::tone(0.0, seconds).samples.len()]
}

/// The two tones of a key, together.
fn dtmf(key: char) -> Vec<i16> {
    const ROWS: [&str; 4] = ["123", "456", "789", "*0#"];
    const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const HIGH: [f64; 3] = [1209.0, 1336.0, 1477.0];
    let place = ROWS.iter().enumerate().find_map(|(row, keys)| Some((row, keys.find(key)?)));
    let (row, column) = place.expect("a key of a telephone");
    let [low, high] = [LOW[row], HIGH[column]].map(|hertz| Sound::tone(hertz, 0.1).samples);
    low.iter().zip(high).map(|(low, high)| low / 2 + high / 2).collect()
}

/// A key that is held down: its first timestamp, and how many packets of it went out.
struct Held {
    key: char,
    began: u32,
    packets: u16,
}

/// 100 ms down, its end said three times, 60 ms between two keys.
const DOWN: u16 = 5;
const SAID: u16 = DOWN + 2;
const PAUSED: u16 = SAID + 3;

fn speak(line: &Line, socket: &UdpSocket) {
    let start = Instant::now();
    let (mut sequence, mut beats, mut held) = (1u16, 0u32, None::<Held>);
    while line.is_open.load(Ordering::Relaxed) {
        let due = start + Duration::from_millis(20) * beats;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let timestamp = beats * FRAME as u32;
        beats += 1;
        let mut state = line.state.lock().expect("nobody panics with the line in hand");
        let Some(remote) = state.remote.filter(|_| !state.only_listens) else { continue };
        if held.is_none() {
            held = state.keys.pop_front().map(|key| Held { key, began: timestamp, packets: 0 });
        }
        let frame = state.next_frame();
        drop(state);
        let packet = match &mut held {
            Some(key) if key.packets < SAID => {
                key.packets += 1;
                let duration = key.packets.min(DOWN) * FRAME as u16;
                let payload = telephone_event::payload(key.key, duration, key.packets >= DOWN);
                rtp(telephone_event::PAYLOAD_TYPE, key.packets == 1, sequence, key.began, &payload)
            }
            Some(key) => {
                key.packets += 1;
                let packet = rtp(0, false, sequence, timestamp, &frame);
                held = held.filter(|key| key.packets < PAUSED);
                packet
            }
            None => rtp(0, false, sequence, timestamp, &frame),
        };
        sequence = sequence.wrapping_add(1);
        // The far end may be gone already.
        let _ = socket.send_to(&packet, remote);
    }
}

fn rtp(payload_type: u8, marker: bool, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, payload_type | if marker { 0x80 } else { 0 }];
    packet.extend(sequence.to_be_bytes());
    packet.extend(timestamp.to_be_bytes());
    packet.extend(SSRC.to_be_bytes());
    packet.extend(payload);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_ends_hear_each_other() {
        let address = IpAddr::from([127, 0, 0, 1]);
        let (left, right) = (MediaEnd::open(address), MediaEnd::open(address));
        left.send_to(SocketAddr::new(address, right.port()));

        left.sing(440.0);
        right.sing(1000.0);
        right.hears_tone(440.0).await;
        left.hears_tone(1000.0).await;
        left.press("12#");
        right.hears_keys("12#").await;
        left.be_silent();
        right.hears_silence().await;
        assert!(right.heard().seconds_of_sound() < right.heard().duration());
    }
}
