//! Somebody who was not invited, and sends sound to a call all the same.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::sound::{FRAME, Sound, mu_law};

/// A third address that sends well-formed RTP and RTCP, a frame every 20 ms, until it is dropped.
#[derive(Debug)]
pub struct Intruder {
    is_there: Arc<AtomicBool>,
    sent: Arc<AtomicU32>,
    received: Arc<AtomicU32>,
}

/// What the intruder knows of the stream that it wants to take over.
#[derive(Clone, Copy, Debug)]
pub struct Guess {
    /// The source it claims to be.
    pub ssrc: u32,
    /// The number of its first packet.
    pub sequence: u16,
    /// The moment of its first packet.
    pub timestamp: u32,
    /// The payload type of its sound.
    pub payload_type: u8,
}

impl Intruder {
    /// Sends a tone to media ports, and goodbyes and reports to the ports above them.
    pub fn sends(from: IpAddr, to: Vec<SocketAddr>, hertz: f64, guess: Guess) -> Self {
        let socket = UdpSocket::bind((from, 0)).expect("loopback has free ports");
        let intruder = Self {
            is_there: Arc::new(AtomicBool::new(true)),
            sent: Arc::default(),
            received: Arc::default(),
        };
        std::thread::spawn({
            let (is_there, received) = (intruder.is_there.clone(), intruder.received.clone());
            let socket = socket.try_clone().expect("a second handle");
            socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a socket has a timeout");
            move || {
                while is_there.load(Ordering::Relaxed) {
                    if socket.recv_from(&mut [0; 2048]).is_ok() {
                        received.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        std::thread::spawn({
            let (is_there, sent) = (intruder.is_there.clone(), intruder.sent.clone());
            move || shout(&socket, &to, hertz, guess, &is_there, &sent)
        });
        intruder
    }

    /// How many frames it has sent.
    pub fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many datagrams came back.
    pub fn received(&self) -> u32 {
        self.received.load(Ordering::Relaxed)
    }
}

impl Drop for Intruder {
    fn drop(&mut self) {
        self.is_there.store(false, Ordering::Relaxed);
    }
}

fn shout(
    socket: &UdpSocket,
    to: &[SocketAddr],
    hertz: f64,
    guess: Guess,
    is_there: &AtomicBool,
    sent: &AtomicU32,
) {
    let tone: Vec<u8> = Sound::tone(hertz, 1.0).samples.into_iter().map(mu_law).collect();
    let start = Instant::now();
    let mut beats: u32 = 0;
    while is_there.load(Ordering::Relaxed) {
        let due = start + Duration::from_millis(20) * beats;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let at = beats as usize * FRAME % tone.len();
        let packet = rtp(guess, beats, &tone[at..at + FRAME]);
        for target in to {
            // A port that nobody listens on answers with an error, which is no matter.
            let _ = socket.send_to(&packet, target);
            let _ = socket.send_to(&goodbye(guess.ssrc), SocketAddr::new(target.ip(), target.port() + 1));
        }
        beats += 1;
        sent.store(beats, Ordering::Relaxed);
    }
}

fn rtp(guess: Guess, beats: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, guess.payload_type];
    packet.extend(guess.sequence.wrapping_add(beats as u16).to_be_bytes());
    packet.extend(guess.timestamp.wrapping_add(beats * FRAME as u32).to_be_bytes());
    packet.extend(guess.ssrc.to_be_bytes());
    packet.extend(payload);
    packet
}

/// An empty receiver report, then BYE (RFC 3550 §6.4.2, §6.6).
fn goodbye(ssrc: u32) -> Vec<u8> {
    let source = ssrc.to_be_bytes();
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend(source);
    packet.extend([0x81, 203, 0, 1]);
    packet.extend(source);
    packet
}
