//! The sound of one call: a socket, and 20 ms at a time.

mod listener;
mod recording;
mod speaker;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use codec::Law;
use sdp::{Codec, Negotiated};
use srtp::Protection;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::keys::Keys;
use crate::ladder::{Direction, Ladder};
use crate::media::listener::{Heard, Listener};
use crate::media::speaker::{Said, Speaker};

/// Samples in a second, everywhere in this phone.
pub(crate) const RATE_HZ: u32 = 8_000;
/// 20 ms.
pub(crate) const FRAME: Duration = Duration::from_millis(20);
/// Samples in them.
pub(crate) const FRAME_SAMPLES: usize = 160;

/// The far end of a running media task.
#[derive(Debug)]
pub(crate) struct Media {
    orders: UnboundedSender<Order>,
    task: JoinHandle<MediaOutcome>,
    address: SocketAddr,
}

/// What became of it.
#[derive(Debug, Default)]
pub(crate) struct MediaOutcome {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) lost: u64,
    pub(crate) audible: Duration,
    pub(crate) keys_sent: String,
    pub(crate) keys_received: String,
    /// From the first agreement on media to the end.
    pub(crate) recording: Vec<i16>,
}

enum Order {
    Connect(Negotiated),
    Begin,
    Stop,
}

impl Media {
    /// Opens a socket at `address` and waits for an agreement.
    pub(crate) async fn open(
        address: IpAddr,
        keys: Keys,
        play: Vec<i16>,
        seed: u64,
        ladder: Ladder,
    ) -> io::Result<Self> {
        let socket = UdpSocket::bind((address, 0)).await?;
        let address = socket.local_addr()?;
        let (orders, inbox) = unbounded_channel();
        let worker = Worker {
            socket,
            speaker: Speaker::new(keys, play, seed),
            listener: Listener::default(),
            agreed: None,
            protection: None,
            began: None,
            ladder,
        };
        Ok(Self { orders, task: tokio::spawn(worker.run(inbox)), address })
    }

    /// Where this phone listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sound flows as agreed from now on.
    pub(crate) fn connect(&self, agreed: Negotiated) {
        let _ = self.orders.send(Order::Connect(agreed));
    }

    /// The call is answered: keys and file begin.
    pub(crate) fn begin(&self) {
        let _ = self.orders.send(Order::Begin);
    }

    /// The call is over.
    pub(crate) async fn stop(self) -> MediaOutcome {
        let _ = self.orders.send(Order::Stop);
        self.task.await.unwrap_or_default()
    }
}

struct Worker {
    socket: UdpSocket,
    speaker: Speaker,
    listener: Listener,
    agreed: Option<Negotiated>,
    /// Without it, sound is plain.
    protection: Option<Protection>,
    /// The beginning of the recording's timeline.
    began: Option<Instant>,
    ladder: Ladder,
}

impl Worker {
    async fn run(mut self, mut inbox: UnboundedReceiver<Order>) -> MediaOutcome {
        let mut ticks = interval(FRAME);
        // A late tick is made up for, so that the stream keeps its pace.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut datagram = [0; 2_048];
        loop {
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(Order::Connect(agreed)) => self.on_agreed(agreed),
                    Some(Order::Begin) => self.speaker.begin(),
                    Some(Order::Stop) | None => return self.finish(),
                },
                _ = ticks.tick() => self.on_tick().await,
                received = self.socket.recv_from(&mut datagram) => {
                    if let Ok((length, _)) = received {
                        self.on_datagram(&mut datagram[..length]);
                    }
                }
            }
        }
    }

    fn on_agreed(&mut self, agreed: Negotiated) {
        self.began.get_or_insert_with(Instant::now);
        if self.agreed.as_ref() != Some(&agreed) {
            let keys = if agreed.telephone_event.is_some() { "" } else { ", keys as tones in the sound" };
            let encrypted = if agreed.keys.is_some() { ", encrypted" } else { "" };
            self.ladder.media(format!(
                "media {} with {}, {}{encrypted}{keys}",
                agreed.codec.name(),
                agreed.remote,
                agreed.direction.attribute(),
            ));
        }
        match (&mut self.protection, agreed.keys.as_ref().and_then(Protection::agreed)) {
            (Some(protection), Some(agreed)) => protection.renew(agreed),
            (protection, agreed) => *protection = agreed,
        }
        self.agreed = Some(agreed);
    }

    async fn on_tick(&mut self) {
        let Some(agreed) = &self.agreed else { return };
        let ladder = self.ladder.clone();
        let mut buffer = [0; 512];
        let length = self.speaker.on_tick(agreed, &mut buffer, &mut |said| tell_said(&ladder, said));
        let length = match &mut self.protection {
            None => length,
            Some(protection) => length.and_then(|length| protection.protect(&mut buffer, length)),
        };
        if let Some(length) = length {
            // Nobody may listen there yet; that shows in the other side's counts.
            let _ = self.socket.send_to(&buffer[..length], agreed.remote).await;
        }
        let at = self.elapsed();
        self.listener.on_tick(at, &mut |heard| tell_heard(&ladder, heard));
    }

    fn on_datagram(&mut self, datagram: &mut [u8]) {
        let Some(agreed) = &self.agreed else { return };
        let length = match &mut self.protection {
            None => datagram.len(),
            Some(protection) => match protection.unprotect(datagram) {
                Ok(length) => length,
                Err(_) => return,
            },
        };
        let datagram = &datagram[..length];
        let ladder = self.ladder.clone();
        let at = self.elapsed();
        self.listener.on_datagram(datagram, agreed, at, &mut |heard| tell_heard(&ladder, heard));
    }

    fn elapsed(&self) -> Duration {
        self.began.map_or(Duration::ZERO, |began| began.elapsed())
    }

    fn finish(self) -> MediaOutcome {
        let at = self.elapsed();
        MediaOutcome {
            sent: self.speaker.sent,
            received: self.listener.received,
            lost: self.listener.lost,
            audible: self.listener.audible(),
            keys_sent: self.speaker.keys.clone(),
            keys_received: self.listener.keys.clone(),
            recording: self.listener.finish(at),
        }
    }
}

fn tell_said(ladder: &Ladder, said: Said) {
    match said {
        Said::Key { key, .. } => ladder.key(Direction::Sent, key),
        Said::PlayStarted => ladder.media("plays the file"),
        Said::PlayFinished => ladder.media("the file has been played"),
    }
}

fn tell_heard(ladder: &Ladder, heard: Heard) {
    match heard {
        Heard::FirstPacket { codec } => ladder.media(format!("first packet received ({codec})")),
        Heard::Sound => ladder.media("hears sound"),
        Heard::Silence { lasted } => {
            ladder.media(format!("hears silence after {:.1} s of sound", lasted.as_secs_f64()));
        }
        Heard::Stopped => ladder.media("no packets for a second"),
        Heard::Key(key) => ladder.key(Direction::Received, key),
    }
}

/// The law of a payload type: the agreed one, or the static one of the other (RFC 3551 §6).
fn law_of(payload_type: u8, agreed: &Negotiated) -> Option<Law> {
    let codec = match payload_type {
        agreed_type if agreed_type == agreed.payload_type => agreed.codec,
        rtp::PCMU => Codec::Pcmu,
        rtp::PCMA => Codec::Pcma,
        _ => return None,
    };
    match codec {
        Codec::Pcmu => Some(Law::Mu),
        Codec::Pcma => Some(Law::A),
        Codec::G722 | Codec::Opus => None,
    }
}

fn samples_in(time: Duration) -> usize {
    (time.as_micros() * u128::from(RATE_HZ) / 1_000_000) as usize
}
