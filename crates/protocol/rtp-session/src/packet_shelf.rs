//! What waits of Opus: whole packets.

use codec::opus::{self, FRAME_TICKS, MOST_BYTES};

use crate::jitter_buffer::Shelf;

/// Packets that fit: 320 ms of the usual ones.
const CAPACITY: usize = 16;

/// Packets in no order.
#[derive(Debug)]
pub(crate) struct PacketShelf {
    packets: Box<[Waiting; CAPACITY]>,
    /// Until when the packet lasts that was taken last.
    covered: Option<u32>,
}

/// A packet; without ticks, a free place.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    timestamp: u32,
    ticks: i32,
    length: usize,
    bytes: [u8; MOST_BYTES],
}

impl PacketShelf {
    pub(crate) fn new() -> Self {
        let free = Waiting { timestamp: 0, ticks: 0, length: 0, bytes: [0; MOST_BYTES] };
        Self { packets: Box::new([free; CAPACITY]), covered: None }
    }

    /// Gives the packets of a frame to `hear`, in order. `false`: there is nothing of it.
    pub(crate) fn take(&mut self, timestamp: u32, mut hear: impl FnMut(&[u8])) -> bool {
        let mut is_covered = self.is_covered(timestamp);
        while let Some(index) = self.first_within(timestamp, FRAME_TICKS as i32) {
            let packet = &mut self.packets[index];
            hear(&packet.bytes[..packet.length]);
            self.covered = Some(packet.timestamp.wrapping_add(packet.ticks as u32));
            packet.ticks = 0;
            is_covered = true;
        }
        is_covered
    }

    /// The packet that begins at `timestamp`.
    pub(crate) fn peek(&self, timestamp: u32) -> Option<&[u8]> {
        let packet = self.packets.iter().find(|packet| packet.ticks > 0 && packet.timestamp == timestamp)?;
        Some(&packet.bytes[..packet.length])
    }

    fn is_covered(&self, timestamp: u32) -> bool {
        self.covered
            .is_some_and(|end| (1..=opus::MOST_TICKS as i32).contains(&(end.wrapping_sub(timestamp) as i32)))
    }

    fn first_within(&self, timestamp: u32, ticks: i32) -> Option<usize> {
        let places = self.packets.iter().enumerate().filter(|(_, packet)| packet.ticks > 0);
        let offsets = places.map(|(index, packet)| (packet.timestamp.wrapping_sub(timestamp) as i32, index));
        offsets.filter(|(offset, _)| *offset < ticks).min().map(|(_, index)| index)
    }
}

impl Shelf for PacketShelf {
    const FRAME: i32 = FRAME_TICKS as i32;
    const REACH: i32 = CAPACITY as i32 * FRAME_TICKS as i32;
    const IS_DIVISIBLE: bool = false;

    fn ticks(payload: &[u8]) -> Option<i32> {
        opus::ticks(payload).filter(|_| payload.len() <= MOST_BYTES).map(|ticks| ticks as i32)
    }

    fn put(&mut self, timestamp: u32, payload: &[u8], _late: usize) {
        let Some(ticks) = Self::ticks(payload) else { return };
        let same = |packet: &Waiting| packet.ticks > 0 && packet.timestamp == timestamp;
        if self.packets.iter().any(same) {
            return;
        }
        // Where there is no room, the network has brought more than anybody will hear.
        let Some(free) = self.packets.iter_mut().find(|packet| packet.ticks == 0) else { return };
        (free.timestamp, free.ticks, free.length) = (timestamp, ticks, payload.len());
        free.bytes[..payload.len()].copy_from_slice(payload);
    }

    fn is_hole(&self, timestamp: u32) -> bool {
        !self.is_covered(timestamp) && self.first_within(timestamp, Self::FRAME).is_none()
    }

    fn remove(&mut self, timestamp: u32, ticks: i32) {
        while let Some(index) = self.first_within(timestamp, ticks) {
            self.packets[index].ticks = 0;
        }
    }

    fn clear(&mut self) {
        self.packets.iter_mut().for_each(|packet| packet.ticks = 0);
        self.covered = None;
    }
}
