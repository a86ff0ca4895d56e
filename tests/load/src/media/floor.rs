//! The least that a leg can cost: a socket, and each packet sent back at the next tick; where sound is encrypted or
//! in Opus, with that work and nothing else.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use codec::{Codec, opus};
use rtp::Packet;
use srtp::Protection;

use crate::media::keys;
use crate::media::platform::Manner;

pub(crate) const THREAD: &str = "floor";
/// As on the platform, the legs are spread over four ticks.
const PHASES: usize = 4;
const STEP: Duration = Duration::from_millis(5);
const LONGEST: usize = 2_048;

/// The kinds of floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floor {
    /// Sent back with `sendto`.
    Echo,
    /// Sockets are connected: the kernel knows whose they are, which saves it a look.
    Connected,
    /// The same, decrypted and encrypted on the way.
    Encrypted,
    /// The same; of each second socket, packets of Opus are decoded and encoded on the way.
    Opus,
    /// Only that: no sockets.
    OpusAlone,
}

/// A running floor.
pub(crate) struct Running {
    addresses: Vec<SocketAddr>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// One leg on the floor.
struct Line {
    socket: UdpSocket,
    is_connected: bool,
    protection: Option<Box<Protection>>,
    opus: Option<Box<Translator>>,
}

/// What a leg in Opus costs beside one in G.711: a decoder and an encoder.
struct Translator {
    decoder: opus::Decoder,
    encoder: opus::Encoder,
}

impl Floor {
    pub(crate) const ALL: [Self; 5] =
        [Self::Echo, Self::Connected, Self::Encrypted, Self::Opus, Self::OpusAlone];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Echo => "floor: UDP echo",
            Self::Connected => "floor: UDP echo, connected",
            Self::Encrypted => "floor: the same, SRTP (GCM)",
            Self::Opus => "floor: the same, libopus on half",
            Self::OpusAlone => "floor: libopus on half, no sockets",
        }
    }

    /// What the phone with this number is like.
    pub(crate) fn manner(self, phone: usize) -> Manner {
        let is_opus = self.is_opus(phone);
        Manner {
            codec: if is_opus { Codec::Opus } else { Codec::Pcmu },
            is_encrypted: self == Self::Encrypted,
            talks: self != Self::OpusAlone,
            says_its_moment: !is_opus,
        }
    }

    fn is_opus(self, phone: usize) -> bool {
        matches!(self, Self::Opus | Self::OpusAlone) && phone.is_multiple_of(2)
    }

    /// With a socket for each phone, on the calling thread's core.
    pub(crate) fn start(self, phones: &[SocketAddr]) -> anyhow::Result<Running> {
        let mut lines = Vec::new();
        for (number, phone) in phones.iter().enumerate() {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.set_nonblocking(true)?;
            let is_connected = self != Self::Echo;
            if is_connected {
                socket.connect(phone)?;
            }
            let protection = (self == Self::Encrypted).then(keys::of_platform);
            let opus = self.is_opus(number).then(Translator::new);
            lines.push(Line { socket, is_connected, protection, opus });
        }
        let addresses = match self {
            Self::OpusAlone => Vec::new(),
            _ => lines.iter().map(|line| line.socket.local_addr()).collect::<Result<_, _>>()?,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let work = move || run(&mut lines, self == Self::OpusAlone, &stopped);
        let thread = Some(thread::Builder::new().name(THREAD.into()).spawn(work)?);
        Ok(Running { addresses, stop, thread })
    }
}

impl Running {
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(lines: &mut [Line], is_alone: bool, stop: &AtomicBool) {
    let packet = super::phones::opus_packet();
    let mut due = Instant::now();
    for phase in (0..PHASES).cycle() {
        due += STEP;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if stop.load(Ordering::Relaxed) {
            return;
        }
        // As on the platform, both legs of a call have their turn together.
        let turn = lines.chunks_mut(2).skip(phase).step_by(PHASES).flatten();
        for line in turn {
            if !is_alone {
                line.echo();
            } else if let Some(opus) = &mut line.opus {
                opus.translate(&packet, &mut [0; opus::MOST_BYTES]);
            }
        }
    }
}

impl Line {
    fn echo(&mut self) {
        let mut buffer = [0; LONGEST];
        loop {
            let received = match self.is_connected {
                true => self.socket.recv(&mut buffer).map(|length| (length, None)),
                false => self.socket.recv_from(&mut buffer).map(|(length, from)| (length, Some(from))),
            };
            match received {
                Ok((length, from)) => {
                    let Some(length) = self.work(&mut buffer, length) else { continue };
                    // A packet that the system does not take is lost, and counted by whoever misses it.
                    let _ = match from {
                        None => self.socket.send(&buffer[..length]),
                        Some(from) => self.socket.send_to(&buffer[..length], from),
                    };
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {}
            }
        }
    }

    /// What is done with a packet before it is sent back; its length then.
    fn work(&mut self, buffer: &mut [u8; LONGEST], length: usize) -> Option<usize> {
        if let Some(protection) = &mut self.protection {
            let plain = protection.unprotect(&mut buffer[..length]).ok()?;
            return protection.protect(buffer, plain);
        }
        let Some(opus) = &mut self.opus else { return Some(length) };
        let mut bytes = [0; opus::MOST_BYTES];
        let mut sent = [0; LONGEST];
        let packet = Packet::parse(&buffer[..length]).ok()?;
        let encoded = opus.translate(packet.payload, &mut bytes);
        let length = Packet { payload: &bytes[..encoded], ..packet }.write(&mut sent)?;
        *buffer = sent;
        Some(length)
    }
}

impl Translator {
    fn new() -> Box<Self> {
        let decoder = opus::Decoder::new(opus::RATE_HZ);
        let mut encoder = opus::Encoder::new();
        // As for the phones of the platform's rows, who say nothing of what they want.
        encoder.obey(&opus::Receiver::default());
        Box::new(Self { decoder, encoder })
    }

    fn translate(&mut self, packet: &[u8], bytes: &mut [u8; opus::MOST_BYTES]) -> usize {
        let mut samples = [0; opus::FRAME_SAMPLES];
        let _ = self.decoder.decode(packet, &mut samples);
        self.encoder.encode(&samples, bytes)
    }
}
