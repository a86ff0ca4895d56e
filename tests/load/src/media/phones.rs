//! The generator: phones that send a packet every 20 ms, and what comes back to them.
//!
//! Many phones share a socket, and packets are handed to the kernel and taken from it together, so that
//! the generator costs less than what it measures. When a packet came, the kernel says.

use std::io::{IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use codec::{Codec, Law, opus, tone};
use nix::cmsg_space;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg, setsockopt,
    sockopt,
};
use nix::sys::time::TimeSpec;
use rtp::Packet;
use srtp::Protection;

use crate::distribution::Distribution;
use crate::media::keys;
use crate::media::platform::{Manner, payload_type};

/// Phones speak one after another, spread over the frame.
const FRAME_STEPS: usize = 20;
const STEP: Duration = Duration::from_millis(1);
const FRAME_US: i64 = 20_000;
/// A packet that comes a frame after its moment is late; two within half a frame are bunched.
const BUNCHED_US: i64 = FRAME_US / 2;
/// What a phone says: its moment in the first bytes and silence in the others, or a tone.
pub(crate) const PAYLOAD: usize = 160;
/// So many frames lie between what two phones say.
const APART: usize = 37;
/// The longest packet that a phone sends or takes.
const LONGEST: usize = 512;
/// Packets that are handed over together.
const TOGETHER: usize = 64;
const BUFFER: usize = 8 << 20;

pub(crate) struct Phones {
    /// One for each step.
    sockets: Vec<UdpSocket>,
    phones: Vec<Phone>,
    /// Of the platform: whose phone it belongs to.
    by_port: Vec<Option<u32>>,
    /// What phones with Opus say, and what others do who do not say their moment.
    opus: Vec<u8>,
    voice: Vec<[u8; PAYLOAD]>,
    send: Headers,
    receive: Headers,
    pub(crate) heard: Heard,
}

/// What was counted.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) sent: usize,
    pub(crate) received: usize,
    pub(crate) late: usize,
    pub(crate) bunched: usize,
    /// Since a packet was said by whoever said it.
    pub(crate) delays: Distribution,
    /// How late the generator itself was.
    pub(crate) own_lateness: Distribution,
}

struct Headers(MultiHeaders<SockaddrIn>);

struct Phone {
    peer: Option<SockaddrIn>,
    manner: Manner,
    protection: Option<Box<Protection>>,
    sequence: u16,
    last: Option<Arrival>,
    /// The moment of packet 0, had all been as fast as the fastest so far.
    base_us: i64,
}

#[derive(Clone, Copy)]
struct Arrival {
    at_us: i64,
    sequence: i64,
}

impl Phones {
    /// So many phones, each as it is.
    pub(crate) fn new(count: usize, manner: impl Fn(usize) -> Manner) -> anyhow::Result<Self> {
        let sockets = (0..FRAME_STEPS).map(|_| socket()).collect::<anyhow::Result<Vec<_>>>()?;
        let phone = |index| {
            let manner = manner(index);
            let protection = manner.is_encrypted.then(keys::of_phone);
            Phone { peer: None, manner, protection, sequence: 0, last: None, base_us: i64::MAX }
        };
        let phones = (0..count).map(phone);
        Ok(Self {
            sockets,
            phones: phones.collect(),
            by_port: vec![None; 1 << 16],
            opus: opus_packet(),
            voice: vec![tone_codes()],
            send: Headers(MultiHeaders::preallocate(TOGETHER, None)),
            receive: Headers(MultiHeaders::preallocate(TOGETHER, Some(cmsg_space!(TimeSpec)))),
            heard: Heard::default(),
        })
    }

