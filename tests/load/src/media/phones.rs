//! The generator: phones that send a packet every 20 ms and watch what comes back.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use rtp::Packet;

/// Phones speak one after another, spread over the frame.
const FRAME_STEPS: usize = 20;
const STEP: Duration = Duration::from_millis(1);
/// Phones whose sockets are looked at in every step, so that moments are known to a millisecond.
/// The others are read when they speak: the generator must not cost more than what it measures.
const PROBES: usize = 40;
/// Packets of one stream come 20 ms apart; later than this is late.
const LATE: Duration = Duration::from_millis(30);
/// What a phone says: its moment in the first bytes, silence in the others.
const PAYLOAD: usize = 160;

pub(crate) struct Phones {
    phones: Vec<Phone>,
    begin: Instant,
    /// Probes' packets: since they were said by whoever said them.
    pub(crate) delays_ms: Vec<f64>,
    /// Probes' packets that came late, and all of them.
    pub(crate) late: usize,
    pub(crate) watched: usize,
    pub(crate) sent: usize,
    pub(crate) received: usize,
    /// How late the generator itself was.
    pub(crate) own_lateness_ms: Vec<f64>,
}

struct Phone {
    socket: UdpSocket,
    peer: Option<SocketAddr>,
    sequence: u16,
    last_arrival: Option<Instant>,
}

impl Phones {
    pub(crate) fn new(count: usize) -> anyhow::Result<Self> {
        let mut phones = Vec::with_capacity(count);
        for _ in 0..count {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.set_nonblocking(true)?;
            phones.push(Phone { socket, peer: None, sequence: 0, last_arrival: None });
        }
        Ok(Self {
            phones,
            begin: Instant::now(),
            delays_ms: Vec::new(),
            late: 0,
            watched: 0,
            sent: 0,
            received: 0,
            own_lateness_ms: Vec::new(),
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.phones.len()
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.phones.iter().map(|phone| phone.socket.local_addr().expect("it is bound")).collect()
    }

    /// Each phone calls its own address.
    pub(crate) fn call(&mut self, addresses: &[SocketAddr]) {
        for (phone, address) in self.phones.iter_mut().zip(addresses) {
            phone.peer = Some(*address);
        }
    }

    /// What was counted so far does not count.
    pub(crate) fn forget(&mut self) {
        self.delays_ms.clear();
        self.own_lateness_ms.clear();
        (self.late, self.watched, self.sent, self.received) = (0, 0, 0, 0);
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
            self.own_lateness_ms.push(due.elapsed().as_secs_f64() * 1_000.0);
            for index in 0..PROBES.min(self.phones.len()) {
                self.listen(index);
            }
            for index in (step..self.phones.len()).step_by(FRAME_STEPS) {
                self.listen(index);
                self.say(index);
            }
        }
    }

    fn say(&mut self, index: usize) {
        let phone = &mut self.phones[index];
        let Some(peer) = phone.peer else { return };
        let mut payload = [0xff; PAYLOAD];
        payload[..4].copy_from_slice(&(self.begin.elapsed().as_micros() as u32).to_be_bytes());
        let packet = Packet {
            payload_type: rtp::PCMU,
            sequence: phone.sequence,
            timestamp: u32::from(phone.sequence) * PAYLOAD as u32,
            ssrc: index as u32,
            payload: &payload,
            ..Packet::default()
        };
        phone.sequence = phone.sequence.wrapping_add(1);
        let mut buffer = [0; 256];
        if let Some(length) = packet.write(&mut buffer)
            && phone.socket.send_to(&buffer[..length], peer).is_ok()
        {
            self.sent += 1;
        }
    }

    fn listen(&mut self, index: usize) {
        let mut buffer = [0; 2_048];
        while let Ok((length, _)) = self.phones[index].socket.recv_from(&mut buffer) {
            self.received += 1;
            if index < PROBES {
                self.watch(index, &buffer[..length]);
            }
        }
    }

    fn watch(&mut self, index: usize, datagram: &[u8]) {
        let now = Instant::now();
        self.watched += 1;
        if let Some(last) = self.phones[index].last_arrival.replace(now) {
            self.late += usize::from(now - last > LATE);
        }
        let Ok(packet) = Packet::parse(datagram) else { return };
        let Some(said) = packet.payload.first_chunk::<4>() else { return };
        let delay_us = (self.begin.elapsed().as_micros() as u32).wrapping_sub(u32::from_be_bytes(*said));
        // The first packets may be silence, which carries no moment.
        if delay_us < 1_000_000 {
            self.delays_ms.push(f64::from(delay_us) / 1_000.0);
        }
    }
}