    /// From now on they say this instead of a tone, over and over, each at another place of it.
    pub(crate) fn speak(&mut self, voice: Vec<[u8; PAYLOAD]>) {
        if !voice.is_empty() {
            self.voice = voice;
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.phones.len()
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let address = |phone: usize| self.sockets[phone % FRAME_STEPS].local_addr().expect("it is bound");
        (0..self.phones.len()).map(address).collect()
    }

    /// Each phone calls its own address.
    pub(crate) fn call(&mut self, addresses: &[SocketAddr]) {
        for (index, (phone, address)) in self.phones.iter_mut().zip(addresses).enumerate() {
            let SocketAddr::V4(address) = address else { continue };
            phone.peer = Some(SockaddrIn::from(*address));
            self.by_port[usize::from(address.port())] = Some(index as u32);
        }
    }

    /// What was counted so far does not count.
    pub(crate) fn forget(&mut self) {
        self.heard = Heard::default();
        // A thread that was late while its legs were set up has moved its schedule.
        self.phones.iter_mut().for_each(|phone| phone.base_us = i64::MAX);
    }

    /// All phones talk and listen for a while.
    pub(crate) fn talk(&mut self, duration: Duration) {
        let end = Instant::now() + duration;
        let mut due = Instant::now();
        for step in (0..FRAME_STEPS).cycle() {
            due += STEP;
            let now = Instant::now();
            if now >= end {
                return;
            }
            thread::sleep(due.saturating_duration_since(now));
            self.heard.own_lateness.add(due.elapsed());
            self.listen();
            self.say(step);
        }
    }

    fn say(&mut self, step: usize) {
        let said_us = now_us() as u32;
        let mut buffers = [[0; LONGEST]; TOGETHER];
        let mut lengths = [0; TOGETHER];
        let mut peers = Vec::with_capacity(TOGETHER);
        let indices: Vec<usize> = (step..self.phones.len()).step_by(FRAME_STEPS).collect();
        for batch in indices.chunks(TOGETHER) {
            peers.clear();
            for index in batch {
                let phone = &mut self.phones[*index];
                let Some(peer) = phone.peer.filter(|_| phone.manner.talks) else { continue };
                let codec = phone.manner.codec;
                let place = usize::from(phone.sequence) + APART * index;
                let mut payload = self.voice[place % self.voice.len()];
                if phone.manner.says_its_moment {
                    payload = [0xff; PAYLOAD];
                    payload[..4].copy_from_slice(&said_us.to_be_bytes());
                }
                let packet = Packet {
                    payload_type: payload_type(codec),
                    sequence: phone.sequence,
                    timestamp: u32::from(phone.sequence) * (codec.clock_hz() / 50),
                    ssrc: *index as u32,
                    payload: if codec == Codec::Opus { &self.opus } else { &payload },
                    ..Packet::default()
                };
                phone.sequence = phone.sequence.wrapping_add(1);
                let buffer = &mut buffers[peers.len()];
                let plain = packet.write(buffer).unwrap_or(0);
                lengths[peers.len()] = match &mut phone.protection {
                    None => plain,
                    Some(protection) => protection.protect(buffer, plain).unwrap_or(0),
                };
                peers.push(Some(peer));
            }
            let slices: Vec<[IoSlice<'_>; 1]> =
                (0..peers.len()).map(|at| [IoSlice::new(&buffers[at][..lengths[at]])]).collect();
            let no_control: [ControlMessage<'_>; 0] = [];
            let socket = self.sockets[step].as_raw_fd();
            self.heard.sent += peers.len();
            // What the kernel does not take is missing at the other end, and counted there.
            let _ = sendmmsg(socket, &mut self.send.0, &slices, &peers, no_control, MsgFlags::MSG_DONTWAIT);
        }
    }

    fn listen(&mut self) {
        for socket in &self.sockets {
            loop {
                let mut buffers = [[0; LONGEST]; TOGETHER];
                let mut slices: Vec<[IoSliceMut<'_>; 1]> =
                    buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
                let flags = MsgFlags::MSG_DONTWAIT;
                let Ok(messages) =
                    recvmmsg(socket.as_raw_fd(), &mut self.receive.0, slices.iter_mut(), flags, None)
                else {
                    break;
                };
                let mut count = 0;
                for message in messages {
                    count += 1;
                    let port = message.address.map_or(0, |address| address.port());
                    let Some(index) = self.by_port[usize::from(port)] else { continue };
                    let at_us =
                        message.cmsgs().ok().and_then(|mut all| all.find_map(moment)).unwrap_or_else(now_us);
                    if let Some(datagram) = message.iovs().next() {
                        take(&mut self.phones[index as usize], datagram, at_us, &mut self.heard);
                    }
                }
                if count < TOGETHER {
                    break;
                }
            }
        }
    }
}

/// Of what is encrypted, only what is understood counts.
fn take(phone: &mut Phone, datagram: &[u8], at_us: i64, heard: &mut Heard) {
    let Some(protection) = &mut phone.protection else { return watch(phone, datagram, at_us, heard) };
    let mut plain = [0; LONGEST];
    let Some(packet) = plain.get_mut(..datagram.len()) else { return };
    packet.copy_from_slice(datagram);
    if let Ok(length) = protection.unprotect(packet) {
        watch(phone, &plain[..length], at_us, heard);
    }
}

fn watch(phone: &mut Phone, datagram: &[u8], at_us: i64, heard: &mut Heard) {
    // RTCP comes from another port.
    let Ok(packet) = Packet::parse(datagram) else { return };
    heard.received += 1;
    let sequence = match phone.last {
        Some(last) => last.sequence + i64::from(packet.sequence.wrapping_sub(last.sequence as u16) as i16),
        None => i64::from(packet.sequence),
    };
    let base_us = at_us - sequence * FRAME_US;
    phone.base_us = phone.base_us.min(base_us);
    heard.late += usize::from(base_us - phone.base_us > FRAME_US);
    if let Some(last) = phone.last {
        heard.bunched += usize::from(at_us - last.at_us < BUNCHED_US);
    }
    phone.last = Some(Arrival { at_us, sequence });
    if phone.manner.says_its_moment
        && let Some(said) = packet.payload.first_chunk::<4>()
    {
        let delay_us = (at_us as u32).wrapping_sub(u32::from_be_bytes(*said));
        // The first packets may be silence, which carries no moment.
        if delay_us < 1_000_000 {
            heard.delays.add_ms(f64::from(delay_us) / 1_000.0);
        }
    }
}

fn moment(control: ControlMessageOwned) -> Option<i64> {
    match control {
        ControlMessageOwned::ScmTimestampns(at) => Some(at.tv_sec() * 1_000_000 + at.tv_nsec() / 1_000),
        _ => None,
    }
}

/// By the clock of the kernel's timestamps.
fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as i64
}

/// 20 ms of a tone, over and over without a click; taken for G.722, it is some sound.
fn tone_codes() -> [u8; PAYLOAD] {
    let sound = tone::sine(8_000, 450.0, Duration::from_millis(20), 0.3).samples;
    let mut codes = [0xff; PAYLOAD];
    Law::Mu.encode(&sound, &mut codes);
    codes
}

/// 20 ms of a tone.
pub(crate) fn opus_packet() -> Vec<u8> {
    let sound = tone::sine(opus::RATE_HZ, 440.0, Duration::from_millis(200), 0.3).samples;
    let mut encoder = opus::Encoder::new();
    let mut bytes = [0; opus::MOST_BYTES];
    // The first frames are not yet what the others are.
    let length = sound.as_chunks().0.iter().map(|frame| encoder.encode(frame, &mut bytes)).last();
    bytes[..length.unwrap_or(0)].to_vec()
}

fn socket() -> anyhow::Result<UdpSocket> {
    let socket = UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    // As much as the kernel allows.
    socket2::SockRef::from(&socket).set_recv_buffer_size(BUFFER)?;
    Ok(socket)
}
